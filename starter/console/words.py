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
from domain.texts import Text, verbatim
from service.inbox import Task
from starter.console.event_words import EVENT_WORDS
from web.languages import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2.runtime import Context

_ENUMS: Mapping[type[StrEnum], Mapping[str, Text]] = {
    Role: {
        "agent": Text("agent"),
        "approver": Text("approver"),
        "security": Text("security officer"),
        "auditor": Text("auditor"),
        "admin": Text("administrator"),
    },
    Tier: {"standard": Text("Standard"), "privileged": Text("Privileged")},
    Reason: {
        "lost_phone": Text("Lost phone"),
        "lost_security_key": Text("Lost security key"),
        "wiped_device": Text("Device was wiped or replaced"),
        "broken_factor": Text("Factor is broken"),
        "device_in_other_hands": Text("Device is in other hands"),
        "change_authenticator_app": Text("Wants another authenticator app"),
        "mfa_policy_changed": Text("MFA policy was changed"),
    },
    Compromised: {"yes": Text("Yes, possibly"), "no": Text("No"), "unknown": Text("Not known")},
    Phase: {
        "intake": Text("Intake"),
        "backup_codes": Text("Backup codes"),
        "verification": Text("Verification"),
        "cooling_off": Text("Notice and cooling-off"),
        "presence": Text("Presence"),
        "step_up": Text("Step-up"),
        "reset": Text("Reset"),
        "re_enrolment": Text("Re-enrolment"),
        "closed": Text("Closed"),
    },
    Outcome: {
        "recovered": Text("Recovered"),
        "self_service": Text("Signed in with a backup code"),
        "refused": Text("Refused"),
        "denied": Text("Denied"),
        "cancelled": Text("Cancelled"),
        "disputed": Text("Disputed"),
        "expired": Text("Expired"),
        "enrolment_expired": Text("Enrolment expired, account locked"),
        "interrupted": Text("Interrupted"),
    },
    FactorKind: {
        "totp": Text("Authenticator app"),
        "webauthn": Text("Passkey or security key"),
        "backup_codes": Text("Backup codes"),
        "sms": Text("Text message"),
        "email_code": Text("Code by mail"),
        "push": Text("Push message"),
        "trusted_browser": Text("Trusted browser"),
        "app_password": Text("App password"),
        "other": Text("Other factor"),
    },
    ContactKind: {"email": Text("Mail"), "mobile": Text("Mobile"), "desk_phone": Text("Desk phone")},
    AccountStatus: {"active": Text("Active"), "disabled": Text("Disabled"), "locked": Text("Locked")},
    Enforcement: {
        "required": Text("Second factor required"),
        "optional": Text("Second factor optional"),
        "exempt": Text("Exempt from the second factor"),
    },
    Method: {
        "in_person": Text("Seen in person"),
        "identity_document": Text("Identity document"),
        "working_factor": Text("Working factor"),
        "federated_sign_in": Text("Signed in elsewhere"),
        "callback": Text("Callback to a known number"),
        "video_call": Text("Video call"),
        "corroborating_ticket": Text("Ticket by manager or HR"),
        "recovery_contact": Text("Recovery contact vouches"),
        "knowledge_question": Text("Knowledge question"),
        "email_matched": Text("Mail address matches"),
        "mailed_code": Text("Code sent by mail"),
        "chat_claim": Text("Claim in a chat"),
    },
    Verdict: {"verified": Text("Verified"), "uncertain": Text("Uncertain"), "failed": Text("Failed")},
    CodesUnavailable: {
        "lost_with_device": Text("Lost with the device"),
        "never_saved": Text("Never saved"),
        "destroyed": Text("Destroyed"),
        "rejected_at_sign_in": Text("Tried, and rejected at sign-in"),
    },
    CancelReason: {
        "subject_withdrew": Text("The caller no longer wants it"),
        "factor_found": Text("The factor was found"),
        "opened_in_error": Text("Opened in error"),
        "suspicious": Text("It looks like an attack"),
    },
    Ruling: {
        "resume": Text("Resume the case"),
        "uphold": Text("Uphold the objection"),
        "cooling_off_over": Text("The cooling-off is over"),
    },
    Brake: {
        "agent": Text("this agent opened more cases than usual"),
        "approver": Text("this approver gave more verdicts than usual"),
        "pair": Text("this agent and this approver share more cases than usual"),
        "tenant": Text("more resets than usual in the last hour"),
    },
    Waiver: {
        "second_person": Text("The second approver"),
        "second_method": Text("The second method"),
        "strong_method": Text("The strong method"),
        "cooling_off": Text("The cooling-off"),
    },
    Delivery: {"accepted": Text("Accepted"), "failed": Text("Failed"), "unknown": Text("Not known")},
    Confirmed: {"callback": Text("By a callback"), "sign_in": Text("By signing in to the ticket system")},
    OperationKind: {
        "wipe_factors": Text("Remove this factor"),
        "revoke_sessions": Text("End all sessions"),
        "reset_password": Text("Make the password worthless"),
        "disable": Text("Disable the account"),
        "enable": Text("Enable the account"),
        "require_enrolment": Text("Require a new factor at the next sign-in"),
    },
    Justification: {
        "factor_lost": Text("because the factor is lost"),
        "password_possibly_compromised": Text("because the password may be known to others"),
        RiskCode.PASSWORD_SIGNALS: Text("because the directory saw signs that the password is known to others"),
        "requested": Text("because the agent gave a reason for it"),
        "device_in_other_hands": Text("because the device is in other hands"),
        "enrolment_not_enforced": Text("because nothing else would ask for a new factor"),
        "objection": Text("because somebody objected"),
    },
    Sent: {"planned": Text("Planned"), "sent": Text("Under way"), "done": Text("Done")},
    Occasion: {
        "opened": Text("Case opened"),
        "verified": Text("Identity verified"),
        "reset": Text("Factors removed"),
        "enrolled": Text("New factor enrolled"),
        "contact_changed": Text("Contact point changed"),
        "factor_added": Text("Factor added"),
        "factor_removed": Text("Factor removed"),
        "stopped": Text("Case stopped"),
        "approver_drawn": Text("Approver drawn"),
        "approver_reminded": Text("Approver reminded"),
        "escalated": Text("Other approvers asked"),
        "security_alert": Text("Security alerted"),
    },
    Audience: {
        "on_record": Text("Contact point on record"),
        "former": Text("Former contact point"),
        "newly_added": Text("New contact point"),
        "manager": Text("Manager"),
        "staff": Text("Staff"),
    },
    NoticeState: {
        "waiting": Text("Waiting to be sent"),
        "sending": Text("Being sent"),
        "accepted": Text("Accepted for delivery"),
        "failed": Text("Not delivered"),
        "unknown": Text("Sent, outcome not known"),
    },
    Task: {
        "verify": Text("Verify"),
        "presence": Text("Enter the caller's code"),
        "reset": Text("Ask for the reset"),
        "codes": Text("Backup codes"),
        "rule": Text("Decide"),
    },
    ActKind: {
        "open": Text("Opened the case"),
        "codes_unavailable": Text("Stated why the backup codes cannot be used"),
        "codes_used": Text("Confirmed that a backup code was used"),
        "verdict": Text("Gave a verdict"),
        "presence": Text("Confirmed the caller's browser"),
        "execute": Text("Asked for the reset"),
        "cancel": Text("Cancelled the case"),
        "observation": Text("Something was observed"),
        "interrupt": Text("Interrupted the case"),
        "judgement": Text("Judged the reset"),
        "replanned": Text("Made a new plan"),
        "drawn": Text("Drew the approver"),
        "notice": Text("Delivered a notice"),
        "objection": Text("Objected"),
        "ruling": Text("Ruled on the objections"),
        "held": Text("Held the case"),
        "release": Text("Released the case"),
        "break_glass": Text("Broke the glass"),
        "review": Text("Reviewed the break-glass"),
        "suspended": Text("Suspended the account"),
        "lifted": Text("Lifted the suspension"),
    },
}
_TABLES: Mapping[str, Mapping[str, Text]] = {
    "waiting_for": {
        "agent": Text("the agent"),
        "approver": Text("an approver"),
        "acting_admin": Text("the acting admin"),
        "subject": Text("the caller"),
        "security": Text("a security officer"),
        "nobody": Text("nobody"),
    },
    "signal": {
        "right_password_failed_mfa": Text("the right password, then a failed second factor"),
        "password_breached": Text("the password in a published breach"),
        "new_device": Text("a sign-in from a new device"),
    },
    "occasion": _ENUMS[Occasion],
    "confirmed": _ENUMS[Confirmed],
    "relation": {"manager": Text("manager"), "sponsor": Text("sponsor"), "recovery_contact": Text("recovery contact")},
    "check": {
        "waiting": Text("Waiting for the caller"),
        "verified": Text("Passed"),
        "refused": Text("Does not prove it"),
        "failed": Text("Did not work"),
        "expired": Text("Expired"),
    },
    "contact_kind": _ENUMS[ContactKind],
    "any_kind": {**_ENUMS[FactorKind], **_ENUMS[ContactKind]},
    "fact": {
        "accounts": Text("account ids"),
        "case": Text("case"),
        "cases": Text("cases"),
        "contact": Text("contact point"),
        "count": Text("how many"),
        "days": Text("within so many days"),
        "eligible": Text("eligible"),
        "enough": Text("enough would be"),
        "enrolled": Text("enrolled"),
        "factor": Text("factor"),
        "kind": Text("kind"),
        "new": Text("now"),
        "old": Text("before"),
        "replaced": Text("replaced"),
        "signals": Text("signs"),
        "since": Text("since"),
        "version": Text("plan"),
    },
    "did": {
        "claimed": Text("The reset began"),
        "wiped": Text("The factors were removed"),
        "closed": Text("Closed"),
    },
    "by": {"product": Text("the product"), "directory": Text("the directory"), "reader": Text("somebody who was told")},
    "objected_by": {
        "email": Text("By a notice to a mail address"),
        "mobile": Text("By a notice to a mobile number"),
        "desk_phone": Text("By a notice to a desk phone"),
        "manager": Text("By the notice to the manager"),
        "added_since": Text("By a notice to a contact point added since"),
    },
    "brake": {
        "agent": Text("Cases opened by one agent"),
        "approver": Text("Verdicts of one approver"),
        "pair": Text("Cases of one agent and one approver"),
        "tenant": Text("Resets of everybody"),
    },
    "policy_section": {
        "": Text("General"),
        "verification": Text("Verification"),
        "presence": Text("Presence"),
        "enrolment": Text("Enrolment"),
        "cooling_off": Text("Notice and cooling-off"),
        "brakes": Text("Brakes"),
        "watch": Text("Watch"),
    },
    "event": EVENT_WORDS,
    "event_outcome": {
        "success": Text("Done"),
        "failure": Text("Failed"),
        "denied": Text("Refused"),
        "partial": Text("Partly done"),
    },
    "chain_fault": {
        "changed": Text("The event was changed."),
        "missing": Text("The event is missing, and later ones are there."),
        "reordered": Text("The event is genuine and stands in another place."),
        "forged": Text("The event was not signed by us, or belongs to another chain."),
        "cut_off": Text(
            "The chain was cut off, or replaced by another one, after a signed head had left the database."
        ),
        "bad_head": Text("The events are good; a signed head of the chain is not."),
        "unknown_key": Text("The event is signed with a key that is not known here."),
    },
    "queue": {"workflow": Text("Workflow steps"), "activity": Text("Work on cases")},
    "stuck": {
        "not_applied": Text("Something was recorded, and nothing has looked at it since"),
        "no_workflow": Text("Its workflow does not run"),
    },
    "unreadable": {
        "payload_refused": Text("Not encrypted by us, or changed: not believed, and not shown."),
        "key_unknown": Text("Encrypted with a key that is not known here."),
    },
    "campaign_state": {
        "running": Text("Running"),
        "paused": Text("Paused"),
        "called_off": Text("Called off"),
        "completed": Text("Completed"),
    },
    "campaign_stage": {
        "announcing": Text("Announcing"),
        "waiting": Text("Grace period"),
        "reminding": Text("Reminding"),
        "enforcing": Text("Requiring a second factor"),
        "ended": Text("Ended"),
    },
    "campaign_decision": {
        "start": Text("Started"),
        "pause": Text("Paused"),
        "resume": Text("Resumed"),
        "call_off": Text("Called off"),
    },
    "proposal_state": {
        "proposed": Text("Waits for a second administrator"),
        "seconded": Text("Seconded, waits for its day to pass"),
        "due": Text("Holds now"),
        "applied": Text("Was applied"),
        "withdrawn": Text("Withdrawn"),
        "void": Text("Void: the policy was changed meanwhile"),
    },
}


def words_for(value: StrEnum | str, table: str = "") -> Text:
    """What a code is called; a code without words is shown as it is."""
    found: Mapping[str, Text] = {}
    if table:
        found = _TABLES[table]
    elif isinstance(value, StrEnum):
        found = _ENUMS.get(type(value), {})
    return found.get(str(value)) or verbatim(str(value).replace("_", " "))


@pass_context
def words(context: Context, value: StrEnum | str, table: str = "") -> str:
    """What a code is called in the reader's language; a filter of the templates."""
    return translated(words_for(value, table), context["language"])


def every_enum() -> Mapping[type[StrEnum], Mapping[str, Text]]:
    """The tables, for the test that none has a gap."""
    return _ENUMS
