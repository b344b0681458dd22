"""The subject reads a notice and says that it was not them: staff see it at once, and an officer rules (R24)."""

from __future__ import annotations

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

WHY = "Rang the desk number: they did not call us at all"


async def test_the_objection_reaches_the_page_and_the_officer_upholds_it(
    product: Product, meet: Meet, cast: Cast
) -> None:
    """R24: paused before an officer looks again, ruled with a proof on the case's own page, and ended as disputed."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await verified_case(product, cast, agent, subject)
    officer, reader = await meet(cast["sol"]), await meet(subject)
    await console_site.sign_in(officer, path=f"/console/cases/{case['reference']}")
    await expect(officer.page.get_by_role("heading", name="Your ruling")).to_have_count(0)

    await reader.open(await stop_link(product, case["reference"]))
    await reader.press("This was not me: stop it")

    await expect(officer.page.get_by_role("heading", name="Your ruling")).to_be_visible(timeout=A_WHILE_MS)
    await officer.nothing_found()
    await officer.page.get_by_label("Uphold the objection: it was somebody else").check()
    await officer.page.get_by_label("Why?").first.fill(WHY)
    await officer.press("Go on to the proof")
    await officer.nothing_found()
    assert WHY in await officer.page.content()
    await console_site.prove(officer)
    await expect(officer.page.locator("#now")).to_contain_text("Ended: Disputed", timeout=A_WHILE_MS)


async def test_the_security_page_leads_there(product: Product, meet: Meet, cast: Cast) -> None:
    """R24: what waits for an officer stands on their page without a reload, and resuming lets the case go on."""
    subject = cast.subject()
    officer, reader = await meet(cast["sol"]), await meet(subject)
    await console_site.sign_in(officer, path="/console/security")
    async with desk(product, cast, cast.agent()) as agent:
        case = await verified_case(product, cast, agent, subject)
        await reader.open(await stop_link(product, case["reference"]))
        await reader.press("This was not me: stop it")
        await expect(officer.link(case["reference"])).to_be_visible(timeout=A_WHILE_MS)
        await officer.follow(case["reference"])
        await officer.page.get_by_label("Resume: it was the person after all").check()
        await officer.page.get_by_label("Why?").first.fill("Met them at the gate; they had clicked by mistake")
        await officer.press("Go on to the proof")
        await console_site.prove(officer)
        await agent.until_seen(case["id"], lambda seen: seen["code"] == "presence_awaited")
