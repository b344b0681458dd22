"""What the brakes count (R41): openings, verdicts and resets of the last hours, as rules and the security desk ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.people import Tier
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.page import Page
    from store.unit import Unit


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How often the same people did the same thing in the last 24 hours; `who` are account ids."""

    who: tuple[str, ...]
    count: int


@dataclass(frozen=True, kw_only=True)
class Farthest:
    """Those who have come farthest towards each brake, and the tenant's resets of the last hour."""

    openings: list[Counted]
    verdicts: list[Counted]
    pairs: list[Counted]
    claims: int


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """How many verdicts an approver has given, and in how many cases of the same agent."""

    verdicts: int
    with_agent: int


async def openings_today(unit: Unit, agent_person_id: str) -> int:
    """How many cases this person has opened in the last 24 hours, by whatever login."""
    count: int = await unit._connection.fetchval(SQL["openings_today"], unit.tenant_id, agent_person_id)
    return count


async def verdicts_today(page: Page, approver_person_id: str) -> Verdicts:
    """The person's verdicts of the last 24 hours on other cases than this one, by whatever login."""
    case = page.case
    row = await page.unit._connection.fetchrow(
        SQL["verdicts_today"], case.tenant_id, approver_person_id, case.agent.person_id, case.id
    )
    return Verdicts(verdicts=row["verdicts"], with_agent=row["pair"]) if row else Verdicts(verdicts=0, with_agent=0)


async def claims_this_hour(unit: Unit, *, besides: UUID | None = None) -> int:
    """How many resets of the tenant were claimed within the hour, not counting this case's."""
    count: int = await unit._connection.fetchval(SQL["claims_this_hour"], unit.tenant_id, besides)
    return count


async def farthest(unit: Unit, *, most: int) -> Farthest:
    """At most `most` of each kind, those with the highest count first; counted as the brakes themselves count."""
    asked = (unit.tenant_id, most)
    openings = await unit._connection.fetch(SQL["openings_by_agent"], *asked)
    verdicts = await unit._connection.fetch(SQL["verdicts_by_approver"], *asked)
    pairs = await unit._connection.fetch(SQL["verdicts_by_pair"], *asked)
    return Farthest(
        openings=[Counted(who=(row["account_id"],), count=row["count"]) for row in openings],
        verdicts=[Counted(who=(row["account_id"],), count=row["count"]) for row in verdicts],
        pairs=[Counted(who=(row["approver_id"], row["agent_id"]), count=row["count"]) for row in pairs],
        claims=await claims_this_hour(unit),
    )


async def open_cases_by_tier(unit: Unit) -> dict[Tier, int]:
    """The tenant's open cases whose reset has not begun; a tier without any is left out (R34)."""
    rows = await unit._connection.fetch(SQL["open_cases_by_tier"], unit.tenant_id)
    return {Tier(row["tier"]): row["count"] for row in rows}
