"""The best evidence that an approver could bring for a method in a case: what refuses even that closes the method."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from domain.account import ContactKind
from domain.acts import Confirmed, Evidence, Method, Verdict, VerdictBody
from service.deciding import vouched_verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.account import Contact
    from domain.case import Case
    from domain.case_file import CaseFile
    from service.doors import Doors
    from service.sessions import Session

_LONG_AGO = timedelta(days=3650)
_SOMEBODY = "somebody"


def verdict_on(method: Method, verdict: Verdict = Verdict.VERIFIED, **evidence: object) -> VerdictBody:
    """A verdict of which only what is given matters."""
    given = {"seen": "seen and described", "reference": "somewhere", **evidence}
    return VerdictBody(verdict=verdict, method=method, evidence=Evidence.model_validate(given))


async def best_evidence(
    doors: Doors, session: Session, file: CaseFile, method: Method, *, passed_checks: Sequence[str]
) -> list[VerdictBody]:
    """Verdicts by this method, each on the best evidence of its kind; what vouchers are, directory and store say."""
    case = file.case
    match method:
        case Method.CALLBACK:
            return [verdict_on(method, contact_id=one.id) for one in phones(case)] or [verdict_on(method)]
        case Method.IDENTITY_DOCUMENT:
            return [verdict_on(method, reference=one) for one in passed_checks] or [verdict_on(method)]
        case Method.VIDEO_CALL:
            return [verdict_on(method, record_since=case.opened_at - _LONG_AGO)]
        case Method.CORROBORATING_TICKET:
            named = [await voucher(doors, session, file, method, one) for one in relations(case)[method]]
            return [*named, *_by_hr(file)] or [_by_nobody(method)]
        case Method.RECOVERY_CONTACT:
            found = [await voucher(doors, session, file, method, one) for one in relations(case)[method]]
            return found or [_by_nobody(method)]
    return [verdict_on(method)]


async def voucher(doors: Doors, session: Session, file: CaseFile, method: Method, account_id: str) -> VerdictBody:
    """A verdict on the word of this account, with everything right that a ticket can have right."""
    body = verdict_on(
        method,
        author_id=account_id,
        author_confirmed=Confirmed.CALLBACK,
        ticket_opened_at=file.now,
        quotes_case=True,
    )
    return await vouched_verdict(doors, session, body)


def phones(case: Case) -> list[Contact]:
    """The numbers on record when the case opened."""
    return [one for one in case.snapshot.contacts if one.kind is not ContactKind.EMAIL]


def relations(case: Case) -> Mapping[Method, dict[str, str]]:
    """Who vouches by which method according to the directory: account ids, and what each is to the subject."""
    known = case.snapshot
    line = {known.sponsor_id: "sponsor", known.manager_id: "manager"}
    return {
        Method.CORROBORATING_TICKET: {one: what for one, what in line.items() if one},
        Method.RECOVERY_CONTACT: {one.account_id: "recovery_contact" for one in known.recovery_contacts},
    }


def _by_hr(file: CaseFile) -> list[VerdictBody]:
    roles = file.case.policy.verification.hr_roles
    somebody: dict[str, Any] = {
        "author_id": _SOMEBODY,
        "author_person_id": _SOMEBODY,
        "author_roles": tuple(sorted(roles)),
        "author_confirmed": Confirmed.CALLBACK,
        "ticket_opened_at": file.now,
        "quotes_case": True,
    }
    return [verdict_on(Method.CORROBORATING_TICKET, **somebody)] if roles else []


def _by_nobody(method: Method) -> VerdictBody:
    return verdict_on(method, author_id=_SOMEBODY, author_person_id=_SOMEBODY, author_confirmed=Confirmed.CALLBACK)
