"""The locked-out person's own look at their case, without an account (issue of strangers: R02, R44)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from domain.messages import Phase
from tests.browser.console_site import A_WHILE_MS
from tests.browser.desks import desk, verified_case
from tests.browser.outbox import stop_link
from tests.browser.someone import PHONE, Machine

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product
    from tests.browser.someone import Someone


async def look(one: Someone, reference: str) -> str:
    """Type a reference; what the page then says."""
    await one.open(f"{one.product.web_url}/status")
    await one.field("Reference of your case").fill(reference)
    await one.press("Show the status")
    text: str = await one.page.inner_text("main")
    return text


@pytest.mark.parametrize("scripts", [True, False])
async def test_it_says_how_the_case_stands_and_about_whom_it_does_not(
    product: Product, meet: Meet, cast: Cast, *, scripts: bool
) -> None:
    """R44: two stages in plain words, typed as people type; nothing personal, and a phone with or without scripts."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await agent.open(subject, "lost_phone")
        case = await agent.until(case["id"], Phase.VERIFICATION)
        stranger = await meet(subject, Machine(size=PHONE, scheme="dark", scripts=scripts))
        first = await look(stranger, case["reference"].lower())
        await stranger.fits()
        if scripts:
            await stranger.nothing_found()
        await stranger.open(await stop_link(product, case["reference"]))
        await stranger.press("This was not me: stop it")
        await agent.until_seen(case["id"], lambda seen: seen["code"] == "paused_by_objection")
        second = await look(stranger, f" {case['reference']} ")
    assert first != second
    assert "security team" in second
    for told in (first, second):
        assert not [word for word in (*subject.name.split(), subject.login, "objection", "+44") if word in told]


async def test_unknown_and_nonsense_get_one_answer(product: Product, meet: Meet, cast: Cast) -> None:
    """R02: a reference that never was, another shape and markup are the same to a stranger; no address names one."""
    stranger = await meet(cast.subject())
    answers = {(await look(stranger, typed)).replace(typed, "") for typed in ("R-0000-0000", "nonsense", "<b>R-</b>")}
    assert len(answers) == 1
    assert stranger.page.url == f"{product.web_url}/status"
    await stranger.nothing_found()


async def test_it_goes_on_with_the_case(product: Product, meet: Meet, cast: Cast) -> None:
    """What is looked at again is the same case, without typing its reference again."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await verified_case(product, cast, agent, subject)
    stranger = await meet(subject)
    await look(stranger, case["reference"])
    await stranger.press("Look again")
    await expect(stranger.page.locator("h1")).to_have_text(f"Case {case['reference']}", timeout=A_WHILE_MS)
    await expect(stranger.link(f"{product.directory_url}/waiting")).to_be_visible()
