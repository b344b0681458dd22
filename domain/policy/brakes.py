"""Brakes: what is more than usual raises the tier, or holds the case until a security officer has looked (R41).

All of R41 is here. Asked when a case opens (`service.opening`), after a verdict (`service.deciding`) and at the claim
(`activities.reset`) whether one more goes past a brake; by `progress`, `doors` and `judge` whether a case is held; by
`officers` whether it may be released. The tenant's raised threat is `requirement`'s, `cooling`'s and `changing`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from domain.account import Fact
from domain.acts import Brake, HeldBody, ReleaseBody
from domain.people import Tier
from domain.policy.decision import ALLOWED, Decision, refuse
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act
    from domain.policy.document import BrakePolicy

IS_HELD = refuse("R41", Code.HELD_PAST_A_BRAKE, "The case is held past a brake until a security officer releases it.")
MOST_OPENINGS = 2
"""So many earlier cases about the subject within the days of the subject's brake are usual; more raise the tier."""


class SubjectHistory(Fact):
    """What became of the subject's earlier cases within the policy's days.

    `reopens` is the last of them where its enrolment window passed, so that this one takes it up again (R37).
    """

    opened: int = 0
    recovered: int = 0
    failed: int = 0
    reopens: UUID | None = None


def tier_with_history(tier: Tier, history: SubjectHistory) -> Tier:
    """A completed recovery lately, a failed verification, or case after case: from now on as if privileged."""
    if history.recovered or history.failed or history.opened > MOST_OPENINGS:
        return Tier.PRIVILEGED
    return tier


def opening_brakes(limits: BrakePolicy, *, opened_today: int) -> list[Brake]:
    """The brakes that one more opening by this agent goes past; `opened_today` counts those before it."""
    return [Brake.AGENT] if opened_today >= limits.agent_openings_a_day else []


def verdict_brakes(limits: BrakePolicy, *, verdicts_today: int, pair_today: int) -> list[Brake]:
    """The brakes that one more verdict goes past: the approver's own, and this approver's for this agent."""
    found = [Brake.APPROVER] if verdicts_today >= limits.approver_verdicts_a_day else []
    return found + ([Brake.PAIR] if pair_today >= limits.pair_a_day else [])


def wipe_brakes(limits: BrakePolicy, *, claimed_this_hour: int) -> list[Brake]:
    """The brake that one more claim goes past in this tenant."""
    return [Brake.TENANT] if claimed_this_hour >= limits.wipes_an_hour else []


def held(acts: Sequence[Act]) -> Brake | None:
    """The brake that holds the case now; a release answers all before it.

    R41: Past a brake a case is held until a security officer releases it; earlier recoveries and failures raise the
    tier.
    """
    released = max((act.seq for act in acts if isinstance(act.body, ReleaseBody)), default=0)
    brakes = [act.body.brake for act in acts if isinstance(act.body, HeldBody) and act.seq > released]
    return brakes[-1] if brakes else None


def not_held(acts: Sequence[Act]) -> Decision:
    """Whether no brake holds the case now."""
    return ALLOWED if held(acts) is None else IS_HELD


def something_to_release(acts: Sequence[Act]) -> Decision:
    """Whether there is a brake that an officer could release."""
    if held(acts) is None:
        return refuse("R41", Code.CASE_NOT_HELD, "This case is not held; it may have been released a moment ago.")
    return ALLOWED


def released(acts: Sequence[Act], brake: Brake) -> bool:
    """Whether an officer has let this case past this brake already; it does not hold it again."""
    last = max((act.seq for act in acts if isinstance(act.body, ReleaseBody)), default=0)
    return any(isinstance(act.body, HeldBody) and act.body.brake is brake and act.seq < last for act in acts)
