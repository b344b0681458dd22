"""The whole lost-phone path in five browsers, its presses counted, and nothing in it against WCAG 2.2 AA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser import console_site, directory_site
from tests.browser.console_site import drawn_approver, open_case, reference_on
from tests.browser.someone import APP_CODE

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product
    from tests.browser.someone import Someone

MOST_OF_THE_AGENT = 12
MOST_OF_THE_APPROVER = 6
A_WHILE_MS = 30_000
"""For what the worker does between two people's turns."""


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
    await open_case(agent, subject)
    reference = await reference_on(agent)
    await looked_at(agent)
    await console_site.sign_in(watcher, path=f"/console/cases/{reference}")
    await expect(watcher.page.locator("#now")).to_contain_text("Verify the caller out of band.", timeout=A_WHILE_MS)

    approver = await meet(await drawn_approver(product, cast, reference))
    await console_site.sign_in(approver)
    await looked_at(approver)
    await approver.follow(f"Verify: {subject.name}")
    await looked_at(approver)
    await approver.page.locator("summary", has_text="Seen in person").click()
    form = approver.page.locator("details[open]")
    await form.get_by_label("What did you see or hear?").fill("Came to the desk with the badge, knew the boat by name")
    await form.get_by_label("Where is the evidence kept?").fill("visitor log 12")
    async with approver.page.expect_navigation():
        await form.get_by_role("button", name="Verified").click()
    await looked_at(approver)
    await approver.press("Use passkey or security key")

    code = await directory_site.show_code(caller)
    await looked_at(approver, caller)
    field = approver.page.get_by_label("Code", exact=True)
    await expect(field).to_be_focused()
    await field.fill(code)
    async with approver.page.expect_navigation():
        await field.press("Enter")
    await looked_at(approver)
    phrase = await approver.page.locator(".phrase").inner_text()
    await expect(caller.page.locator(".phrase")).to_have_text(phrase, timeout=A_WHILE_MS)
    await approver.press("Use passkey or security key")

    await expect(agent.link("Ask for the reset")).to_be_visible(timeout=A_WHILE_MS)
    await looked_at(agent, caller)
    await agent.follow("Ask for the reset")
    await expect(agent.button("Go on to sign the reset")).to_be_enabled(timeout=A_WHILE_MS)
    await looked_at(agent)
    await agent.press("Go on to sign the reset")
    await looked_at(agent)
    proof = agent.page.get_by_label(APP_CODE)
    await proof.fill(await agent.code())
    async with agent.page.expect_navigation():
        await proof.press("Enter")

    await expect(caller.button("Begin")).to_be_visible(timeout=A_WHILE_MS)
    await looked_at(caller)
    await caller.press("Begin")
    await looked_at(caller)
    await directory_site.set_up_app(caller)
    await looked_at(caller)
    await directory_site.save_codes(caller)
    assert await caller.heading() == "Done"
    await looked_at(caller)

    await expect(watcher.page.locator("#now")).to_contain_text("Ended: Recovered", timeout=A_WHILE_MS)
    await looked_at(watcher)
    print(f"agent {len(agent.presses)}: {agent.presses.made}")
    print(f"approver {len(approver.presses)}: {approver.presses.made}")
    assert len(agent.presses) <= MOST_OF_THE_AGENT, agent.presses.made
    assert len(approver.presses) <= MOST_OF_THE_APPROVER, approver.presses.made
    assert len(watcher.presses) == 0
