"""Recording decisions: ask the rules, check the proof, ask again under the lock, commit, ring."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.account import AccountStatus
from domain.acts import (
    ActKind,
    Body,
    BreakGlassBody,
    CancelBody,
    CodesUnavailableBody,
    HeldBody,
    PresenceBody,
    RulingBody,
    Verdict,
    VerdictBody,
    canonical,
)
from domain.audit import EventType
from domain.errors import PresenceRefused, Refused, StepUpRefused, SubjectGone
from domain.events import by_person, by_product, refusal
from domain.notices import Occasion, nth
from domain.policy.brakes import released, verdict_brakes
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.doors import is_proved, may_decide
from domain.refusal_codes import Code
from service import step_up
from service.dry_run import file_of
from service.opening import case_of_key, key_reused, request_digest
from service.own_accounts import own_account
from store.brakes import verdicts_today
from store.errors import AlreadyTaken
from store.members import recovered_at, tied_to_person
from store.presence_checks import put_presence_check, use_presence_check

if TYPE_CHECKING:
    from domain.acts import Act, Proof
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.case_file import CaseFile
    from service.doors import Doors
    from service.sessions import Session
    from service.step_up import StepUpAnswer, StepUpChallenge
    from store.page import Page
    from store.unit import Unit

_EVENTS = {
    ActKind.CODES_UNAVAILABLE: EventType.CODES_UNAVAILABLE,
    ActKind.CODES_USED: EventType.CODES_USED,
    ActKind.VERDICT: EventType.VERIFICATION_RECORDED,
    ActKind.PRESENCE: EventType.PRESENCE_CONFIRMED,
    ActKind.EXECUTE: EventType.RESET_REQUESTED,
    ActKind.CANCEL: EventType.CANCEL_REQUESTED,
    ActKind.RULING: EventType.DISPUTE_RULED,
    ActKind.RELEASE: EventType.CASE_RELEASED,
    ActKind.BREAK_GLASS: EventType.GLASS_BROKEN,
    ActKind.REVIEW: EventType.GLASS_REVIEWED,
}


@dataclass(frozen=True)
class Recorded:
    """A decision was recorded; `delivered` tells whether the workflow has heard of it already.

    `file` is the case with the decision in it, None where it had been recorded before.
    """

    case_id: UUID
    delivered: bool
    file: CaseFile | None = None


class NotProved(Refused):
    """The decision itself is allowed; what refuses it is its proof alone."""


@dataclass(frozen=True)
class Repeated:
    """What tells that a request is the same as one before."""

    key: str
    digest: str


async def begin_step_up(
    doors: Doors, session: Session, case_id: UUID, body: Body, *, plan: str | None = None, file: CaseFile | None = None
) -> StepUpChallenge:
    """Begin the proof that a decision will carry; refused at once where the decision itself would be.

    `plan` is the digest of the plan that the person was shown, where one was: another one is refused (R20). `file` is
    the case as this request has read it already for this person; without it, it is read.
    """
    body = await vouched(doors, session, body)
    file = file or await file_of(doors, session, case_id)
    await _ask_first(doors, session, file, body, plan=plan)
    return await step_up.begin(doors, session, step_up.decision_in(file.case, session, body))


async def decide(
    doors: Doors,
    session: Session,
    case_id: UUID,
    body: Body,
    *,
    key: str,
    answer: StepUpAnswer | None = None,
    plan: str | None = None,
    file: CaseFile | None = None,
) -> Recorded:
    """Record a decision once per `key`; `plan` and `file` as for `begin_step_up`.

    Raises `Refused` with the rule's code, `NotProved`, the step-up errors, `CaseNotFound`, `InputRefused`. Asked
    before the proof, so that a refusal costs the actor no code, and again under the lock, where it counts.
    """
    digest = _digest(case_id, body)
    if await case_of_key(doors.ledger, session, key, digest):
        return Recorded(case_id, delivered=True)
    body = await vouched(doors, session, body)
    file = file or await file_of(doors, session, case_id)
    if not await _ask_first(doors, session, file, body, plan=plan, repeated=Repeated(key, digest)):
        return Recorded(case_id, delivered=True)
    try:
        proof = await step_up.prove_if_answered(doors, session, step_up.decision_in(file.case, session, body), answer)
    except StepUpRefused:
        # The other click of a double click may have spent the proof on this very decision (B13).
        if await case_of_key(doors.ledger, session, key, digest):
            return Recorded(case_id, delivered=True)
        raise
    row = 0
    try:
        async with doors.ledger.page(session.tenant_id, case_id, reader=session.actor.person_id) as page:
            if await case_of_key(page.unit, session, key, digest):
                return Recorded(case_id, delivered=True)
            welcome = first_refusal(_same_plan(page.case, plan), may_decide(session.actor, body, page.file))
            decision = first_refusal(welcome, is_proved(session.actor, body, proof, page.file))
            if decision.allowed:
                row = await _commit(doors, page, session, body, proof=proof, key=key, digest=digest)
            else:
                page.audit(_refused(session, page.case, body, decision))
    except AlreadyTaken:
        # The same key at the same moment for another case, whose lock is another.
        raise key_reused() from None
    if welcome.allowed and decision.refusal is not None:
        raise NotProved(decision.refusal, decision.reason, {**decision.facts, "rule": decision.rule})
    decision.enforce()
    return Recorded(case_id, delivered=await doors.ring(row), file=page.file)


async def is_recorded(doors: Doors, session: Session, case_id: UUID, body: Body, *, key: str) -> bool:
    """Whether exactly this decision was recorded under this key before. Raises `InputRefused` for another one's key."""
    return await case_of_key(doors.ledger, session, key, _digest(case_id, body)) is not None


