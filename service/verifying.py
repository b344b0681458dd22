"""What an approver has in hand: the ways to verify this person, why others are closed, whom to call."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.account import ContactKind
from domain.acts import Method, Verdict
from domain.identity_document import may_start
from domain.policy.access import may_read_case
from domain.policy.age import age_days
from domain.policy.doors import may_decide, may_say_verified
from domain.policy.evidence import NEVER_EVIDENCE, STRONG, evidence_holds, number_is_trustworthy
from domain.policy.revealing import may_reveal
from domain.texts import Text
from service.best_evidence import best_evidence, relations, verdict_on, voucher
from service.case_view import CaseSummary, ContactView, case_summary, contact_views
from service.dry_run import Hindrance, hindrance
from service.view import View
from store.brakes import openings_today
from store.earlier_cases import cases_before
from store.identity_checks import checks_started
from store.revealing import contacts_revealed_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import VerdictBody
    from domain.case_file import CaseFile
    from domain.policy.decision import Decision
    from service.doors import Doors
    from service.sessions import Session

MOST_EARLIER = 3
METHODS = (
    Method.WORKING_FACTOR,
    Method.FEDERATED_SIGN_IN,
    Method.IDENTITY_DOCUMENT,
    Method.CALLBACK,
    Method.IN_PERSON,
    Method.CORROBORATING_TICKET,
    Method.RECOVERY_CONTACT,
    Method.VIDEO_CALL,
)
"""In the order in which they are recommended: what was observed already, then what can be done during the call."""


class NumberView(View):
    """A number on record; `useless` says why a call proves nothing, `hidden` why it is not shown in full now (R16)."""

    contact: ContactView
    useless: Hindrance | None
    hidden: Hindrance | None


class VoucherView(View):
    """An account that the directory names as manager, sponsor or recovery contact, and why it cannot vouch (R14)."""

    account_id: str
    method: Method
    relation: str
    useless: Hindrance | None


class WayView(View):
    """A method of R14; `closed` says what refuses even the best evidence for it here."""

    method: Method
    strong: bool
    closed: Hindrance | None


class Approach(View):
    """All of it for one approver and one case, at one instant.

    `not_verified` says why this person may not call the identity verified, `no_doubt` why not even doubtful or wrong,
    `no_check` why they may not have a document checked. `now` is UTC, as the rules see it.
    """

    not_verified: Hindrance | None
    no_doubt: Hindrance | None
    no_check: Hindrance | None
    ways: list[WayView]
    never: list[Text]
    numbers: list[NumberView]
    vouchers: list[VoucherView]
    hr_may_vouch: bool
    age_days: int
    sessions: int
    opened_today: int
    usual_openings: int
    earlier: list[CaseSummary]
    now: datetime


async def approach(doors: Doors, session: Session, file: CaseFile, *, passed_checks: Sequence[str] = ()) -> Approach:
    """What this person could do to verify the subject; `passed_checks` are references of passed document checks.

    Raises `Refused` for a case about oneself.
    """
    case, actor = file.case, session.actor
    may_read_case(actor, case.subject_person_id).enforce()
    not_verified = may_say_verified(actor, file)
    ways = [
        WayView(
            method=one,
            strong=one in STRONG,
            closed=_closed(
                session,
                file,
                await best_evidence(doors, session, file, one, passed_checks=passed_checks),
                person=not_verified,
            ),
        )
        for one in METHODS
    ]
    vouchers = [
        VoucherView(
            account_id=account_id,
            method=method,
            relation=relation,
            useless=hindrance(_evidence(session, file, await voucher(doors, session, file, method, account_id))),
        )
        for method, known in relations(case).items()
        for account_id, relation in known.items()
    ]
    async with doors.ledger.unit(session.tenant_id) as unit:
        seen = await contacts_revealed_to(unit, case.id, actor.account_id)
        earlier = await cases_before(unit, case, most=MOST_EARLIER)
        return Approach(
            not_verified=hindrance(not_verified),
            no_doubt=hindrance(may_decide(actor, verdict_on(Method.IN_PERSON, Verdict.UNCERTAIN), file)),
            no_check=hindrance(may_start(actor, file, started=await checks_started(unit, case.id))),
            ways=ways,
            never=list(NEVER_EVIDENCE.values()),
            numbers=[
                _number(session, file, one, seen)
                for one in contact_views(case.snapshot)
                if one.kind is not ContactKind.EMAIL
            ],
            vouchers=vouchers,
            hr_may_vouch=bool(case.policy.verification.hr_roles),
            age_days=age_days(case),
            sessions=case.snapshot.sessions,
            opened_today=await openings_today(unit, case.agent.person_id),
            usual_openings=case.policy.brakes.agent_openings_a_day,
            earlier=[case_summary(one) for one in earlier],
            now=file.now,
        )


def _closed(session: Session, file: CaseFile, bodies: Sequence[VerdictBody], *, person: Decision) -> Hindrance | None:
    """What refuses every one of these verdicts; why the person cannot give any at all is told apart from it."""
    if person.allowed:
        decisions = [may_decide(session.actor, one, file) for one in bodies]
    else:
        decisions = [_evidence(session, file, one) for one in bodies]
    return hindrance(next((one for one in decisions if one.allowed), decisions[0]))


def _evidence(session: Session, file: CaseFile, body: VerdictBody) -> Decision:
    return evidence_holds(actor=session.actor, case=file.case, body=body, at=file.now, acts=file.acts)


def _number(session: Session, file: CaseFile, contact: ContactView, seen: frozenset[str]) -> NumberView:
    return NumberView(
        contact=contact,
        useless=hindrance(number_is_trustworthy(file.case, contact.id)),
        hidden=hindrance(may_reveal(session.actor, file, contact.id, seen_before=contact.id in seen)),
    )
