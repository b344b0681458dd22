"""What travels between doors, workflow and activities: ids, codes and seconds, never evidence or personal data.

Fields are only ever added, with defaults; old histories are decoded by new code (adr/0001).
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Phase(StrEnum):
    """Where a case stands; the order is the runbook's."""

    INTAKE = "intake"
    BACKUP_CODES = "backup_codes"
    VERIFICATION = "verification"
    COOLING_OFF = "cooling_off"
    PRESENCE = "presence"
    STEP_UP = "step_up"
    RESET = "reset"
    RE_ENROLMENT = "re_enrolment"
    CLOSED = "closed"

    def before(self, other: Phase) -> bool:
        """Whether this phase comes earlier in the runbook than `other`."""
        order = list(Phase)
        return order.index(self) < order.index(other)


class Outcome(StrEnum):
    """How a case ended."""

    RECOVERED = "recovered"
    SELF_SERVICE = "self_service"
    REFUSED = "refused"
    DENIED = "denied"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"
    EXPIRED = "expired"
    ENROLMENT_EXPIRED = "enrolment_expired"
    INTERRUPTED = "interrupted"


class Message(BaseModel):
    """Base of everything on the wire; unknown fields of a newer release are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CaseInput(Message):
    """Starts a case's workflow, or a continuation of it."""

    case_id: UUID
    tenant_id: UUID
    version: int = 0


class Doorbell(Message):
    """Says that an act was recorded; carries nothing else."""

    act_id: UUID


class Rung(Message):
    """The answer to a doorbell: it was heard, not decided."""

    version: int


class StepInput(Message):
    """Asks an activity to look at a case: the last version the workflow knows, and the acts it was told of."""

    case_id: UUID
    tenant_id: UUID
    version: int
    rung: list[UUID] = Field(default_factory=list)


class Step(Message):
    """Where the case stands after an activity looked.

    `wake_in` is in seconds, `code` says what is waited for, `contain` asks for the hostile case's first
    operations (R19), `outcome` is set when nothing is left but to close.
    """

    phase: Phase
    version: int
    code: str
    wake_in: int = 3600
    outcome: Outcome | None = None
    tier: str = "standard"
    contain: bool = False


class ForeignMessage(Message):
    """Tells the audit of a message that is not one of ours; `code` is a stable code and `count` how often."""

    case_id: UUID
    tenant_id: UUID
    code: str
    count: int = 1


class WatchInput(Message):
    """Starts the watch over a recovered account, or asks its activity to look."""

    case_id: UUID
    tenant_id: UUID
    version: int = 0


class WatchStep(Message):
    """How the watch stands after a look; `wake_in` is in seconds."""

    version: int
    code: str
    wake_in: int = 3600
    ended: bool = False


class CaseResult(Message):
    """What the workflow returns."""

    outcome: Outcome
    version: int


class CampaignCounts(Message):
    """How many people a campaign has reached so far; reminders count messages, all others people."""

    told: int = 0
    reminded: int = 0
    enforced: int = 0
    already_required: int = 0
    had_factor: int = 0
    gone: int = 0
    failed: int = 0


class CampaignInput(Message):
    """Starts a campaign's workflow or a continuation of it: all that the next run needs.

    No account is named here: the cursor stays in the store beside the version (adr/0012).
    """

    campaign_id: UUID
    tenant_id: UUID
    version: int = 0
    stage: str = "announcing"
    counts: CampaignCounts = CampaignCounts()
    foreign: dict[str, int] = Field(default_factory=dict)


class CampaignLook(Message):
    """Asks the activity to look: the last version known, the acts told of, and foreign messages by their codes."""

    campaign_id: UUID
    tenant_id: UUID
    version: int
    rung: list[UUID] = Field(default_factory=list)
    foreign: dict[str, int] = Field(default_factory=dict)


class CampaignStep(Message):
    """Where the campaign stands after a look; `wake_in` is in seconds, 0 means look again at once."""

    version: int
    stage: str
    code: str
    wake_in: float = 3600.0
    ended: bool = False
    counts: CampaignCounts = CampaignCounts()


class CampaignResult(Message):
    """What the campaign's workflow returns."""

    code: str
    version: int
    counts: CampaignCounts