async def confirm_presence(
    doors: Doors, session: Session, case_id: UUID, code: str, *, file: CaseFile | None = None
) -> str:
    """Match the code that the subject's browser shows; returns the browser's id, which the decision then names (R36).

    Raises `PresenceRefused` and `PresenceLocked`; the code is good for one try of one approver. `file` as for
    `begin_step_up`.
    """
    file = file or await file_of(doors, session, case_id)
    await _ask_first(doors, session, file, PresenceBody(presence_id=""))
    case = file.case
    async with step_up.denial_is_audited(doors, session, EventType.PRESENCE_CONFIRMED, case):
        found = await doors.presences.confirm(case.subject_id, code, password_required=not case.plan.choose_password)
    # The approver who heard the code on the verified channel may bind the browser, for this case, once (R36).
    await put_presence_check(doors.ledger, case.id, session.actor.account_id, found)
    return found


async def _ask_first(
    doors: Doors,
    session: Session,
    file: CaseFile,
    body: Body,
    *,
    plan: str | None = None,
    repeated: Repeated | None = None,
) -> bool:
    """Raise, and audit, what refuses the decision; False where the same request was recorded a moment ago."""
    decision = first_refusal(_same_plan(file.case, plan), may_decide(session.actor, body, file))
    if not decision.allowed:
        # Refused, it may be, because the same request has been recorded a moment ago.
        if repeated is not None and await case_of_key(doors.ledger, session, repeated.key, repeated.digest):
            return False
        await doors.ledger.audit(session.tenant_id, _refused(session, file.case, body, decision))
    decision.enforce()
    return True


async def vouched(doors: Doors, session: Session, body: Body) -> Body:
    """The decision as it is judged: of the voucher in a verdict, only what directory and store say (R14, B04)."""
    return await vouched_verdict(doors, session, body) if isinstance(body, VerdictBody) else body


async def vouched_verdict(doors: Doors, session: Session, body: VerdictBody) -> VerdictBody:
    """The verdict with what directory and store say of the voucher in it, and nothing that was sent."""
    said: dict[str, object] = {
        "author_person_id": None,
        "author_roles": (),
        "author_recovered_at": None,
        "author_tied_to": (),
    }
    if body.evidence.author_id:
        try:
            author = await own_account(doors, session.tenant_id, body.evidence.author_id)
        except SubjectGone:
            author = None
        if author is not None and author.status is AccountStatus.ACTIVE:
            said = {"author_person_id": author.person_id, "author_roles": tuple(sorted(author.roles or ()))}
            async with doors.ledger.unit(session.tenant_id) as unit:
                said |= await _standing(unit, author.person_id)
    return body.model_copy(update={"evidence": body.evidence.model_copy(update=said)})


async def _standing(unit: Unit, person_id: str) -> dict[str, object]:
    tied = await tied_to_person(unit, person_id)
    return {"author_recovered_at": await recovered_at(unit, person_id), "author_tied_to": tuple(sorted(tied))}


