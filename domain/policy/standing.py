"""Whether a person has stood in their role long enough, and apart enough from the others in a case (R21)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.document import NEVER_ALONE
from domain.refusal_codes import Code
from domain.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.account import Account
    from domain.acts import Proof
    from domain.people import Member
    from domain.policy.document import Policy


def stands(member: Member, others: Iterable[Member], *, now: datetime, policy: Policy) -> Decision:
    """Whether this person may work on a case with these others now.

    Nobody whose role or own recovery is younger than policy says, founding members' roles excepted, and nobody
    together with the person who granted them the role.

    R21: A role, a recovery or a factor that is too young does not count, and nobody works on a case with the person
    who gave them their role; verdicts grow stale.
    """
    return first_refusal(role_is_old_enough(member, now=now, policy=policy), apart(member, others))


def role_is_old_enough(member: Member, *, now: datetime, policy: Policy) -> Decision:
    """The role and the person's own last recovery are old enough."""
    limit = now - timedelta(days=policy.verification.young_days)
    if not member.founding and member.since is not None and member.since > limit:
        return refuse(
            "R21",
            Code.ROLE_TOO_YOUNG,
            Text(
                "A role counts only after {young_days} days. A colleague has to do this.",
                young_days=policy.verification.young_days,
            ),
            days=policy.verification.young_days,
        )
    if member.recovered_at is not None and member.recovered_at > limit:
        return refuse(
            "R21",
            Code.RECOVERED_LATELY,
            Text(
                "Whoever was recovered less than {young_days} days ago decides in no case.",
                young_days=policy.verification.young_days,
            ),
            days=policy.verification.young_days,
        )
    return ALLOWED


def apart(member: Member, others: Iterable[Member]) -> Decision:
    """Nobody works on a case with the person who granted them the role, in either direction."""
    for other in others:
        if other.person_id == member.person_id:
            continue
        if other.person_id in member.granted_by or member.person_id in other.granted_by:
            return refuse(
                "R21",
                Code.GRANTER_ON_THE_CASE,
                "One of you gave the other the role, so you do not work on the same case. Another colleague has to.",
            )
    return ALLOWED


def factor_is_old_enough(proof: Proof | None, member: Member | None, *, now: datetime, policy: Policy) -> Decision:
    """The factor that a step-up was made with is old enough; one of unknown age counts as new (R16, R21).

    A founding member's counts at once while the tenant itself is as young, because no role there could be older.
    """
    if proof is None:
        return ALLOWED
    young = timedelta(days=policy.verification.young_days)
    just_founded = member is not None and member.founding and member.since is not None and now < member.since + young
    # A provider that cannot tell the age would let a thief's factor of this morning decide; its connector has to know
    # it from its own reads instead.
    is_old = proof.factor_enrolled_at is not None and proof.factor_enrolled_at <= now - young
    if not is_old and not just_founded:
        return refuse(
            "R21",
            Code.FACTOR_TOO_YOUNG,
            Text(
                "Your factor was set up less than {young_days} days ago, or nobody knows when. Use an older one.",
                young_days=policy.verification.young_days,
            ),
            days=policy.verification.young_days,
        )
    return ALLOWED


def has_an_old_factor(account: Account, member: Member | None, *, now: datetime, policy: Policy) -> Decision:
    """The agent who opens a case has signed in with a factor; one of theirs must be old enough (R21).

    A founding member's count at once while the tenant itself is as young.
    """
    young = timedelta(days=policy.verification.young_days)
    if member is not None and member.founding and member.since is not None and now < member.since + young:
        return ALLOWED
    known = [one.enrolled_at for one in account.factors if one.kind not in NEVER_ALONE]
    if known and all(at is not None and at > now - young for at in known):
        return refuse(
            "R21",
            Code.FACTOR_TOO_YOUNG,
            Text(
                "Your factors were all set up less than {young_days} days ago. A colleague opens it.",
                young_days=policy.verification.young_days,
            ),
            days=policy.verification.young_days,
        )
    return ALLOWED
