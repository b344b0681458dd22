"""What codes are called in the console: one table, so that every page says the same; translated when shown."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from jinja2 import pass_context

from domain.account import AccountStatus, ContactKind, Enforcement, FactorKind
from domain.acts import (
    ActKind,
    Brake,
    CancelReason,
    CodesUnavailable,
    Confirmed,
    Delivery,
    Method,
    Ruling,
    Verdict,
    Waiver,
)
from domain.case import Compromised, Reason, RiskCode
from domain.messages import Outcome, Phase
from domain.notices import Audience, NoticeState, Occasion
from domain.people import Role, Tier
from domain.plan import Justification, OperationKind
from domain.ports import Sent
from service.inbox import Task
from starter.console.event_words import EVENT_WORDS
from web.languages import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2.runtime import Context

_ENUMS: Mapping[type[StrEnum], Mapping[str, str]] = {
    Role: {
        "agent": "agent",
        "approver": "approver",
        "security": "security officer",
        "auditor": "auditor",
        "admin": "administrator",
    },
    Tier: {"standard": "Standard", "privileged": "Privileged"},
    Reason: {
        "lost_phone": "Lost phone",
        "lost_security_key": "Lost security key",
        "wiped_device": "Device was wiped or replaced",
        "broken_factor": "Factor is broken",
        "device_in_other_hands": "Device is in other hands",
        "change_authenticator_app": "Wants another authenticator app",
        "mfa_policy_changed": "MFA policy was changed",
    },
    Compromised: {"yes": "Yes, possibly", "no": "No", "unknown": "Not known"},
    Phase: {
        "intake": "Intake",
        "backup_codes": "Backup codes",
        "verification": "Verification",
        "cooling_off": "Notice and cooling-off",
        "presence": "Presence",
        "step_up": "Step-up",
        "reset": "Reset",
        "re_enrolment": "Re-enrolment",
        "closed": "Closed",
    },
    Outcome: {
        "recovered": "Recovered",
        "self_service": "Signed in with a backup code",
        "refused": "Refused",
        "denied": "Denied",
        "cancelled": "Cancelled",
        "disputed": "Disputed",
        "expired": "Expired",
        "enrolment_expired": "Enrolment expired, account locked",
        "interrupted": "Interrupted",
    },
    FactorKind: {
        "totp": "Authenticator app",
        "webauthn": "Passkey or security key",
        "backup_codes": "Backup codes",
        "sms": "Text message",
        "email_code": "Code by mail",
        "push": "Push message",
        "trusted_browser": "Trusted browser",
        "app_password": "App password",
        "other": "Other factor",
    },
    ContactKind: {"email": "Mail", "mobile": "Mobile", "desk_phone": "Desk phone"},
    AccountStatus: {"active": "Active", "disabled": "Disabled", "locked": "Locked"},
    Enforcement: {
        "required": "Second factor required",
        "optional": "Second factor optional",
        "exempt": "Exempt from the second factor",
    },
    Method: {
        "in_person": "Seen in person",
        "identity_document": "Identity document",
        "working_factor": "Working factor",
        "federated_sign_in": "Signed in elsewhere",
        "callback": "Callback to a known number",
        "video_call": "Video call",
        "corroborating_ticket": "Ticket by manager or HR",
        "recovery_contact": "Recovery contact vouches",
        "knowledge_question": "Knowledge question",
        "email_matched": "Mail address matches",
        "mailed_code": "Code sent by mail",
        "chat_claim": "Claim in a chat",
    },
    Verdict: {"verified": "Verified", "uncertain": "Uncertain", "failed": "Failed"},
    CodesUnavailable: {
        "lost_with_device": "Lost with the device",
        "never_saved": "Never saved",
        "destroyed": "Destroyed",
        "rejected_at_sign_in": "Tried, and rejected at sign-in",
    },
    CancelReason: {
        "subject_withdrew": "The caller no longer wants it",
        "factor_found": "The factor was found",
        "opened_in_error": "Opened in error",
        "suspicious": "It looks like an attack",
    },
    Ruling: {
        "resume": "Resume the case",
        "uphold": "Uphold the objection",
        "cooling_off_over": "The cooling-off is over",
    },
    Brake: {
        "agent": "this agent opened more cases than usual",
        "approver": "this approver gave more verdicts than usual",
        "pair": "this agent and this approver share more cases than usual",
        "tenant": "more resets than usual in the last hour",
    },
    Waiver: {
        "second_person": "The second approver",
        "second_method": "The second method",
        "strong_method": "The strong method",
        "cooling_off": "The cooling-off",
    },
    Delivery: {"accepted": "Accepted", "failed": "Failed", "unknown": "Not known"},
    Confirmed: {"callback": "By a callback", "sign_in": "By signing in to the ticket system"},
    OperationKind: {
        "wipe_factors": "Remove this factor",
        "revoke_sessions": "End all sessions",
        "reset_password": "Make the password worthless",
        "disable": "Disable the account",
        "enable": "Enable the account",
        "require_enrolment": "Require a new factor at the next sign-in",
    },
    Justification: {
        "factor_lost": "because the factor is lost",
        "password_possibly_compromised": "because the password may be known to others",
        RiskCode.PASSWORD_SIGNALS: "because the directory saw signs that the password is known to others",
        "requested": "because the agent gave a reason for it",
        "device_in_other_hands": "because the device is in other hands",
        "enrolment_not_enforced": "because nothing else would ask for a new factor",
        "objection": "because somebody objected",
    },
    Sent: {"planned": "Planned", "sent": "Under way", "done": "Done"},
    Occasion: {
        "opened": "Case opened",
        "verified": "Identity verified",
        "reset": "Factors removed",
        "enrolled": "New factor enrolled",
        "contact_changed": "Contact point changed",
        "factor_added": "Factor added",
        "factor_removed": "Factor removed",
        "stopped": "Case stopped",
        "approver_drawn": "Approver drawn",
        "approver_reminded": "Approver reminded",
        "escalated": "Other approvers asked",
        "security_alert": "Security alerted",
    },
    Audience: {
        "on_record": "Contact point on record",
        "former": "Former contact point",
        "newly_added": "New contact point",
        "manager": "Manager",
        "staff": "Staff",
    },
    NoticeState: {
        "waiting": "Waiting to be sent",
        "sending": "Being sent",
        "accepted": "Accepted for delivery",
        "failed": "Not delivered",
        "unknown": "Sent, outcome not known",
    },
    Task: {
        "verify": "Verify",
        "presence": "Enter the caller's code",
        "reset": "Ask for the reset",
        "codes": "Backup codes",
        "rule": "Decide",
    },
    ActKind: {
        "open": "Opened the case",
        "codes_unavailable": "Stated why the backup codes cannot be used",
        "codes_used": "Confirmed that a backup code was used",
        "verdict": "Gave a verdict",
        "presence": "Confirmed the caller's browser",
        "execute": "Asked for the reset",
        "cancel": "Cancelled the case",
        "observation": "Something was observed",
        "interrupt": "Interrupted the case",
        "judgement": "Judged the reset",
        "replanned": "Made a new plan",
        "drawn": "Drew the approver",
        "notice": "Delivered a notice",
        "objection": "Objected",
        "ruling": "Ruled on the objections",
        "held": "Held the case",
        "release": "Released the case",
        "break_glass": "Broke the glass",
        "review": "Reviewed the break-glass",
        "suspended": "Suspended the account",
        "lifted": "Lifted the suspension",
    },
}
_TABLES: Mapping[str, Mapping[str, str]] = {
    "waiting_for": {
        "agent": "the agent",
        "approver": "an approver",
        "acting_admin": "the acting admin",
        "subject": "the caller",
        "security": "a security officer",
        "nobody": "nobody",
    },
    "signal": {
        "right_password_failed_mfa": "the right password, then a failed second factor",
        "password_breached": "the password in a published breach",
        "new_device": "a sign-in from a new device",
    },
    "occasion": _ENUMS[Occasion],
    "confirmed": _ENUMS[Confirmed],
    "relation": {"manager": "manager", "sponsor": "sponsor", "recovery_contact": "recovery contact"},
    "check": {
        "waiting": "Waiting for the caller",
        "verified": "Passed",
        "refused": "Does not prove it",
        "failed": "Did not work",
        "expired": "Expired",
    },
    "contact_kind": _ENUMS[ContactKind],
    "any_kind": {**_ENUMS[FactorKind], **_ENUMS[ContactKind]},
    "fact": {
        "accounts": "account ids",
        "case": "case",
        "cases": "cases",
        "contact": "contact point",
        "count": "how many",
        "days": "within so many days",
        "eligible": "eligible",
        "enough": "enough would be",
        "enrolled": "enrolled",
        "factor": "factor",
        "kind": "kind",
        "new": "now",
        "old": "before",
        "replaced": "replaced",
        "signals": "signs",
        "since": "since",
        "version": "plan",
    },
    "did": {
        "claimed": "The reset began",
        "wiped": "The factors were removed",
        "closed": "Closed",
    },
    "by": {"product": "the product", "directory": "the directory", "reader": "somebody who was told"},
    "objected_by": {
        "email": "By a notice to a mail address",
        "mobile": "By a notice to a mobile number",
        "desk_phone": "By a notice to a desk phone",
        "manager": "By the notice to the manager",
        "added_since": "By a notice to a contact point added since",
    },
    "brake": {
        "agent": "Cases opened by one agent",
        "approver": "Verdicts of one approver",
        "pair": "Cases of one agent and one approver",
        "tenant": "Resets of everybody",
    },
    "policy_section": {
        "": "General",
        "verification": "Verification",
        "presence": "Presence",
        "enrolment": "Enrolment",
        "cooling_off": "Notice and cooling-off",
        "brakes": "Brakes",
        "watch": "Watch",
    },
    "event": EVENT_WORDS,
    "event_outcome": {"success": "Done", "failure": "Failed", "denied": "Refused", "partial": "Partly done"},
    "chain_fault": {
        "changed": "The event was changed.",
        "missing": "The event is missing, and later ones are there.",
        "reordered": "The event is genuine and stands in another place.",
        "forged": "The event was not signed by us, or belongs to another chain.",
        "cut_off": "The chain was cut off, or replaced by another one, after a signed head had left the database.",
        "bad_head": "The events are good; a signed head of the chain is not.",
        "unknown_key": "The event is signed with a key that is not known here.",
    },
    "queue": {"workflow": "Workflow steps", "activity": "Work on cases"},
    "stuck": {
        "not_applied": "Something was recorded, and nothing has looked at it since",
        "no_workflow": "Its workflow does not run",
    },
    "unreadable": {
        "payload_refused": "Not encrypted by us, or changed: not believed, and not shown.",
        "key_unknown": "Encrypted with a key that is not known here.",
    },
    "campaign_state": {
        "running": "Running",
        "paused": "Paused",
        "called_off": "Called off",
        "completed": "Completed",
    },
    "campaign_stage": {
        "announcing": "Announcing",
        "waiting": "Grace period",
        "reminding": "Reminding",
        "enforcing": "Requiring a second factor",
        "ended": "Ended",
    },
    "campaign_decision": {
        "start": "Started",
        "pause": "Paused",
        "resume": "Resumed",
        "call_off": "Called off",
    },
    "proposal_state": {
        "proposed": "Waits for a second administrator",
        "seconded": "Seconded, waits for its day to pass",
        "due": "Holds now",
        "applied": "Was applied",
        "withdrawn": "Withdrawn",
        "void": "Void: the policy was changed meanwhile",
    },
}


def words_for(value: StrEnum | str, table: str = "") -> str:
    """What a code is called in English; a code without words is shown as it is."""
    found: Mapping[str, str] = {}
    if table:
        found = _TABLES[table]
    elif isinstance(value, StrEnum):
        found = _ENUMS.get(type(value), {})
    return found.get(str(value), str(value).replace("_", " "))


@pass_context
def words(context: Context, value: StrEnum | str, table: str = "") -> str:
    """What a code is called in the reader's language; a filter of the templates."""
    return translated(words_for(value, table), context["language"])


def every_word() -> list[str]:
    """All that has to be translated."""
    return [text for table in (*_ENUMS.values(), *_TABLES.values()) for text in table.values()]


def every_enum() -> Mapping[type[StrEnum], Mapping[str, str]]:
    """The tables, for the test that none has a gap."""
    return _ENUMS