def _digest(case_id: UUID, body: Body) -> str:
    return request_digest({"case": str(case_id), "body": body.model_dump(mode="json")})


def _same_plan(case: Case, shown: str | None) -> Decision:
    """What is signed is what was shown (B24): a plan made anew since needs another look (R20)."""
    if shown is not None and shown != case.plan.digest():
        return refuse("R20", Code.PLAN_CHANGED, "The plan has changed since it was shown to you. Look at it again.")
    return ALLOWED


async def _commit(
    doors: Doors, page: Page, session: Session, body: Body, *, proof: Proof | None, key: str, digest: str
) -> int:
    act_id = doors.new_id()
    if isinstance(body, PresenceBody):
        await _still_confirmed(doors, page, body)
    act, row = await page.add_act(
        act_id=act_id, actor=session.actor, body=body, proof=proof, idempotency_key=key, request_digest=digest
    )
    if isinstance(body, PresenceBody):
        await _use_check(page, session, body, act_id)
    if proof is not None:
        await step_up.spend(page.unit, proof, on=act_id)
    if body.kind is ActKind.EXECUTE and proof is not None:
        page.audit(_event(session, page.case, act, EventType.STEP_UP_COMPLETED, body))
    page.audit(_event(session, page.case, act, _EVENTS[body.kind], body))
    await _look_up_to_security(page, session, body)
    return row


async def _look_up_to_security(page: Page, session: Session, body: Body) -> None:
    """What a decision sets off besides itself: brakes (R41), and alerts to security (R18, R39)."""
    if isinstance(body, VerdictBody):
        await _brake(page, session, body)
        if body.verdict is Verdict.FAILED:
            await page.notify(nth(Occasion.SECURITY_ALERT, "verification_failed"), code="verification_failed")
    if isinstance(body, BreakGlassBody):
        await page.notify(nth(Occasion.SECURITY_ALERT, "glass_broken"), code="glass_broken")


async def _brake(page: Page, session: Session, body: VerdictBody) -> None:
    case = page.case
    if body.verdict is not Verdict.VERIFIED:
        return
    counted = await verdicts_today(page, session.actor.person_id)
    for brake in verdict_brakes(case.policy.brakes, verdicts_today=counted.verdicts, pair_today=counted.with_agent):
        if not released(page.acts, brake):
            await page.record(HeldBody(brake=brake))
            page.audit(by_product(case, EventType.CASE_HELD, brake=brake.value))


async def _use_check(page: Page, session: Session, body: PresenceBody, act_id: UUID) -> None:
    account_id = session.actor.account_id
    if not await use_presence_check(page.unit, page.case.id, account_id, body.presence_id, act_id=act_id):
        raise PresenceRefused


async def _still_confirmed(doors: Doors, page: Page, body: PresenceBody) -> None:
    waiting = await doors.presences.read(body.presence_id)
    if waiting is None or not (waiting.confirmed and waiting.usable) or waiting.account_id != page.case.subject_id:
        raise PresenceRefused


def _event(session: Session, case: Case, act: Act, event_type: EventType, body: Body) -> AuditEvent:
    data: dict[str, object] = {"act": str(act.id), "plan": act.plan_digest, **_details(body)}
    if act.proof is not None:
        data |= {"step_up": str(act.proof.step_up_id), "aal": act.proof.aal, "step_up_factor": act.proof.factor_kind}
    return by_person(session.actor, event_type, subject_id=case.subject_id, case_id=case.id, details=data)


def _details(body: Body) -> dict[str, object]:
    """Codes and digests of a decision; what was written in free text stays in the store (R44)."""
    match body:
        case VerdictBody():
            evidence = hashlib.sha256(canonical(body.evidence.model_dump(mode="json"))).hexdigest()
            return {"verdict": body.verdict.value, "method": body.method.value, "evidence_digest": evidence}
        case CodesUnavailableBody():
            return {"why": body.why.value}
        case CancelBody():
            return {"why": body.reason.value}
        case PresenceBody():
            return {"presence": body.presence_id}
        case RulingBody():
            return {"ruling": body.ruling.value}
        case BreakGlassBody():
            return {"waives": body.waives.value}
    return {}


def _refused(session: Session, case: Case, body: Body, decision: Decision) -> AuditEvent:
    return refusal(
        session.actor,
        EventType.DECISION_REFUSED,
        decision,
        subject_id=case.subject_id,
        case_id=case.id,
        asked=body.kind.value,
    )
