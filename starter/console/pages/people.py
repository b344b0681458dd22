"""Finding a person by exactly what they say, and what is known of them; what is typed stands in no address or log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import RecoveryError
from domain.policy.access import Access
from domain.policy.intake import may_open_any, one_match
from service import reading
from service.naming import names_of
from service.person_view import read_person
from starter.console.refusals import TOO_MANY, refusal
from starter.console.routes import posted, shown
from starter.console.site import BASE

if TYPE_CHECKING:
    from starlette.responses import Response

    from service.reading import AccountSummary
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

MOST_LOOKUPS_A_MINUTE = 30
"""Searches and pages of people that one account may open; a call needs two."""
_LONGEST = 320


async def show(visit: Visit) -> Response:
    """The search."""
    await reading.require(visit.doors, visit.session, Access.LOOK_UP_ACCOUNTS)
    return visit.page("people.html", typed="", found=[])


async def search(visit: Visit) -> Response:
    """To the one account that answers, or all that must be told apart (R2, B06)."""
    fields = await visit.form()
    typed = fields.get("exact", "").strip()[:_LONGEST]
    if not may_look(visit):
        return _result(visit, typed, refused=TOO_MANY)
    try:
        found = await reading.find_accounts(visit.doors, visit.session, typed)
        if not found:
            one_match(0).enforce()
    except RecoveryError as error:
        return _result(visit, typed, refused=refusal(error, field="exact"))
    return visit.go_to(person_path(found[0].id)) if len(found) == 1 else _result(visit, typed, found=found)


async def show_person(visit: Visit) -> Response:
    """One account, by its id."""
    if not may_look(visit):
        return visit.page("refused.html", refusal=TOO_MANY)
    person = await read_person(visit.doors, visit.session, visit.path("account"))
    names = await names_of(visit.doors, [one.agent_id for one in person.past_cases])
    return visit.page("person.html", person=person, names=names, may_open=may_open_any(visit.session.actor).allowed)


def may_look(visit: Visit) -> bool:
    """Count one look at a person by the member who is signed in."""
    return visit.site.console.attempts.admit("lookup", visit.session.actor.account_id, most=MOST_LOOKUPS_A_MINUTE)


def person_path(account_id: str) -> str:
    """Where one person's page is."""
    return f"{BASE}/people/{account_id}"


def _result(
    visit: Visit, typed: str, *, found: list[AccountSummary] | None = None, refused: Refusal | None = None
) -> Response:
    return visit.page("people.html", refusal=refused, typed=typed, found=found or [])


ROUTES = (
    shown("/people", show),
    posted("/people", search),
    shown("/people/{account}", show_person),
)
