"""Changing the policy: tightening at once, weakening by two people and a day's wait (R26)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.account import Fact
from domain.people import Actor, Member, Role
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.document import Policy
from domain.policy.presence import AAL2, NO_PROOF, is_over
from domain.policy.standing import apart, factor_is_old_enough, role_is_old_enough
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.acts import Proof

WAIT = timedelta(hours=24)
"""From the second admin's yes to the moment at which a weaker policy holds."""


class Proposal(Fact):
    """A weaker policy that an administrator wants: on which version it builds, who proposed, who seconded.

    `applied_version` is what the policy's own signed row says, and no part of the proposal's.
    """

    id: UUID
    tenant_id: UUID
    base_version: int
    policy: Policy
    weakens: tuple[str, ...]
    proposed_by: str
    proposer_person: str
    proposed_at: datetime
    seconded_by: str | None = None
    seconder_person: str | None = None
    seconded_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    applied_version: int | None = None

    @property
    def holds_from(self) -> datetime | None:
        """From when on it is the policy, in UTC; None while no other administrator has seconded it."""
        return self.seconded_at + WAIT if self.seconded_at else None


def state_of(proposal: Proposal, *, version: int, now: datetime) -> str:
    """How a proposal stands while the policy in force has this version."""
    if proposal.withdrawn_at is not None:
        return "withdrawn"
    if proposal.applied_version is not None:
        return "applied"
    if proposal.base_version != version:
        return "void"
    if proposal.holds_from is None:
        return "proposed"
    return "due" if proposal.holds_from <= now else "seconded"


def may_change(actor: Actor, members: Mapping[str, Member], before: Policy, after: Policy, now: datetime) -> Decision:
    """Whether this person may set or propose this policy: an admin any, a security officer a raised threat (R41)."""
    role = Role.SECURITY if raises_the_threat(before, after) and not actor.has(Role.ADMIN) else Role.ADMIN
    return first_refusal(
        _has(actor, role), _stands(actor, members, before, now, role), _is_no_demonstration(before, after)
    )


def may_ask_for_change(actor: Actor) -> Decision:
    """Whether this person changes policies at all; whether they may make this change, `may_change` says."""
    return _has(actor, Role.ADMIN)


def may_ask_to_raise(actor: Actor) -> Decision:
    """Whether this person may raise the threat level if they stand long enough (R41)."""
    return ALLOWED if actor.has(Role.SECURITY) else may_ask_for_change(actor)


def raises_the_threat(before: Policy, after: Policy) -> bool:
    """Whether the threat level goes up and nothing else changes: an officer who sees the attack must not wait."""
    wanted = before.model_copy(update={"raised_threat": True, "version": after.version})
    return not before.raised_threat and after == wanted


def may_second(
    actor: Actor, members: Mapping[str, Member], proposal: Proposal, before: Policy, now: datetime
) -> Decision:
    """Another admin, another person, neither of whom gave the other the role.

    R26: A stricter policy holds at once; a weaker one needs a second administrator and waits a day.
    """
    if actor.person_id == proposal.proposer_person:
        return refuse("R26", Code.OWN_PROPOSAL, "Another administrator has to second what you proposed.")
    state = state_of(proposal, version=before.version, now=now)
    if state != "proposed":
        return refuse(
            "R26", Code.PROPOSAL_NOT_OPEN, "This proposal is not waiting for a second administrator.", state=state
        )
    member, proposer = members.get(actor.person_id), members.get(proposal.proposer_person)
    separate = apart(member, [proposer]) if member and proposer else ALLOWED
    return first_refusal(
        _has(actor, Role.ADMIN),
        _stands(actor, members, before, now, Role.ADMIN),
        separate,
        _proposer_stands(proposer),
    )


def may_withdraw(actor: Actor, proposal: Proposal, before: Policy, now: datetime) -> Decision:
    """Any admin or security officer stops a weakening until it holds."""
    if not (actor.has(Role.ADMIN) or actor.has(Role.SECURITY)):
        return refuse("R26", Code.ROLE_MISSING, "Only an administrator or a security officer withdraws a proposal.")
    state = state_of(proposal, version=before.version, now=now)
    if state not in {"proposed", "seconded"}:
        return refuse("R26", Code.PROPOSAL_NOT_OPEN, "This proposal can no longer be withdrawn.", state=state)
    return ALLOWED


def change_is_proved(
    proof: Proof | None, wanted: str, member: Member | None, *, now: datetime, policy: Policy
) -> Decision:
    """A change of policy always carries its own step-up, whatever the policy says of step-ups (R26, R28)."""
    if proof is None:
        return NO_PROOF
    if not (over := is_over(proof, wanted)).allowed:
        return over
    if proof.aal < AAL2:
        return refuse("R28", Code.STEP_UP_TOO_WEAK, "The proof is weaker than a second factor.")
    return factor_is_old_enough(proof, member, now=now, policy=policy)


def _has(actor: Actor, role: Role) -> Decision:
    if not actor.has(role):
        return refuse("R26", Code.ROLE_MISSING, "Only an administrator changes the policy.")
    return ALLOWED


def _stands(actor: Actor, members: Mapping[str, Member], policy: Policy, now: datetime, role: Role) -> Decision:
    member = members.get(actor.person_id)
    if member is None or role not in member.roles:
        # The session is older than the loss of the role.
        return refuse("R26", Code.ROLE_MISSING, "Only an administrator changes the policy.")
    return role_is_old_enough(member, now=now, policy=policy)


def _proposer_stands(proposer: Member | None) -> Decision:
    if proposer is None or Role.ADMIN not in proposer.roles:
        return refuse("R26", Code.PROPOSER_LOST_ROLE, "Whoever proposed this is no longer an administrator.")
    return ALLOWED


def _is_no_demonstration(before: Policy, after: Policy) -> Decision:
    if after.demonstration and not before.demonstration:
        return refuse(
            "R26",
            Code.DEMONSTRATION_ONLY_AT_FOUNDING,
            "A tenant is a demonstration from its founding on, or never: it lifts the floors of the cooling-off.",
        )
    return ALLOWED
