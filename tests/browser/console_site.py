"""The console as staff use it: signing in, opening a case, finding out who was drawn."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from tests.browser.someone import APP_CODE, Someone

if TYPE_CHECKING:
    from starter.demo.cast import Person
    from tests.browser.cast import Cast
    from tests.browser.product import Product

_TICKETS = count(1001)


async def sign_in(one: Someone, *, path: str = "/console") -> None:
    """Open a page of the console, sign in on the way to it, and begin to count presses there."""
    await one.open(f"{one.product.web_url}{path}")
    await one.field("Organisation").fill("acme")
    await one.field("Login").fill(one.person.login)
    await one.field("Password").fill(one.person.password)
    await one.press("Continue")
    if one.person.passkey:
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
