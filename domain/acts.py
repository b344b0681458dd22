"""Acts: the decisions and observations that alone move a case (architecture decision 1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from domain.account import Fact
from domain.people import Actor, Role

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class ActKind(StrEnum):
    """What was decided or observed."""

    OPEN = "open"
    CODES_UNAVAILABLE = "codes_unavailable"
    CODES_USED = "codes_used"
    VERDICT = "verdict"
    PRESENCE = "presence"
    EXECUTE = "execute"
    CANCEL = "cancel"
    OBSERVATION = "observation"
    INTERRUPT = "interrupt"
    JUDGEMENT = "judgement"
    REPLANNED = "replanned"
    DRAWN = "drawn"
    NOTICE = "notice"
    OBJECTION = "objection"
    RULING = "ruling"
    HELD = "held"
    RELEASE = "release"
    BREAK_GLASS = "break_glass"
    REVIEW = "review"
    SUSPENDED = "suspended"
    LIFTED = "lifted"


class Method(StrEnum):
    """How identity was verified (R14), and what is refused as evidence whatever the policy (R15)."""

    IN_PERSON = "in_person"
    IDENTITY_DOCUMENT = "identity_document"
    WORKING_FACTOR = "working_factor"
    FEDERATED_SIGN_IN = "federated_sign_in"
    CALLBACK = "callback"
    VIDEO_CALL = "video_call"
    CORROBORATING_TICKET = "corroborating_ticket"
    RECOVERY_CONTACT = "recovery_contact"
    KNOWLEDGE_QUESTION = "knowledge_question"
    EMAIL_MATCHED = "email_matched"
    MAILED_CODE = "mailed_code"
    CHAT_CLAIM = "chat_claim"


class Verdict(StrEnum):
    """What the approver concluded (R18)."""

    VERIFIED = "verified"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


class CodesUnavailable(StrEnum):
    """Why the backup codes cannot be used; a wish for a reset is no reason (R11)."""

    LOST_WITH_DEVICE = "lost_with_device"
    NEVER_SAVED = "never_saved"
    DESTROYED = "destroyed"
    REJECTED_AT_SIGN_IN = "rejected_at_sign_in"


class CancelReason(StrEnum):
    """Why a case is cancelled; a code, because free text would end up where it must not."""

    SUBJECT_WITHDREW = "subject_withdrew"
    FACTOR_FOUND = "factor_found"
    OPENED_IN_ERROR = "opened_in_error"
    SUSPICIOUS = "suspicious"


class Ruling(StrEnum):
    """What a security officer decides about an objection, or a cooling-off of which no notice arrived (R24, R25)."""

    RESUME = "resume"
    UPHOLD = "uphold"
    COOLING_OFF_OVER = "cooling_off_over"


class Brake(StrEnum):
    """What went past its usual measure (R41)."""

    AGENT = "agent"
    APPROVER = "approver"
    PAIR = "pair"
    TENANT = "tenant"


class Waiver(StrEnum):
    """The one requirement of R19 or R25 that break-glass waives (R39)."""

    SECOND_PERSON = "second_person"
    SECOND_METHOD = "second_method"
    STRONG_METHOD = "strong_method"
    COOLING_OFF = "cooling_off"


class Delivery(StrEnum):
    """What became of a notice: `unknown` is one that was handed over without an answer, and is not sent again."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Confirmed(StrEnum):
    """How the voucher in a ticket confirmed that it is theirs (R14)."""

    CALLBACK = "callback"
    SIGN_IN = "sign_in"


class OpenBody(Fact):
    """The case was opened, with the facts whose digest is signed here."""

    kind: Literal[ActKind.OPEN] = ActKind.OPEN
    facts: str = ""


class CodesUnavailableBody(Fact):
    """The agent's recorded statement that the codes cannot be used, and why (R11)."""

    kind: Literal[ActKind.CODES_UNAVAILABLE] = ActKind.CODES_UNAVAILABLE
    why: CodesUnavailable
    statement: Text


class CodesUsedBody(Fact):
    """The agent confirms with the caller that the observed sign-in was theirs (R11)."""

    kind: Literal[ActKind.CODES_USED] = ActKind.CODES_USED


