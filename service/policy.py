"""The tenant's policy at the doors: read, tightened at once, weakened by two people and a day's wait (R26)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.acts import canonical
from domain.audit import AuditEvent, EventType
from domain.errors import InputRefused, RecoveryError, StepUpRefused
from domain.events import by_person, refusal
from domain.policy.changing import (
    Proposal,
    change_is_proved,
    may_change,
    may_second,
    may_withdraw,
    state_of,
)
from domain.policy.decision import Decision
from domain.policy.weakening import changes, weakenings
from domain.refusal_codes import Code, Kind
from domain.texts import Text
from service import step_up
from service.policy_upkeep import settle, tell_security
from service.step_up import ToProve
from service.view import View
from store.policies import lock_policy, policy_rows, put_policy
from store.proposals import proposals_of_tenant, put_proposal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.acts import Proof
    from domain.policy.document import Policy
    from service.doors import Doors
    from service.sessions import Session
    from service.step_up import StepUpAnswer, StepUpChallenge
    from store.unit import Unit


class ProposalNotFound(RecoveryError):
    """There is no such proposal."""

    code = "proposal_not_found"
    kind = Kind.NOT_FOUND


class ProposalView(View):
    """A weaker policy that waits, or waited, for a second administrator and a day."""

    id: UUID
    state: str
    base_version: int
    weakens: list[str]
    changes: list[str]
    proposed_by: str
    proposed_at: datetime
    seconded_by: str | None
    seconded_at: datetime | None
    holds_from: datetime | None


class VersionView(View):
    """One version of the policy; `signed` False for a row that no door wrote, which decides nothing."""

    version: int
    at: datetime
    by: str | None
    signed: bool


class Outcome(View):
    """What became of a change: in force at once, or a proposal because it weakens something."""

    version: int
    proposal: ProposalView | None
    weakens: list[str]
    changes: list[str]


@dataclass(frozen=True)
class Wanted:
    """A policy that an administrator wants, and the proof over exactly it."""

    policy: Policy
    answer: StepUpAnswer | None


async def read_policy(doors: Doors, session: Session) -> Policy:
    """The policy in force, with its version; the built-in defaults where the tenant never set one."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        return await unit.policy()


async def read_versions(doors: Doors, session: Session) -> list[VersionView]:
    """Every version there is, newest first."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        found = await policy_rows(unit)
    return [VersionView(version=one.version, at=one.at, by=one.by, signed=one.signed) for one in found]


async def read_proposals(doors: Doors, session: Session) -> list[ProposalView]:
    """The tenant's proposals, newest first."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        found = await _proposals(unit)
        before, now = await unit.policy(), await unit.now()
    return [_view(one, before, now) for one in found]


_SAID: Mapping[Code | None, Text] = {
    Code.OWN_PROPOSAL: Text("You proposed this, so another administrator has to agree."),
}
"""What the page says in words of its own; of every other refusal it says the rule's."""


@dataclass(frozen=True, kw_only=True)
class ProposalOffer:
    """What the rules answer an administrator who would second or withdraw a proposal."""

    state: str
    second: Decision
    withdraw: Decision

    @property
    def hint(self) -> Text | None:
        """Why an administrator may not second it while it waits for one; None where that is nothing to be said."""
        if self.state != "proposed" or self.second.refusal in {None, Code.ROLE_MISSING}:
            return None
        return _SAID.get(self.second.refusal, self.second.reason)


async def offers_of_proposals(doors: Doors, session: Session) -> dict[UUID, ProposalOffer]:
    """Whether this person may second or withdraw each proposal, by its id."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        before, now = await unit.policy(), await unit.now()
        return {
            one.id: ProposalOffer(
                state=state_of(one, version=before.version, now=now),
                second=await _may_second(unit, session, one),
                withdraw=may_withdraw(session.actor, one, before, now),
            )
            for one in await _proposals(unit)
        }


async def begin_change(doors: Doors, session: Session, policy: Policy) -> StepUpChallenge:
    """Begin the proof over exactly this change. Raises `Refused`, `StepUpLocked`."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        before = await unit.policy()
        decision = await _may_change(unit, session, before, policy)
        _audit_refusal(unit, session, decision, "change")
    decision.enforce()
    return await step_up.begin(doors, session, _over_change(session, before, policy))


