"""Step-up at the doors: a proof over one decision, counted before it is checked, used once (R27, R28, B14, B24)."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakValueDictionary

from domain.acts import Proof, binding, canonical
from domain.audit import EventOutcome, EventType
from domain.errors import RecoveryError, StepUpLocked, StepUpRefused
from domain.events import by_person
from domain.refusal_codes import Code
from store.step_ups import NewStepUp, count_try, forgive_tries, keep_proof, put_step_up, step_up_of, use_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from domain.acts import Body
    from domain.case import Case
    from domain.policy.document import StepUpPolicy
    from domain.ports import Challenge
    from service.doors import Doors
    from service.sessions import Session
    from store.unit import Unit

CHALLENGE_LIFETIME = timedelta(minutes=5)
TWIN_SECONDS = 0.1
_TURNS: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
"""Proofs that are being checked by this process, so that one answer is given to the provider once."""


@dataclass(frozen=True)
class StepUpAnswer:
    """What the person answers: a TOTP code or a WebAuthn assertion, for one challenge."""

    step_up_id: UUID
    response: dict[str, object]

    def __repr__(self) -> str:
        return f"StepUpAnswer({self.step_up_id})"


@dataclass(frozen=True)
class StepUpChallenge:
    """What the person is asked; `expires_at` is UTC."""

    id: UUID
    challenge: Challenge
    expires_at: datetime


@dataclass(frozen=True)
class ToProve:
    """What a proof is over: the exact binding, under which limits, and the case that it belongs to, if any."""

    binding: str
    decision: str
    limits: StepUpPolicy
    case: Case | None = None


def decision_in(case: Case, session: Session, body: Body) -> ToProve:
    """One decision in a case."""
    wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=session.actor, body=body)
    return ToProve(wanted, body.kind.value, case.policy.step_up, case)


async def begin(doors: Doors, session: Session, what: ToProve) -> StepUpChallenge:
    """Ask the person to prove themselves over exactly this decision. Raises `StepUpLocked`, `ProviderUnavailable`."""
    challenge = await doors.step_ups.start(session.actor.account_id, bytes.fromhex(what.binding))
    step_up_id = doors.new_id()
    new = NewStepUp(
        id=step_up_id, tenant_id=session.tenant_id, actor=session.actor, case_id=what.case.id if what.case else None,
        binding=what.binding, transaction=challenge.transaction,
    )  # fmt: skip
    return StepUpChallenge(step_up_id, challenge, await put_step_up(doors.ledger, new, lives=CHALLENGE_LIFETIME))


async def prove(doors: Doors, session: Session, what: ToProve, answer: StepUpAnswer) -> Proof:
    """Check an answer. Raises `StepUpRefused`, `StepUpCodeReused`, `StepUpLocked`; each is audited."""
    async with denial_is_audited(doors, session, EventType.STEP_UP_FAILED, what.case, decision=what.decision):
        return await _prove(doors, session, what, answer)


async def prove_if_answered(doors: Doors, session: Session, what: ToProve, answer: StepUpAnswer | None) -> Proof | None:
    """The proof where the person answered, else None: whether one is needed is for the rules to say."""
    return await prove(doors, session, what, answer) if answer else None


@asynccontextmanager
async def denial_is_audited(
    doors: Doors, session: Session, event_type: EventType, case: Case | None, **data: object
) -> AsyncIterator[None]:
    """What is raised within is audited with its code before it goes on, in the case that it is about, if any (R42)."""
    try:
        yield
    except RecoveryError as error:
        event = by_person(
            session.actor,
            event_type,
            EventOutcome.DENIED,
            subject_id=case.subject_id if case else None,
            case_id=case.id if case else None,
            details=data,
            code=error.code,
        )
        await doors.ledger.audit(session.tenant_id, event)
        raise


async def _prove(doors: Doors, session: Session, what: ToProve, answer: StepUpAnswer) -> Proof:
    # The second click of a double click waits for what became of the first, and then finds its proof.
    async with _TURNS.setdefault(answer.step_up_id, asyncio.Lock()):
        return await _prove_in_turn(doors, session, what, answer)


async def _prove_in_turn(doors: Doors, session: Session, what: ToProve, answer: StepUpAnswer) -> Proof:
    kept = await step_up_of(doors.ledger, session.tenant_id, answer.step_up_id)
    if kept is None or kept.account_id != session.actor.account_id or not kept.alive or kept.used:
        raise StepUpRefused
    if kept.binding != what.binding:
        raise StepUpMismatch
    if kept.sealed is not None:
        return _unsealed(doors, kept.id, kept.sealed)
    await _count_try(doors, session, what.limits)
    try:
        proved = await doors.step_ups.finish(kept.transaction, answer.response, bytes.fromhex(what.binding))
    except StepUpRefused:
        # The same request at another door process: the other one has spent the code on this very decision.
        if known := await _proved_meanwhile(doors, session, answer):
            return known
        raise
    await forgive_tries(doors.ledger, session.tenant_id, session.actor.person_id)
    return await _remember(doors, session, Proof(
        step_up_id=answer.step_up_id, aal=proved.aal, phishing_resistant=proved.phishing_resistant,
        hardware_bound=proved.hardware_bound, factor_kind=proved.factor_kind, binding=what.binding,
        proved_at=kept.created_at, factor_enrolled_at=proved.enrolled_at,
    ))  # fmt: skip


class StepUpMismatch(StepUpRefused):
    """The proof was given for something else; prove this decision itself."""

    code = Code.STEP_UP_MISMATCH


async def spend(unit: Unit, proof: Proof, *, on: UUID, policy_change: bool = False) -> None:
    """Use a proof up in the transaction of what it proves: an act, or a change of policy. Raises `StepUpRefused`."""
    used = (
        await use_up(unit, proof.step_up_id, policy_change=on)
        if policy_change
        else await use_up(unit, proof.step_up_id, act_id=on)
    )
    if not used:
        raise StepUpRefused


async def _proved_meanwhile(doors: Doors, session: Session, answer: StepUpAnswer) -> Proof | None:
    await asyncio.sleep(TWIN_SECONDS)
    kept = await step_up_of(doors.ledger, session.tenant_id, answer.step_up_id)
    return _unsealed(doors, kept.id, kept.sealed) if kept is not None and kept.sealed is not None else None


async def _count_try(doors: Doors, session: Session, limits: StepUpPolicy) -> None:
    locked_for = timedelta(minutes=limits.lock_minutes)
    person_id = session.actor.person_id
    if not await count_try(doors.ledger, session.tenant_id, person_id, most=limits.wrong_tries, locked_for=locked_for):
        raise StepUpLocked


async def _remember(doors: Doors, session: Session, proof: Proof) -> Proof:
    async with doors.ledger.unit(session.tenant_id) as unit:
        proof = proof.model_copy(update={"proved_at": await unit.now()})
        kept = await keep_proof(unit, proof.step_up_id, _sealed(doors, proof))
    if not kept:
        raise StepUpRefused
    return proof


def _sealed(doors: Doors, proof: Proof) -> dict[str, object]:
    """The proof with a seal that only a door can make, for the time between proof and act."""
    record = proof.model_dump(mode="json")
    return {"proof": record, "seal": hmac.digest(doors.secret, b"proof\n" + canonical(record), "sha256").hex()}


def _unsealed(doors: Doors, step_up_id: UUID, sealed: dict[str, object]) -> Proof:
    """The proof as it was sealed for this step-up. Raises `StepUpRefused` for one that no door has sealed."""
    record, seal = sealed.get("proof"), str(sealed.get("seal"))
    if not hmac.compare_digest(hmac.digest(doors.secret, b"proof\n" + canonical(record), "sha256").hex(), seal):
        raise StepUpRefused
    proof = Proof.model_validate(record)
    if proof.step_up_id != step_up_id:
        raise StepUpRefused
    return proof
