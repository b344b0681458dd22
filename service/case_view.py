"""A case as doors show it: ids, codes and words, contacts masked, nothing that helps to impersonate the subject."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from domain.account import AccountStatus, ContactKind, FactorKind
from domain.acts import Method, Verdict, VerdictBody
from domain.case import Compromised, Reason, RiskCode
from domain.ids import case_reference
from domain.messages import Outcome, Phase
from domain.people import Tier
from domain.plan import Justification, OperationKind
from domain.policy.presence import valid_presence
from domain.policy.progress import progress
from domain.policy.requirement import requirement_of
from domain.policy.risks import SENTENCES, plan_changed
from domain.policy.verification import counting
from domain.ports import Sent
from domain.texts import Text
from service.course_view import CourseView, course_of, course_view
from service.next_steps import NOTHING_MORE, Course, WaitingFor, next_step
from service.notices_view import NoticeView, failed_count, nobody_was_told, notice_views
from service.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.account import Account, Contact
    from domain.case import Case
    from domain.case_file import CaseFile
    from domain.people import Actor
    from domain.ports import OperationState
    from store.notices import NoticeStanding


class FactorView(View):
    """A factor of the subject when the case opened."""

    id: str
    kind: FactorKind
    label: str
    enrolled_at: datetime | None


class ContactView(View):
    """A contact point, masked; without `bound_since` its age is unknown, which counts as new (R16)."""

    id: str
    kind: ContactKind
    masked: str
    bound_since: datetime | None


class SubjectView(View):
    """The subject as snapshotted at intake (R8)."""

    id: str
    login: str
    display_name: str
    status: AccountStatus
    backup_codes_left: int
    factors: list[FactorView]
    contacts: list[ContactView]


class OperationView(View):
    """One operation of the plan and how far it has come."""

    kind: OperationKind
    target: str
    factor_kind: FactorKind | None
    justification: Justification
    state: Sent


class PlanView(View):
    """Exactly what will be done (R20)."""

    digest: str
    version: int
    operations: list[OperationView]


class VerdictView(View):
    """One verdict; `counts` says whether it does for the present plan, by an approver who still may."""

    at: datetime
    approver_id: str
    method: Method
    verdict: Verdict
    counts: bool


class VerificationView(View):
    """What is needed, in words, and what was given."""

    needs: Text
    verdicts: list[VerdictView]


class PresenceView(View):
    """Whether the subject's own browser is bound to the case now (R36)."""

    confirmed: bool


class RiskView(View):
    """What stood out, in words; `facts` are ids, counts and instants, never a value of a contact point (R8)."""

    code: RiskCode
    sentence: Text
    facts: dict[str, str | int]


class StatedView(View):
    """What the agent typed, unchecked, and `verified` says so to a program that reads only fields."""

    verified: Literal[False] = False
    ticket: str | None
    statement: str


class SubjectName(View):
    """Who a case is about."""

    id: str
    login: str
    display_name: str


class CaseSummary(View):
    """A line in a list of cases."""

    id: UUID
    reference: str
    phase: Phase
    code: str
    next_step: Text
    waiting_for: WaitingFor
    outcome: Outcome | None
    tier: Tier
    reason: Reason
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    version: int
    subject: SubjectName
    agent_id: str


class CaseView(CourseView):
    """A whole case."""

    id: UUID
    reference: str
    tenant: str
    phase: Phase
    code: str
    next_step: Text
    waiting_for: WaitingFor
    outcome: Outcome | None
    tier: Tier
    reason: Reason
    password_compromised: Compromised
    opened_at: datetime
    expires_at: datetime
    claimed_at: datetime | None
    enrol_by: datetime | None
    closed_at: datetime | None
    version: int
    subject: SubjectView
    agent_id: str
    acting_admin_id: str
    plan: PlanView
    verification: VerificationView
    presence: PresenceView
    stated: StatedView
    risks: list[RiskView]
    notices: list[NoticeView]
    notices_failed: int


def case_view(
    file: CaseFile,
    reader: Actor,
    *,
    tenant: str,
    operations: Sequence[OperationState],
    notices: Sequence[NoticeStanding],
) -> CaseView:
    """The case as this reader sees it; acts that no activity has applied yet are taken into account."""
    case, acts, now = file.case, file.acts, file.now
    phase, code = where_it_stands(file)
    course = replace(course_of(file, reader), nobody_was_told=nobody_was_told(notices))
    step = next_step(case, code, case.outcome.value if case.outcome else None, course)
    return CaseView(
        id=case.id,
        reference=case_reference(case.id),
        tenant=tenant,
        phase=phase,
        code=code,
        next_step=step.sentence,
        waiting_for=step.waiting_for,
        outcome=case.outcome,
        tier=case.tier,
        reason=case.intake.reason,
        password_compromised=case.intake.password_compromised,
        opened_at=case.opened_at,
        expires_at=case.expires_at,
        claimed_at=case.claimed_at,
        enrol_by=case.enrol_by,
        closed_at=case.closed_at,
        version=case.version,
        subject=subject_view(case.snapshot),
        agent_id=case.agent.account_id,
        acting_admin_id=case.acting_admin.account_id,
        plan=plan_view(case, operations),
        verification=VerificationView(needs=requirement_of(case).in_words(), verdicts=_verdicts(file)),
        presence=PresenceView(confirmed=case.claimed_at is not None or valid_presence(case, acts, now) is not None),
        stated=StatedView(ticket=case.intake.ticket, statement=case.intake.statement),
        risks=risk_views(case),
        notices=notice_views(notices),
        notices_failed=failed_count(notices),
        **dict(course_view(file, reader)),
    )


