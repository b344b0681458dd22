"""The console as staff use it: signing in, and each person's part of a case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.someone import APP_CODE, Someone

if TYPE_CHECKING:
    from starter.demo.cast import Person
    from tests.browser.cast import Cast
    from tests.browser.product import Product

Look = Callable[[Someone], Awaitable[None]]
A_WHILE_MS = 30_000
"""For what the worker does between two people's turns."""
_TICKETS = count(1001)


async def unseen(_: Someone) -> None:
    """Look at nothing on the way."""


async def sign_in(one: Someone, *, path: str = "/console") -> None:
    """Open a page of the console, sign in on the way to it, and begin to count presses there."""
    await one.open(f"{one.product.web_url}{path}")
    await one.field("Organisation").fill("acme")
    await one.field("Login").fill(one.person.login)
    await one.field("Password").fill(one.person.password)
    await one.press("Continue")
    if one.person.passkey and one.authenticator:
        await one.press("Use passkey or security key")
    else:
        await one.field(APP_CODE).fill(await one.code())
        await one.press("Sign in")
    one.presses.start_over()


async def open_case(agent: Someone, subject: Person, *, statement: str = "Lost it on the ferry this morning") -> None:
    """From any page of the console to the page of a new lost-phone case; nothing is pressed that need not be."""
    await agent.follow("People")
    search = agent.page.get_by_label("Login or mail address")
    await search.fill(subject.login)
    async with agent.page.expect_navigation():
        await search.press("Enter")
    await agent.follow("Force MFA reset")
    await agent.press("No, none of them works")
    await agent.press("Lost phone")
    await agent.press("No")
    await agent.field("Ticket optional").fill(f"HELP-{next(_TICKETS)}")
    await agent.field("What the caller says optional").fill(statement)
    await agent.press("Open the case")


async def verify_in_person(approver: Someone, subject: Person, *, look: Look = unseen) -> None:
    """From the inbox to a verdict that is recorded."""
    await approver.follow(f"Verify: {subject.name}")
    await look(approver)
    await approver.page.locator("summary", has_text="Seen in person").click()
    form = approver.page.locator("details[open]")
    await form.get_by_label("What did you see or hear?").fill("Came to the desk with the badge, knew the boat by name")
    await form.get_by_label("Where is the evidence kept?").fill("visitor log 12")
    async with approver.page.expect_navigation():
        await form.get_by_role("button", name="Verified").click()
    await look(approver)
    await prove(approver)


async def bind(approver: Someone, code: str, *, look: Look = unseen) -> str:
    """From the page after the verdict to the caller's browser bound; the phrase that both sides see."""
    await look(approver)
    field = approver.page.get_by_label("Code", exact=True)
    await expect(field).to_be_focused()
    await field.fill(code)
    async with approver.page.expect_navigation():
        await field.press("Enter")
    await look(approver)
    phrase: str = await approver.page.locator(".phrase").inner_text()
    await prove(approver)
    return phrase


async def reset(agent: Someone, *, look: Look = unseen) -> None:
    """From the case's page to a reset that was asked for."""
    await agent.follow("Ask for the reset")
    await expect(agent.button("Go on to sign the reset")).to_be_enabled(timeout=A_WHILE_MS)
    await look(agent)
    await agent.press("Go on to sign the reset")
    await look(agent)
    await prove(agent)


async def prove(one: Someone) -> None:
    """Answer the page that asks for a proof, with the key if there is one."""
    if one.person.passkey and one.authenticator:
        await one.press("Use passkey or security key")
        return
    field = one.page.get_by_label(APP_CODE)
    await field.fill(await one.code())
    async with one.page.expect_navigation():
        await field.press("Enter")


async def reference_on(one: Someone) -> str:
    """The reference of the case whose page this is."""
    return (await one.heading()).removeprefix("Case ")


async def drawn_approver(product: Product, cast: Cast, reference: str) -> Person:
    """Whom the product drew to verify the case (R22)."""
    [row] = await product.rows(
        "SELECT a.record -> 'body' -> 'approvers' AS approvers"
        " FROM recovery.acts a JOIN recovery.cases c ON c.id = a.case_id"
        " WHERE a.kind = 'drawn' AND upper(left(c.id::text, 8)) = $1 ORDER BY a.seq DESC LIMIT 1",
        reference.removeprefix("R-").replace("-", ""),
    )
    drawn = str(row["approvers"])
    accounts = {str(await product.account_id(cast[key])): cast[key] for key in ("cleo", "dev", "bo")}
    return next(person for account, person in accounts.items() if account in drawn)
