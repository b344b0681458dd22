"""The page behind a notice's stop link, visited by a scanner and by a person (R24, B20)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from starter.demo.desk import Desk
from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.desks import desk, verified_case
from tests.browser.outbox import stop_link
from tests.browser.product import Product


@pytest_asyncio.fixture(loop_scope="session")
async def agent(product: Product, cast: Cast) -> AsyncIterator[Desk]:
    """An agent at the API."""
    async with desk(product, cast, cast.agent()) as one:
        yield one


async def test_a_scanner_stops_nothing(meet: Meet, cast: Cast, product: Product, agent: Desk) -> None:
    """B20: a browser that opens the link, runs its scripts and follows every link in it changes nothing."""
    subject = cast.subject()
    case = await verified_case(product, cast, agent, subject)
    link = await stop_link(product, case["reference"])
    scanner = await meet(subject)
    before = await product.audited(case["id"])
    for _ in range(3):
        await scanner.open(link)
        addresses = await scanner.page.eval_on_selector_all(
            "[href], [src]", "all => all.map(one => one.href ?? one.src)"
        )
        for address in addresses:
            await scanner.open(address)
    assert await product.audited(case["id"]) == before
    assert (await agent.case(case["id"]))["phase"] == "presence"


async def test_a_person_stops_the_case(meet: Meet, cast: Cast, product: Product, agent: Desk) -> None:
    """R24: the button pauses the case, needs no sign-in, and says so; pressed again in another tab it does no more."""
    subject = cast.subject()
    case = await verified_case(product, cast, agent, subject)
    link = await stop_link(product, case["reference"])
    one = await meet(subject)
    await one.open(link)
    second = await one.new_tab(link)
    await one.press("This was not me: stop it")
    assert await one.heading() == "Your objection is recorded"
    await agent.until_seen(case["id"], lambda seen: seen["code"] == "paused_by_objection")
    async with second.expect_navigation():
        await second.get_by_role("button").click()
    assert await second.locator("h1").inner_text() == "Your objection is recorded"
    assert len(one.presses) == 2