class Evidence(Fact):
    """What an approver saw, and where it is kept (R17).

    `author_id` is the account that vouches in a ticket or as a recovery contact. The door fills in, never the sender
    (B04), what the directory says of it, `author_person_id` and `author_roles`, and what the store does:
    `author_recovered_at`, the person's own last recovery, and `author_tied_to`, the people who gave them a role here or
    were given theirs by them (R21). `record_since` is since when the photo that a face was matched against has been on
    record.
    """

    seen: Text
    reference: Reference
    contact_id: str | None = None
    author_id: str | None = None
    ticket_opened_at: AwareDatetime | None = None
    quotes_case: bool = False
    author_confirmed: Confirmed | None = None
    record_since: AwareDatetime | None = None
    author_person_id: str | None = None
    author_roles: tuple[str, ...] = ()
    author_recovered_at: datetime | None = None
    author_tied_to: tuple[str, ...] = ()


class VerdictBody(Fact):
    """An approver's verdict on the subject's identity."""

    kind: Literal[ActKind.VERDICT] = ActKind.VERDICT
    verdict: Verdict
    method: Method
    evidence: Evidence


class PresenceBody(Fact):
    """The approver entered the code that the subject's own browser shows (R36)."""

    kind: Literal[ActKind.PRESENCE] = ActKind.PRESENCE
    presence_id: str


class ExecuteBody(Fact):
    """The acting admin asks for the reset, with a step-up over the plan (R27)."""

    kind: Literal[ActKind.EXECUTE] = ActKind.EXECUTE


class CancelBody(Fact):
    """The case shall end without a reset."""

    kind: Literal[ActKind.CANCEL] = ActKind.CANCEL
    reason: CancelReason


class ObservationBody(Fact):
    """Something the identity provider reported about the subject."""

    kind: Literal[ActKind.OBSERVATION] = ActKind.OBSERVATION
    event: str
    event_id: str
    at: AwareDatetime | None = None
    factor_kind: str | None = None
    factor_id: str | None = None


class InterruptBody(Fact):
    """The sweep found the case's workflow lost before the claim (B29)."""

    kind: Literal[ActKind.INTERRUPT] = ActKind.INTERRUPT
    found: str


class JudgementBody(Fact):
    """The judge's answer to a request for the reset; an allowed one is the claim, with browser and deadline (R34)."""

    kind: Literal[ActKind.JUDGEMENT] = ActKind.JUDGEMENT
    allowed: bool
    code: str
    presence_id: str | None = None
    enrol_by: datetime | None = None


class ReplannedBody(Fact):
    """The plan was made anew from the account as it is now; the digest of the case's facts is signed here (R20)."""

    kind: Literal[ActKind.REPLANNED] = ActKind.REPLANNED
    facts: str


class DrawnBody(Fact):
    """The approvers that the product drew among those eligible, and how many there were (R22)."""

    kind: Literal[ActKind.DRAWN] = ActKind.DRAWN
    approvers: tuple[str, ...]
    eligible: int


class NoticeBody(Fact):
    """What became of one notice to one contact point; `contact_id` is `manager` for the manager's (R23, R25)."""

    kind: Literal[ActKind.NOTICE] = ActKind.NOTICE
    notice_id: UUID
    occasion: str
    contact_id: str
    delivery: Delivery


class ObjectionBody(Fact):
    """The reader of this contact point said on the stop page that this is not them (R24)."""

    kind: Literal[ActKind.OBJECTION] = ActKind.OBJECTION
    contact_id: str


class RulingBody(Fact):
    """A security officer rules on every objection so far, or that the cooling-off is over (R24, R25)."""

    kind: Literal[ActKind.RULING] = ActKind.RULING
    ruling: Ruling
    because: Text


class HeldBody(Fact):
    """The case is held past a brake until a security officer releases it (R41)."""

    kind: Literal[ActKind.HELD] = ActKind.HELD
    brake: Brake


class ReleaseBody(Fact):
    """A security officer lets a held case go on (R41)."""

    kind: Literal[ActKind.RELEASE] = ActKind.RELEASE
    because: Text


class BreakGlassBody(Fact):
    """A security officer waives one requirement, with a reason; another officer reviews it (R39)."""

    kind: Literal[ActKind.BREAK_GLASS] = ActKind.BREAK_GLASS
    waives: Waiver
    because: Text


