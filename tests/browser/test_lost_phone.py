"""The whole lost-phone path in five browsers, its presses counted, and nothing in it against WCAG 2.2 AA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from domain.messages import Phase
from tests.browser import console_site, directory_site
from tests.browser.console_site import A_WHILE_MS
from tests.browser.desks import desk

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product
    from tests.browser.someone import Someone

MOST_OF_THE_AGENT = 12
MOST_OF_THE_APPROVER = 6


async def looked_at(*people: Someone) -> None:
    """Each page on the way is readable for everybody and needs no scrolling sideways."""
    for one in people:
        await one.nothing_found()
        await one.fits()


async def test_a_lost_phone_by_four_people(product: Product, meet: Meet, cast: Cast) -> None:
    """R1 to R38: agent, approver and caller to `recovered`; an auditor watches it happen without touching the page."""
    subject = cast.subject()
    agent, watcher, caller = await meet(cast.agent()), await meet(cast["ivy"]), await meet(subject)

    await console_site.sign_in(agent)
    await console_site.open_case(agent, subject)
    reference = await console_site.reference_on(agent)
    await looked_at(agent)
    await console_site.sign_in(watcher, path=f"/console/cases/{reference}")
    await expect(watcher.page.locator("#now")).to_contain_text("Verify the caller out of band.", timeout=A_WHILE_MS)

    approver = await meet(await console_site.drawn_approver(product, cast, reference))
    await console_site.sign_in(approver)
    await looked_at(approver)
    await console_site.verify_in_person(approver, subject, look=looked_at)
    await console_site.bind(approver, await directory_site.show_code(caller), look=looked_at)
    await looked_at(caller)

    await expect(agent.link("Ask for the reset")).to_be_visible(timeout=A_WHILE_MS)
    await console_site.reset(agent, look=looked_at)
    await expect(caller.button("Begin")).to_be_visible(timeout=A_WHILE_MS)
    await directory_site.enrol_app(caller, look=looked_at)
    await expect(watcher.page.locator("#now")).to_contain_text("Ended: Recovered", timeout=A_WHILE_MS)
    await looked_at(watcher)

    assert len(agent.presses) <= MOST_OF_THE_AGENT, agent.presses.made
    assert len(approver.presses) <= MOST_OF_THE_APPROVER, approver.presses.made
    assert len(watcher.presses) == 0


async def test_caller_and_approver_see_the_same_phrase(product: Product, meet: Meet, cast: Cast) -> None:
    """R36: three words after the code, on both screens, and nobody else's page has them."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await agent.open(subject, "lost_phone")
        case = await agent.until(case["id"], Phase.VERIFICATION)
    caller = await meet(subject)
    approver = await meet(await console_site.drawn_approver(product, cast, case["reference"]))
    await console_site.sign_in(approver)
    await console_site.verify_in_person(approver, subject)
    phrase = await console_site.bind(approver, await directory_site.show_code(caller))
    await expect(caller.page.locator(".phrase")).to_have_text(phrase, timeout=A_WHILE_MS)
    assert len(phrase.split("-" if "-" in phrase else None)) == 3
    watcher = await meet(cast["ivy"])
    await console_site.sign_in(watcher, path=f"/console/cases/{case['reference']}")
    assert phrase not in await watcher.page.content()
