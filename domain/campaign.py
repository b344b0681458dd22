"""A policy rollout campaign: its terms, the decisions about it, and where it stands (R40)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from domain.account import Fact
from domain.acts import actor_record, canonical
from domain.errors import RecoveryError
from domain.messages import CampaignCounts
from domain.people import Actor
from domain.refusal_codes import Kind


class CampaignNotFound(RecoveryError):
    """There is no such campaign."""

    code = "campaign_not_found"
    kind = Kind.NOT_FOUND


class Stage(StrEnum):
    """How far a campaign has come; `reminding` may come several times, each time from `waiting`."""

    ANNOUNCING = "announcing"
    WAITING = "waiting"
    REMINDING = "reminding"
    ENFORCING = "enforcing"
    ENDED = "ended"


class CampaignOutcome(StrEnum):
    """How a campaign ended."""

    COMPLETED = "completed"
    CALLED_OFF = "called_off"


class CampaignActKind(StrEnum):
    """What an administrator decides about a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CALL_OFF = "call_off"


class Terms(Fact):
    """What a campaign promises, signed with its start and never changed.

    `people` is how many the group had then. `remind_days` are days before `enforce_at` (UTC), the most first;
    `per_second` is how many accounts are worked on in a second at most.
    """

    tenant_id: UUID
    group: str
    people: int
    grace_days: int
    remind_days: tuple[int, ...]
    per_second: int
    enforce_at: datetime


class CampaignAct(Fact):
    """One decision about a campaign; `seq` counts within it, `terms` come with the start."""

    id: UUID
    campaign_id: UUID
    seq: int
    at: datetime
    kind: CampaignActKind
    actor: Actor
    terms: Terms | None = None

    def record(self) -> dict[str, object]:
        """The act as plain JSON, as it is stored and signed."""
        return {**self.model_dump(mode="json", exclude={"actor"}), "actor": actor_record(self.actor)}


def act_text(record: Mapping[str, object]) -> bytes:
    """What a door signs: the record as it is stored."""
    return b"mfa-recovery campaign act v1\n" + canonical(record)


class Place(Fact):
    """Where the work of a campaign stands.

    `cursor` is the last account of the present pass, `reminder` the reminder that is under way and `reminded` the
    latest that is done or left out (days before the end). `next_batch_at` holds the pace, however often it is rung.
    """

    stage: Stage = Stage.ANNOUNCING
    cursor: str | None = None
    reminder: int | None = None
    reminded: int | None = None
    announced_at: datetime | None = None
    next_batch_at: datetime | None = None


class Campaign(Fact):
    """One campaign; `genuine` says that its terms and decisions are those that doors signed, all of them."""

    id: UUID
    tenant_id: UUID
    terms: Terms
    genuine: bool
    place: Place
    code: str
    counts: CampaignCounts
    version: int
    act_seq: int
    applied_seq: int
    started_at: datetime
    outcome: CampaignOutcome | None = None
    ended_at: datetime | None = None

    @property
    def enforcing(self) -> bool:
        """Whether enforcement has begun: from then on it only goes forward."""
        return self.place.stage in {Stage.ENFORCING, Stage.ENDED}


class Result(StrEnum):
    """What became of one account at enforcement; `failed` comes with a code."""

    REQUIRED = "required"
    ALREADY_REQUIRED = "already_required"
    GONE = "gone"
    FAILED = "failed"


class Enforced(Fact):
    """One account's result. `had_factor` says that it had a factor of its own when it was worked on."""

    account_id: str
    result: Result
    code: str = ""
    had_factor: bool = False


class CampaignState(StrEnum):
    """What the decisions so far amount to."""

    RUNNING = "running"
    PAUSED = "paused"
    CALLED_OFF = "called_off"


_STATES = {
    CampaignActKind.START: CampaignState.RUNNING,
    CampaignActKind.PAUSE: CampaignState.PAUSED,
    CampaignActKind.RESUME: CampaignState.RUNNING,
    CampaignActKind.CALL_OFF: CampaignState.CALLED_OFF,
}


def campaign_state(acts: Sequence[CampaignAct]) -> CampaignState:
    """What the latest decision left; calling off is final."""
    kinds = [act.kind for act in acts]
    if CampaignActKind.CALL_OFF in kinds:
        return CampaignState.CALLED_OFF
    return _STATES[kinds[-1]] if kinds else CampaignState.PAUSED


def command_for(campaign_id: UUID, account_id: str) -> UUID:
    """The one command that puts this account under the policy, however often a batch is repeated (R33)."""
    return uuid5(campaign_id, account_id)


def message_for(campaign_id: UUID, account_id: str, stage: str) -> UUID:
    """The one message that this account gets at this stage; it becomes the mail's Message-ID."""
    return uuid5(campaign_id, f"{stage}:{account_id}")


def reminder_stage(days: int) -> str:
    """The stage of an announcement that reminds so many days before the end."""
    return f"reminder_{days}"


ANNOUNCED = "announced"
"""The stage of the announcements that begin a campaign."""


class RolloutOccasion(StrEnum):
    """What a channel is told that a campaign's message is about."""

    ANNOUNCED = "second_factor_announced"
    REMINDED = "second_factor_reminded"
