"""After a reset the caller sets up a passkey instead of an app, and signs in with it (R35, R38)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser import console_site, directory_site
from tests.browser.console_site import A_WHILE_MS

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product


async def test_a_passkey_is_the_new_factor(product: Product, meet: Meet, cast: Cast) -> None:
    """R35: enrolled in the bound browser's own authenticator, and good for the next sign-in."""
    subject = cast.subject()
    agent, caller = await meet(cast.agent()), await meet(subject)
    await console_site.sign_in(agent)
    await console_site.open_case(agent, subject)
    approver = await meet(await console_site.drawn_approver(product, cast, await console_site.reference_on(agent)))
    await console_site.sign_in(approver)
    await approver.link(f"Verify: {subject.name}").wait_for(timeout=A_WHILE_MS)
    await console_site.verify_in_person(approver, subject)
    await console_site.bind(approver, await directory_site.show_code(caller))
    await expect(agent.link("Ask for the reset")).to_be_visible(timeout=A_WHILE_MS)
    await console_site.reset(agent)
    await expect(caller.button("Begin")).to_be_visible(timeout=A_WHILE_MS)
    await caller.press("Begin")
    await directory_site.set_up_passkey(caller)
    await directory_site.save_codes(caller)
    assert caller.authenticator
    assert len(await caller.authenticator.credentials()) == 1
    await expect(agent.page.locator("#now")).to_contain_text("Ended: Recovered", timeout=A_WHILE_MS)
    await caller.open(f"{product.directory_url}/profile")
    await caller.press("Sign out")
    await directory_site.give_password(caller)
    await caller.press("Use passkey or security key")
    assert await caller.heading() == "Your profile"