async def change(doors: Doors, session: Session, wanted: Wanted) -> Outcome:
    """Set this policy, or propose it where it weakens something. Asking for what holds already changes nothing.

    Raises `Refused`, the step-up errors, `InputRefused` where nothing would change.
    """
    before = await read_policy(doors, session)
    what = _over_change(session, before, wanted.policy)
    proof = await step_up.prove_if_answered(doors, session, what, wanted.answer)
    async with doors.ledger.unit(session.tenant_id) as unit:
        await lock_policy(unit)
        decision = await _change_allowed(unit, session, wanted.policy, proof)
        outcome = await _change(doors, unit, session, wanted.policy, proof) if decision.allowed else None
        _audit_refusal(unit, session, decision, "change")
    decision.enforce()
    if outcome is None:
        raise InputRefused(Code.POLICY_UNCHANGED, "This is the policy in force already.")
    return outcome


async def begin_second(doors: Doors, session: Session, proposal_id: UUID) -> StepUpChallenge:
    """Begin the proof over exactly this seconding. Raises `Refused`, `ProposalNotFound`."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        proposal = await _proposal(unit, proposal_id)
        decision = await _may_second(unit, session, proposal)
        _audit_refusal(unit, session, decision, "second")
    decision.enforce()
    return await step_up.begin(doors, session, _over_seconding(session, proposal, await read_policy(doors, session)))


async def second(doors: Doors, session: Session, proposal_id: UUID, answer: StepUpAnswer | None) -> ProposalView:
    """As another admin: agree to a weaker policy; it holds a day later. Raises `Refused`, `ProposalNotFound`."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        proposal, before = await _proposal(unit, proposal_id), await unit.policy()
    what = _over_seconding(session, proposal, before)
    proof = await step_up.prove_if_answered(doors, session, what, answer)
    async with doors.ledger.unit(session.tenant_id) as unit:
        await lock_policy(unit)
        proposal, before, now = await _proposal(unit, proposal_id), await unit.policy(), await unit.now()
        decision = await _may_second(unit, session, proposal)
        if decision.allowed:
            decision = await _proved(unit, session, before, proof, _over_seconding(session, proposal, before).binding)
        if decision.allowed:
            await _use_up(unit, proof, proposal.id)
            person = session.actor
            proposal = proposal.model_copy(
                update={"seconded_by": person.account_id, "seconder_person": person.person_id, "seconded_at": now}
            )
            await put_proposal(unit, proposal)
            unit.audit(_event(session, EventType.POLICY_SECONDED, proposal))
        _audit_refusal(unit, session, decision, "second")
    decision.enforce()
    return _view(proposal, before, now)


