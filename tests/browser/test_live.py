"""A page that is looked at follows its case, through a lost connection, and never takes away what its reader types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser import console_site
from tests.browser.console_site import A_WHILE_MS
from tests.browser.desks import desk, verified_case
from tests.browser.outbox import stop_link

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product

STREAM = re.compile(r"/live\b")


async def test_a_lost_connection_is_said_and_made_up_for(product: Product, meet: Meet, cast: Cast) -> None:
    """While nothing comes through, the page says so and the case is stopped; afterwards it knows, without a reload."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await verified_case(product, cast, agent, subject)
        watcher, reader = await meet(cast["ivy"]), await meet(subject)
        await console_site.sign_in(watcher)
        await watcher.context.route(STREAM, lambda route: route.abort())
        await watcher.open(f"{product.web_url}/console/cases/{case['reference']}")
        await expect(watcher.page.locator(".offline")).to_be_visible(timeout=A_WHILE_MS)
        await reader.open(await stop_link(product, case["reference"]))
        await reader.press("This was not me: stop it")
        await agent.until_seen(case["id"], lambda seen: seen["code"] == "paused_by_objection")
        await expect(watcher.page.locator("#now")).not_to_contain_text("Objected to")
        await watcher.context.unroute(STREAM)
        await expect(watcher.page.locator("#now")).to_contain_text("Objected to", timeout=A_WHILE_MS)
        await expect(watcher.page.locator(".offline")).to_be_hidden()
    assert len(watcher.presses) == 0
    # htmx tells the console of the stream that broke, as it was made to.
    watcher.guard.problems.clear()


async def test_news_do_not_take_away_what_is_typed(product: Product, meet: Meet, cast: Cast) -> None:
    """An officer who is writing a reason keeps it when the case moves, and is told that there is news."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await verified_case(product, cast, agent, subject)
        officer, reader = await meet(cast["sol"]), await meet(subject)
        await console_site.sign_in(officer, path=f"/console/cases/{case['reference']}")
        await officer.page.locator("summary", has_text="Break-glass").click()
        why = officer.page.get_by_label("Why can this not wait?")
        await why.fill("The harbour is without power, and only she can")
        await reader.open(await stop_link(product, case["reference"]))
        await reader.press("This was not me: stop it")
        await expect(officer.page.locator("[data-news]")).to_be_visible(timeout=A_WHILE_MS)
        assert await why.input_value() == "The harbour is without power, and only she can"
