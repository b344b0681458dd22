"""A case with everything that is told beside it: the view, the people who can act on it by name, and its story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.acts import VerdictBody
from domain.errors import CaseNotFound
from domain.people import Role
from domain.policy.access import may_read_case
from service.course_view import course_of
from service.drawing import who_is_eligible
from service.dry_run import file_of
from service.naming import PersonName, names_of
from service.next_steps import sentences_of
from service.notices_view import nobody_was_told
from service.offers import Offers, offers_of
from service.timeline import UNHEARD, Entry, timeline, unheard_since, waits_since

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from domain.case_file import CaseFile
    from domain.texts import Text
    from service.case_view import CaseView
    from service.doors import Doors
    from service.reading import Read
    from service.sessions import Session


@dataclass(frozen=True, kw_only=True)
class WholeCase:
    """A case as one reader is shown it. Times are UTC.

    `sentences` say the next step, `able` are the account ids of those who may do it. `unheard_since` is set where an
    act was recorded so long ago that no worker seems to run (B29). `pulse` tells this state from a later one.
    `offers` are the decisions that are due, as the rules answer this reader.
    """

    case: CaseView
    sentences: list[Text]
    entries: list[Entry]
    names: dict[str, PersonName]
    able: list[str]
    waits_since: datetime
    unheard_since: datetime | None
    pulse: str
    offers: Offers


async def read_whole_case(doors: Doors, session: Session, read: Read) -> WholeCase:
    """Everything about a case that this request has read for this person."""
    file, view = read.file, read.view()
    entries = timeline(file.case, file.acts)
    able = await _able(doors, session, view, file)
    unheard = unheard_since(file.case, file.acts)
    return WholeCase(
        case=view,
        sentences=_sentences(read, view),
        entries=entries,
        names=await names_of(doors, _people(view, entries) | set(able)),
        able=able,
        waits_since=waits_since(file.case, file.acts),
        unheard_since=unheard if unheard is not None and file.now - unheard > UNHEARD else None,
        pulse=read.pulse,
        offers=offers_of(file, session.actor),
    )


async def check_readable(doors: Doors, session: Session, case_id: UUID) -> None:
    """Raise `CaseNotFound` for nothing, for another tenant's and for one's own, alike."""
    file = await file_of(doors, session, case_id)
    if not may_read_case(session.actor, file.case.subject_person_id).allowed:
        # A thief who holds the subject's own device learns nothing by trying references (R23).
        raise CaseNotFound


def _sentences(read: Read, view: CaseView) -> list[Text]:
    ended = view.outcome.value if view.outcome else None
    course = replace(course_of(read.file, read.reader), nobody_was_told=nobody_was_told(read.notices))
    return sentences_of(read.file.case, view.code, ended, course)


def _people(view: CaseView, entries: list[Entry]) -> set[str]:
    found = {view.agent_id, view.acting_admin_id, *(one.approver_id for one in view.verification.verdicts)}
    found |= {one.by for one in entries} | {account for one in entries for account in one.people}
    if view.drawn is not None:
        found |= set(view.drawn.approvers)
    if view.waiver is not None:
        found |= {view.waiver.by, view.waiver.reviewed_by or ""}
    return found - {""}


async def _able(doors: Doors, session: Session, view: CaseView, file: CaseFile) -> list[str]:
    """Who may do what is waited for now; of approvers, those whose verdict is not among those given."""
    match view.waiting_for:
        case "agent":
            return [view.agent_id]
        case "acting_admin":
            return [view.acting_admin_id]
        case "approver":
            async with doors.ledger.unit(session.tenant_id) as unit:
                eligible = await who_is_eligible(unit, file.case)
            gave = {act.actor.person_id for act in file.acts if act.actor and isinstance(act.body, VerdictBody)}
            return [one.account_id for one in eligible if one.person_id not in gave] or [
                one.account_id for one in eligible
            ]
        case "security":
            async with doors.ledger.unit(session.tenant_id) as unit:
                officers = await unit.with_role(Role.SECURITY)
            return sorted(one.account_id for one in officers.values() if one.active)
    return []