def case_summary(case: Case, course: Course = NOTHING_MORE) -> CaseSummary:
    """The case's line in a list, as its last activity left it; `course` is what is known beyond its row."""
    step = next_step(case, case.code, case.outcome.value if case.outcome else None, course)
    return CaseSummary(
        id=case.id,
        reference=case_reference(case.id),
        phase=case.phase,
        code=case.code,
        next_step=step.sentence,
        waiting_for=step.waiting_for,
        outcome=case.outcome,
        tier=case.tier,
        reason=case.intake.reason,
        opened_at=case.opened_at,
        expires_at=case.expires_at,
        closed_at=case.closed_at,
        version=case.version,
        subject=SubjectName(id=case.subject_id, login=case.snapshot.login, display_name=case.snapshot.display_name),
        agent_id=case.agent.account_id,
    )


@dataclass(frozen=True)
class Turn:
    """Whose turn it is in a case; `drawn_alone` says that the reader is the only approver who was drawn."""

    waiting_for: WaitingFor
    phase: Phase
    drawn_alone: bool


def turn_of(file: CaseFile, reader: Actor) -> Turn:
    """Whose turn it is, acts that no activity has applied yet taken into account."""
    phase, code = where_it_stands(file)
    course, outcome = course_of(file, reader), file.case.outcome
    step = next_step(file.case, code, outcome.value if outcome else None, course)
    return Turn(step.waiting_for, phase, drawn_alone=course.mine and len(course.drawn or ()) == 1)


def where_it_stands(file: CaseFile) -> tuple[Phase, str]:
    """Phase and code: as the last activity said, or as the rules say where acts wait to be applied."""
    case = file.case
    if case.outcome is not None or case.ending is not None or case.applied_seq >= case.act_seq:
        # Ended but not written yet: closed is said only together with the outcome.
        return case.phase, case.code
    found = progress(file)
    return found.phase, found.code


def subject_view(account: Account) -> SubjectView:
    """An account with its contacts masked."""
    return SubjectView(
        id=account.id,
        login=account.login,
        display_name=account.display_name,
        status=account.status,
        backup_codes_left=account.backup_codes_left,
        factors=factor_views(account),
        contacts=contact_views(account),
    )


def risk_views(case: Case) -> list[RiskView]:
    """The signals of the opening, and that of a plan made anew; agent and approver read the same."""
    found = (*case.risks, *plan_changed(case.plan_version))
    return [RiskView(code=one.code, sentence=SENTENCES[one.code], facts=one.facts) for one in found]


def factor_views(account: Account) -> list[FactorView]:
    """The account's factors."""
    return [
        FactorView(id=one.id, kind=one.kind, label=one.label, enrolled_at=one.enrolled_at) for one in account.factors
    ]


def contact_views(account: Account) -> list[ContactView]:
    """The account's contacts, masked."""
    return [
        ContactView(id=one.id, kind=one.kind, masked=masked(one), bound_since=one.bound_since)
        for one in account.contacts
    ]


def masked(contact: Contact) -> str:
    """Enough to recognise a contact point, not enough to use it (R16)."""
    value = contact.value
    if contact.kind is ContactKind.EMAIL:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}•••@{domain[:1]}•••"
    shown = 2 if len(value) >= _LONG_ENOUGH else 0
    return "•••" + value[len(value) - shown :]


_LONG_ENOUGH = 6


def plan_view(case: Case, operations: Sequence[OperationState]) -> PlanView:
    """The plan, item by item, with how far each has come."""
    states = {one.operation.key: one.state for one in operations}
    return PlanView(
        digest=case.plan.digest(),
        version=case.plan_version,
        operations=[
            OperationView(
                kind=one.kind,
                target=one.target,
                factor_kind=one.factor_kind,
                justification=one.justification,
                state=states.get(one.key, Sent.PLANNED),
            )
            for one in case.plan.operations
        ],
    )


def _verdicts(file: CaseFile) -> list[VerdictView]:
    good = {act.id for act in counting(file)}
    return [
        VerdictView(
            at=act.at,
            approver_id=act.actor.account_id if act.actor else "",
            method=act.body.method,
            verdict=act.body.verdict,
            counts=act.id in good,
        )
        for act in file.acts
        if isinstance(act.body, VerdictBody)
    ]