class ReviewBody(Fact):
    """Another officer has looked at a break-glass and closes its review (R39)."""

    kind: Literal[ActKind.REVIEW] = ActKind.REVIEW
    because: Text


class SuspendedBody(Fact):
    """After an objection that came after the claim, what enrolled or signed in since is suspended (R24)."""

    kind: Literal[ActKind.SUSPENDED] = ActKind.SUSPENDED


class LiftedBody(Fact):
    """The suspension is lifted as an officer ruled."""

    kind: Literal[ActKind.LIFTED] = ActKind.LIFTED


Body = Annotated[
    OpenBody
    | CodesUnavailableBody
    | CodesUsedBody
    | VerdictBody
    | PresenceBody
    | ExecuteBody
    | CancelBody
    | ObservationBody
    | InterruptBody
    | JudgementBody
    | ReplannedBody
    | DrawnBody
    | NoticeBody
    | ObjectionBody
    | RulingBody
    | HeldBody
    | ReleaseBody
    | BreakGlassBody
    | ReviewBody
    | SuspendedBody
    | LiftedBody,
    Field(discriminator="kind"),
]


class Proof(Fact):
    """A step-up: a fresh proof of assurance over the exact content of one decision (R27, R28)."""

    step_up_id: UUID
    aal: int
    phishing_resistant: bool
    hardware_bound: bool
    factor_kind: str
    binding: str
    proved_at: datetime
    factor_enrolled_at: datetime | None = None


class Act(Fact):
    """One committed act. `seq` counts within the case; `plan_digest` is the plan it was made for."""

    id: UUID
    case_id: UUID
    seq: int
    at: datetime
    actor: Actor | None
    plan_digest: str
    body: Body
    proof: Proof | None = None

    @property
    def kind(self) -> ActKind:
        """What kind of act this is."""
        return self.body.kind

    def record(self) -> dict[str, object]:
        """The act as plain JSON, as it is stored and signed."""
        content = self.model_dump(mode="json", exclude={"actor"})
        content["actor"] = None if self.actor is None else actor_record(self.actor)
        return content


def signed_text(record: Mapping[str, object]) -> bytes:
    """What a door signs: the record as it is stored, so that fields added by a later release break no signature."""
    return b"mfa-recovery act v1\n" + canonical(record)


def actor_record(actor: Actor) -> dict[str, object]:
    """An actor as plain JSON, roles sorted so that the text is always the same."""
    return {"account_id": actor.account_id, "person_id": actor.person_id, "roles": sorted(actor.roles)}


def canonical(content: object) -> bytes:
    """JSON with sorted keys and no spaces, ASCII only."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def binding(*, case_id: UUID, plan_digest: str, actor: Actor, body: Body) -> str:
    """What a step-up signs: this person, this case, this plan, this exact decision (R27, R28, B24)."""
    content = {
        "account": actor.account_id,
        "case": str(case_id),
        "plan": plan_digest,
        # Defaults are left out: a field that a later release adds changes no binding given before (adr/0008).
        "decision": {"kind": body.kind.value, **body.model_dump(mode="json", exclude_defaults=True)},
    }
    return hashlib.sha256(b"mfa-recovery decision v1\n" + canonical(content)).hexdigest()


ROLE_FOR = {
    ActKind.OPEN: Role.AGENT,
    ActKind.CODES_UNAVAILABLE: Role.AGENT,
    ActKind.CODES_USED: Role.AGENT,
    ActKind.VERDICT: Role.APPROVER,
    ActKind.PRESENCE: Role.APPROVER,
    ActKind.EXECUTE: Role.AGENT,
    ActKind.RULING: Role.SECURITY,
    ActKind.RELEASE: Role.SECURITY,
    ActKind.BREAK_GLASS: Role.SECURITY,
    ActKind.REVIEW: Role.SECURITY,
}
"""The role each decision needs; cancelling is open to the case's agent and to security."""

STEP_UP_FOR = frozenset(
    {
        ActKind.VERDICT,
        ActKind.PRESENCE,
        ActKind.EXECUTE,
        ActKind.RULING,
        ActKind.RELEASE,
        ActKind.BREAK_GLASS,
        ActKind.REVIEW,
    }
)
"""The decisions that move a case forward (R28)."""
