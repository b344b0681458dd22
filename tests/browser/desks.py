"""Staff at the HTTP API, for the parts of a case that a test does not look at in a browser."""

from __future__ import annotations

from typing import Any

from domain.messages import Phase
from starter.demo.cast import Person
from starter.demo.desk import Desk
from tests.browser.cast import Cast
from tests.browser.passkeys import next_count
from tests.browser.product import Product


def desk(product: Product, cast: Cast, person: Person) -> Desk:
    """An actor's sign-in at the API, to be entered with `async with`."""
    if person.passkey:
        person.passkey.sign_count = next_count()
    return Desk(person, product.api_url, product.directory_url, cast.tenant)


async def verified_case(product: Product, cast: Cast, agent: Desk, subject: Person) -> dict[str, Any]:
    """A lost-phone case up to the notice: opened by this agent, and verified in person by the approver drawn."""
    case = await agent.open(subject, "lost_phone")
    case = await agent.until(case["id"], Phase.VERIFICATION)
    [drawn] = [one for one in ("cleo", "dev", "bo") if str(await product.account_id(cast[one])) in drawn_for(case)][:1]
    async with desk(product, cast, cast[drawn]) as approver:
        await approver.verdict(case["id"], "in_person", seen="Badge shown at the desk", reference="desk log, entry 12")
    return await agent.until(case["id"], Phase.PRESENCE)


def drawn_for(case: dict[str, Any]) -> list[str]:
    """The accounts of those whom the product drew to verify (R22)."""
    accounts: list[str] = case["drawn"]["approvers"]
    return accounts
