"""Audit events: what they are called and what they hold (R42, R43)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class EventType(StrEnum):
    """What an audit event is called: every type that there is, once (R43). A name is never changed: it is signed.

    R43: Events have fixed names; a recovery leaves its four in order.
    """

    MFA_FACTOR_ADMIN_RESET = "mfa.factor_admin_reset"
    USER_SIGNED_IN_MFA_REQUIRED = "user.signed_in.mfa_required"
    MFA_FACTOR_ENROLLED = "mfa.factor_enrolled"
    MFA_BACKUP_CODES_REGENERATED = "mfa.backup_codes_regenerated"
    CASE_OPENED = "recovery.case_opened"
    CASE_REFUSED = "recovery.case_refused"
    CODES_CHECKED = "recovery.backup_codes_checked"
    CODES_UNAVAILABLE = "recovery.backup_codes_unavailable"
    CODES_USED = "recovery.backup_code_confirmed"
    VERIFICATION_RECORDED = "recovery.verification_recorded"
    PRESENCE_CONFIRMED = "recovery.presence_confirmed"
    STEP_UP_COMPLETED = "recovery.step_up_completed"
    STEP_UP_FAILED = "recovery.step_up_failed"
    RESET_REQUESTED = "recovery.reset_requested"
    RESET_CLAIMED = "recovery.reset_claimed"
    RESET_REFUSED = "recovery.reset_refused"
    CLAIM_WITHDRAWN = "recovery.claim_withdrawn"
    PLAN_CHANGED = "recovery.plan_changed"
    CONTAINED = "recovery.account_contained"
    OPERATION_DONE = "recovery.operation_done"
    OPERATION_UNCERTAIN = "recovery.operation_retried"
    CANCEL_REQUESTED = "recovery.cancel_requested"
    DECISION_REFUSED = "recovery.decision_refused"
    FOREIGN_MESSAGE = "recovery.foreign_message"
    OBSERVED = "recovery.observed"
    CASE_CLOSED = "recovery.case_closed"
    CASE_INTERRUPTED = "recovery.case_interrupted"
    POLICY_FOUNDED = "policy.founded"
    POLICY_CHANGED = "policy.changed"
    POLICY_PROPOSED = "policy.weakening_proposed"
    POLICY_SECONDED = "policy.weakening_seconded"
    POLICY_WITHDRAWN = "policy.weakening_withdrawn"
    POLICY_TOOK_EFFECT = "policy.weakening_took_effect"
    POLICY_REFUSED = "policy.change_refused"
    STEP_UP_TURNED_OFF = "policy.step_up_turned_off"
    POLICY_ROW_FORGED = "policy.row_forged"
    POLICY_VERSION_MISSING = "policy.version_missing"
    CASE_HELD = "recovery.case_held"
    CASE_RELEASED = "recovery.case_released"
    APPROVER_DRAWN = "recovery.approver_drawn"
    APPROVER_REMINDED = "recovery.approver_reminded"
    CASE_ESCALATED = "recovery.case_escalated"
    DISPUTE_RULED = "recovery.dispute_ruled"
    GLASS_BROKEN = "recovery.glass_broken"
    GLASS_REVIEWED = "recovery.break_glass_reviewed"
    SUSPENDED_AFTER_OBJECTION = "recovery.suspended_after_objection"
    SUSPENSION_LIFTED = "recovery.suspension_lifted"
    WATCH_BEGUN = "recovery.watch_begun"
    WATCH_REPORTED = "recovery.watch_reported"
    WATCH_ENDED = "recovery.watch_ended"
    FACTOR_WEAKER = "recovery.factor_weaker_than_before"
    FACTOR_REMOVED = "mfa.factor_removed"
    FACTOR_REMOVED_OUTSIDE_CASE = "mfa.factor_removed_outside_case"
    SESSION_REVOKED = "user.session_revoked"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_LOCKED = "user.locked"
    PASSWORD_INVALIDATED = "user.password_invalidated"  # noqa: S105 - an event's name
    ENROLMENT_REQUIRED = "mfa.enrolment_required"
    SIGNED_IN = "recovery.staff_signed_in"
    SIGN_IN_REFUSED = "recovery.staff_sign_in_refused"
    SIGNED_OUT = "recovery.staff_signed_out"
    PEOPLE_IMPORTED = "directory.people_imported"
    ROLES_CHANGED = "recovery.roles_changed"
    ACCESS_REFUSED = "recovery.access_refused"
    ACCOUNTS_LOOKED_UP = "recovery.accounts_looked_up"
    NUMBER_REVEALED = "recovery.number_revealed"
    AUDIT_EXPORTED = "audit.exported"
    HISTORY_READ = "recovery.history_read"
    IDENTITY_CHECK_STARTED = "recovery.identity_check_started"
    IDENTITY_CHECK_RETURNED = "recovery.identity_check_returned"
    IDENTITY_CHECK_FINISHED = "recovery.identity_check_finished"
    NOTICE_SETTLED = "recovery.notice_settled"
    OBJECTION_RECORDED = "recovery.objection_recorded"
    OBJECTION_LATE = "recovery.objection_late"
    FEW_ELIGIBLE_APPROVERS = "recovery.few_eligible_approvers"
    MFA_REQUIRED = "mfa.required"
    ROLLOUT_STARTED = "rollout.started"
    ROLLOUT_PAUSED = "rollout.paused"
    ROLLOUT_RESUMED = "rollout.resumed"
    ROLLOUT_CALLED_OFF = "rollout.called_off"
    ROLLOUT_REFUSED = "rollout.refused"
    ROLLOUT_STAGE_REACHED = "rollout.stage_reached"
    ROLLOUT_ENDED = "rollout.ended"


class Reported(StrEnum):
    """What a provider reports beside these and is kept as an observation; none is an audit event of ours."""

    SIGNED_IN = "user.signed_in"
    SIGNED_IN_WITH_CODE = "user.signed_in.backup_code"
    FEDERATED_SIGN_IN = "user.signed_in.federated_mfa"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - an event's name
    CONTACT_CHANGED = "user.contact_changed"
    DOCUMENT_VERIFIED = "identity_document.verified"
    DOCUMENT_REFUSED = "identity_document.refused"


RECOVERY_SEQUENCE = (
    EventType.MFA_FACTOR_ADMIN_RESET,
    EventType.USER_SIGNED_IN_MFA_REQUIRED,
    EventType.MFA_FACTOR_ENROLLED,
    EventType.MFA_BACKUP_CODES_REGENERATED,
)
"""R43: these four, in this order."""


class ActorKind(StrEnum):
    """What kind of actor stands behind an event."""

    PERSON = "person"
    SUBJECT = "subject"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class EventOutcome(StrEnum):
    """How the act ended (R42)."""

    SUCCESS = "success"
    FAILURE = "failure"
    DENIED = "denied"
    PARTIAL = "partial"


@dataclass(frozen=True, kw_only=True)
class AuditEvent:
    """One event before it is chained; `data` holds codes, ids and numbers, no personal data or secrets (R44).

    R42: Every act, allowed or refused, is one event of a chain that is signed outside the database.
    """

    type: EventType
    actor_kind: ActorKind
    actor_id: str
    outcome: EventOutcome = EventOutcome.SUCCESS
    subject_id: str | None = None
    case_id: UUID | None = None
    data: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EventFilters:
    """What an event must fit; None fits all. `person` is an account id, as actor or subject; `until` is exclusive."""

    case_id: UUID | None = None
    person: str | None = None
    type: str | None = None
    outcome: EventOutcome | None = None
    since: datetime | None = None
    until: datetime | None = None