async def withdraw(doors: Doors, session: Session, proposal_id: UUID) -> ProposalView:
    """Stop a weakening before it holds; to stop needs no proof. Raises `Refused`, `ProposalNotFound`."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        await lock_policy(unit)
        proposal, before, now = await _proposal(unit, proposal_id), await unit.policy(), await unit.now()
        decision = may_withdraw(session.actor, proposal, before, now)
        if decision.allowed:
            proposal = proposal.model_copy(update={"withdrawn_by": session.actor.account_id, "withdrawn_at": now})
            await put_proposal(unit, proposal)
            unit.audit(_event(session, EventType.POLICY_WITHDRAWN, proposal))
        _audit_refusal(unit, session, decision, "withdraw")
    decision.enforce()
    return _view(proposal, before, now)


async def _change_allowed(unit: Unit, session: Session, after: Policy, proof: Proof | None) -> Decision:
    before = await unit.policy()
    decision = await _may_change(unit, session, before, after)
    if not decision.allowed:
        return decision
    return await _proved(unit, session, before, proof, _over_change(session, before, after).binding)


async def _change(doors: Doors, unit: Unit, session: Session, after: Policy, proof: Proof | None) -> Outcome | None:
    before, now = await unit.policy(), await unit.now()
    changed, weaker = changes(before, after), weakenings(before, after)
    if not changed:
        return None
    proposal_id = doors.new_id()
    await _use_up(unit, proof, proposal_id)
    if not weaker:
        return await _tighten(unit, session, before, after, changed)
    proposal = Proposal(
        id=proposal_id, tenant_id=unit.tenant_id, base_version=before.version, policy=after, weakens=weaker,
        proposed_by=session.actor.account_id, proposer_person=session.actor.person_id, proposed_at=now,
    )  # fmt: skip
    await put_proposal(unit, proposal)
    unit.audit(_event(session, EventType.POLICY_PROPOSED, proposal))
    tell_security(proposal)
    return Outcome(
        version=before.version,
        proposal=_view(proposal, before, now),
        weakens=list(weaker),
        changes=list(changed),
    )


async def _tighten(unit: Unit, session: Session, before: Policy, after: Policy, changed: tuple[str, ...]) -> Outcome:
    now = await unit.now()
    # What had come to hold by the clock is written down first, or the versions would have a gap.
    await settle(unit)
    version = before.version + 1
    put = after.model_copy(update={"version": version})
    await put_policy(unit, put, at=now, by=session.actor.account_id)
    unit.audit(by_person(session.actor, EventType.POLICY_CHANGED, version=version, changes=list(changed)))
    return Outcome(version=version, proposal=None, weakens=[], changes=list(changed))


async def _may_change(unit: Unit, session: Session, before: Policy, after: Policy) -> Decision:
    members = await unit.members([session.actor.person_id])
    return may_change(session.actor, members, before, after, await unit.now())


async def _may_second(unit: Unit, session: Session, proposal: Proposal) -> Decision:
    members = await unit.members([session.actor.person_id, proposal.proposer_person])
    return may_second(session.actor, members, proposal, await unit.policy(), await unit.now())


async def _proved(unit: Unit, session: Session, before: Policy, proof: Proof | None, wanted: str) -> Decision:
    members = await unit.members([session.actor.person_id])
    member = members.get(session.actor.person_id)
    return change_is_proved(proof, wanted, member, now=await unit.now(), policy=before)


async def _proposal(unit: Unit, proposal_id: UUID) -> Proposal:
    for one in await _proposals(unit):
        if one.id == proposal_id:
            return one
    raise ProposalNotFound


async def _proposals(unit: Unit) -> list[Proposal]:
    found = await proposals_of_tenant(unit)
    rows = await policy_rows(unit)
    applied = {one.proposal_id: one.version for one in rows if one.signed}
    return [one.model_copy(update={"applied_version": applied.get(one.id)}) for one in found]


async def _use_up(unit: Unit, proof: Proof | None, what: UUID) -> None:
    if proof is None:
        raise StepUpRefused
    await step_up.spend(unit, proof, on=what, policy_change=True)


def _over_change(session: Session, before: Policy, after: Policy) -> ToProve:
    content = {"change": after.digest(), "on": before.version}
    return ToProve(_binding(session, content), "policy_change", before.step_up)


def _over_seconding(session: Session, proposal: Proposal, before: Policy) -> ToProve:
    content = {"second": str(proposal.id), "policy": proposal.policy.digest(), "on": proposal.base_version}
    return ToProve(_binding(session, content), "policy_second", before.step_up)


def _binding(session: Session, content: dict[str, object]) -> str:
    signed = {"account": session.actor.account_id, "tenant": str(session.tenant_id), **content}
    return hashlib.sha256(b"mfa-recovery policy decision v1\n" + canonical(signed)).hexdigest()


def _audit_refusal(unit: Unit, session: Session, decision: Decision, asked: str) -> None:
    if not decision.allowed:
        unit.audit(refusal(session.actor, EventType.POLICY_REFUSED, decision, asked=asked))


def _event(session: Session, event_type: EventType, proposal: Proposal) -> AuditEvent:
    return by_person(
        session.actor,
        event_type,
        proposal=str(proposal.id),
        base_version=proposal.base_version,
        weakens=list(proposal.weakens),
        policy=proposal.policy.digest(),
    )


def _view(proposal: Proposal, before: Policy, now: datetime) -> ProposalView:
    return ProposalView(
        id=proposal.id,
        state=state_of(proposal, version=before.version, now=now),
        base_version=proposal.base_version,
        weakens=list(proposal.weakens),
        changes=list(changes(before, proposal.policy)),
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        seconded_by=proposal.seconded_by,
        seconded_at=proposal.seconded_at,
        holds_from=proposal.holds_from,
    )
