"""Pictures of the main pages for the documents, made by a real case; only where RECOVERY_SCREENSHOTS is set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser import console_site, directory_site
from tests.browser.console_site import A_WHILE_MS
from tests.browser.someone import Machine

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product
    from tests.browser.someone import Someone

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDE = Machine(size=(1280, 1000))
NARROW = Machine(size=(560, 800))


async def picture(one: Someone, name: str) -> None:
    """What fits on the screen, with nothing in focus and the mouse out of the way."""
    await one.page.mouse.move(0, 0)
    await one.page.evaluate("() => document.activeElement?.blur()")
    await one.page.evaluate("() => window.scrollTo(0, 0)")
    await one.page.screenshot(path=IMAGES / f"{name}.png")


@pytest.mark.skipif("RECOVERY_SCREENSHOTS" not in os.environ, reason="the pictures are in the repository already")
async def test_the_main_pages_are_photographed(product: Product, meet: Meet, cast: Cast) -> None:
    """Person, intake, case, request, proof, waiting page, status page, security, policy and audit."""
    subject = cast["kim"]
    agent, caller = await meet(cast.agent(), WIDE), await meet(subject, NARROW)
    await console_site.sign_in(agent)
    await agent.follow("People")
    search = agent.page.get_by_label("Login or mail address")
    await search.fill(subject.login)
    async with agent.page.expect_navigation():
        await search.press("Enter")
    await picture(agent, "person")
    await console_site.open_case(agent, subject)
    reference = await console_site.reference_on(agent)
    approver = await meet(await console_site.drawn_approver(product, cast, reference), WIDE)
    await console_site.sign_in(approver)
    await approver.link(f"Verify: {subject.name}").wait_for(timeout=A_WHILE_MS)
    await approver.follow(f"Verify: {subject.name}")
    await approver.page.locator("summary", has_text="Seen in person").click()
    await picture(approver, "request")
    await approver.open(f"{product.web_url}/console/inbox")
    await console_site.verify_in_person(approver, subject)
    code = await directory_site.show_code(caller)
    await picture(caller, "waiting")
    await picture(agent, "case")
    await console_site.bind(approver, code)
    await expect(agent.link("Ask for the reset")).to_be_visible(timeout=A_WHILE_MS)
    await agent.follow("Ask for the reset")
    await expect(agent.button("Go on to sign the reset")).to_be_enabled(timeout=A_WHILE_MS)
    await agent.press("Go on to sign the reset")
    await picture(agent, "step-up")
    await caller.open(f"{product.web_url}/status")
    await caller.field("Reference of your case").fill(reference)
    await caller.press("Show the status")
    await picture(caller, "status")
    officer = await meet(cast["sol"], WIDE)
    await console_site.sign_in(officer, path="/console/security")
    await picture(officer, "security")
    await officer.open(f"{product.web_url}/console/audit")
    await picture(officer, "audit")
    admin = await meet(cast["ari"], WIDE)
    await console_site.sign_in(admin, path="/console/settings/policy/step-up")
    await admin.page.get_by_label("Every decision that moves a case needs a step-up").uncheck()
    await admin.press("Preview the change")
    await picture(admin, "policy")
