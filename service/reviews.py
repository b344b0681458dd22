"""What waits for people, across the tenant's cases: break-glass to review (R39), and whose turn it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.acts import ActKind, Waiver
from domain.ids import case_reference
from domain.messages import Outcome
from domain.people import Tier
from domain.policy.access import Access, may_read_case
from domain.policy.officers import review_open
from service.case_view import CaseSummary, SubjectName, case_summary
from service.course_view import course_of, waiver_view
from service.next_steps import NOTHING_MORE, WaitingFor, codes_waiting_for
from service.reading import require
from service.view import View
from store.waiting import Turns, cases_waiting, cases_with_glass_broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.case_file import CaseFile
    from domain.people import Actor
    from service.doors import Doors
    from service.sessions import Session


class ReviewView(View):
    """A break-glass that another security officer has not looked at yet: who waived what, when and why (R39)."""

    case_id: UUID
    reference: str
    subject: SubjectName
    tier: Tier
    outcome: Outcome | None
    waives: Waiver
    because: str
    broken_by: str
    waiting_since: datetime
    by_you: bool


async def open_reviews(doors: Doors, session: Session) -> list[ReviewView]:
    """The tenant's open reviews, the longest waiting first. Raises `Refused` for other roles."""
    await require(doors, session, Access.READ_REVIEWS)
    found: list[ReviewView] = []
    broken = await cases_with_glass_broken(doors.ledger, session.tenant_id)
    for one in await doors.ledger.read_files(session.tenant_id, broken):
        if review_open(one.acts) and may_read_case(session.actor, one.case.subject_person_id).allowed:
            found += _review(session.actor, one.case, one.acts)
    return sorted(found, key=lambda one: (one.waiting_since, one.case_id))


async def cases_waiting_for(doors: Doors, session: Session, who: WaitingFor, *, limit: int) -> list[CaseSummary]:
    """The tenant's cases in which a person of this kind has to act, the oldest first.

    For security also recovered accounts that were objected to while they are watched, although their cases have ended.
    """
    return [summary for summary, _ in await waiting_files(doors, session, who, limit=limit)]


async def waiting_files(
    doors: Doors, session: Session, who: WaitingFor, *, limit: int
) -> list[tuple[CaseSummary, CaseFile]]:
    """As `cases_waiting_for`, with the files of which the lines are made."""
    reader = session.actor.person_id
    turns = Turns(anybody=codes_waiting_for(who), objected=who == "security")
    waiting = await cases_waiting(doors.ledger, session.tenant_id, reader, turns, limit=limit)
    found: list[tuple[CaseSummary, CaseFile]] = []
    for file in await doors.ledger.read_files(session.tenant_id, waiting, reader=reader):
        course = NOTHING_MORE if file.is_open else course_of(file, session.actor)
        summary = case_summary(file.case, course)
        if summary.waiting_for == who and may_read_case(session.actor, file.case.subject_person_id).allowed:
            found.append((summary, file))
    return found[:limit]


def _review(reader: Actor, case: Case, acts: Sequence[Act]) -> list[ReviewView]:
    broken = waiver_view(acts)
    by = next((act.actor for act in acts if act.kind is ActKind.BREAK_GLASS), None)
    if broken is None or by is None:
        return []
    return [
        ReviewView(
            case_id=case.id,
            reference=case_reference(case.id),
            subject=SubjectName(id=case.subject_id, login=case.snapshot.login, display_name=case.snapshot.display_name),
            tier=case.tier,
            outcome=case.outcome,
            waives=broken.waives,
            because=broken.because,
            broken_by=broken.by,
            waiting_since=broken.at,
            by_you=by.person_id == reader.person_id,
        )
    ]
