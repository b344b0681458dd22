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
from domain.case import Compromised, Reason
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
        Role.AGENT: Text("agent"),
        Role.APPROVER: Text("approver"),
        Role.SECURITY: Text("security officer"),
        Role.AUDITOR: Text("auditor"),
        Role.ADMIN: Text("administrator"),
    },
    Tier: {Tier.STANDARD: Text("Standard"), Tier.PRIVILEGED: Text("Privileged")},
    Reason: {
        Reason.LOST_PHONE: Text("Lost phone"),
        Reason.LOST_SECURITY_KEY: Text("Lost security key"),
        Reason.WIPED_DEVICE: Text("Device was wiped or replaced"),
        Reason.BROKEN_FACTOR: Text("Factor is broken"),
        Reason.DEVICE_IN_OTHER_HANDS: Text("Device is in other hands"),
        Reason.CHANGE_AUTHENTICATOR_APP: Text("Wants another authenticator app"),
        Reason.MFA_POLICY_CHANGED: Text("MFA policy was changed"),
    },
    Compromised: {
        Compromised.YES: Text("Yes, possibly"),
        Compromised.NO: Text("No"),
        Compromised.UNKNOWN: Text("Not known"),
    },
    Phase: {
        Phase.INTAKE: Text("Intake"),
        Phase.BACKUP_CODES: Text("Backup codes"),
        Phase.VERIFICATION: Text("Verification"),
        Phase.COOLING_OFF: Text("Notice and cooling-off"),
        Phase.PRESENCE: Text("Presence"),
        Phase.STEP_UP: Text("Step-up"),
        Phase.RESET: Text("Reset"),
        Phase.RE_ENROLMENT: Text("Re-enrolment"),
        Phase.CLOSED: Text("Closed"),
    },
    Outcome: {
        Outcome.RECOVERED: Text("Recovered"),
        Outcome.SELF_SERVICE: Text("Signed in with a backup code"),
        Outcome.REFUSED: Text("Refused"),
        Outcome.DENIED: Text("Denied"),
        Outcome.CANCELLED: Text("Cancelled"),
        Outcome.DISPUTED: Text("Disputed"),
        Outcome.EXPIRED: Text("Expired"),
        Outcome.ENROLMENT_EXPIRED: Text("Enrolment expired, account locked"),
        Outcome.INTERRUPTED: Text("Interrupted"),
    },
    FactorKind: {
        FactorKind.TOTP: Text("Authenticator app"),
        FactorKind.WEBAUTHN: Text("Passkey or security key"),
        FactorKind.BACKUP_CODES: Text("Backup codes"),
        FactorKind.SMS: Text("Text message"),
        FactorKind.EMAIL_CODE: Text("Code by mail"),
        FactorKind.PUSH: Text("Push message"),
        FactorKind.TRUSTED_BROWSER: Text("Trusted browser"),
        FactorKind.APP_PASSWORD: Text("App password"),
        FactorKind.OTHER: Text("Other factor"),
    },
    ContactKind: {
        ContactKind.EMAIL: Text("Mail"),
        ContactKind.MOBILE: Text("Mobile"),
        ContactKind.DESK_PHONE: Text("Desk phone"),
    },
    AccountStatus: {
        AccountStatus.ACTIVE: Text("Active"),
        AccountStatus.DISABLED: Text("Disabled"),
        AccountStatus.LOCKED: Text("Locked"),
    },
    Enforcement: {
        Enforcement.REQUIRED: Text("Second factor required"),
        Enforcement.OPTIONAL: Text("Second factor optional"),
        Enforcement.EXEMPT: Text("Exempt from the second factor"),
    },
    Method: {
        Method.IN_PERSON: Text("Seen in person"),
        Method.IDENTITY_DOCUMENT: Text("Identity document"),
        Method.WORKING_FACTOR: Text("Working factor"),
        Method.FEDERATED_SIGN_IN: Text("Signed in elsewhere"),
        Method.CALLBACK: Text("Callback to a known number"),
        Method.VIDEO_CALL: Text("Video call"),
        Method.CORROBORATING_TICKET: Text("Ticket by manager or HR"),
        Method.RECOVERY_CONTACT: Text("Recovery contact vouches"),
        Method.KNOWLEDGE_QUESTION: Text("Knowledge question"),
        Method.EMAIL_MATCHED: Text("Mail address matches"),
        Method.MAILED_CODE: Text("Code sent by mail"),
        Method.CHAT_CLAIM: Text("Claim in a chat"),
    },
    Verdict: {Verdict.VERIFIED: Text("Verified"), Verdict.UNCERTAIN: Text("Uncertain"), Verdict.FAILED: Text("Failed")},
    CodesUnavailable: {
        CodesUnavailable.LOST_WITH_DEVICE: Text("Lost with the device"),
        CodesUnavailable.NEVER_SAVED: Text("Never saved"),
        CodesUnavailable.DESTROYED: Text("Destroyed"),
        CodesUnavailable.REJECTED_AT_SIGN_IN: Text("Tried, and rejected at sign-in"),
    },
    CancelReason: {
        CancelReason.SUBJECT_WITHDREW: Text("The caller no longer wants it"),
        CancelReason.FACTOR_FOUND: Text("The factor was found"),
        CancelReason.OPENED_IN_ERROR: Text("Opened in error"),
        CancelReason.SUSPICIOUS: Text("It looks like an attack"),
    },
    Ruling: {
        Ruling.RESUME: Text("Resume the case"),
        Ruling.UPHOLD: Text("Uphold the objection"),
        Ruling.COOLING_OFF_OVER: Text("The cooling-off is over"),
    },
    Brake: {
        Brake.AGENT: Text("this agent opened more cases than usual"),
        Brake.APPROVER: Text("this approver gave more verdicts than usual"),
        Brake.PAIR: Text("this agent and this approver share more cases than usual"),
        Brake.TENANT: Text("more resets than usual in the last hour"),
    },
    Waiver: {
        Waiver.SECOND_PERSON: Text("The second approver"),
        Waiver.SECOND_METHOD: Text("The second method"),
        Waiver.STRONG_METHOD: Text("The strong method"),
        Waiver.COOLING_OFF: Text("The cooling-off"),
    },
    Delivery: {
        Delivery.ACCEPTED: Text("Accepted"),
        Delivery.FAILED: Text("Failed"),
        Delivery.UNKNOWN: Text("Not known"),
    },
    Confirmed: {
        Confirmed.CALLBACK: Text("By a callback"),
        Confirmed.SIGN_IN: Text("By signing in to the ticket system"),
    },
    OperationKind: {
        OperationKind.WIPE_FACTORS: Text("Remove this factor"),
        OperationKind.REVOKE_SESSIONS: Text("End all sessions"),
        OperationKind.RESET_PASSWORD: Text("Make the password worthless"),
        OperationKind.DISABLE: Text("Disable the account"),
        OperationKind.ENABLE: Text("Enable the account"),
        OperationKind.REQUIRE_ENROLMENT: Text("Require a new factor at the next sign-in"),
    },
    Justification: {
        Justification.FACTOR_LOST: Text("because the factor is lost"),
        Justification.PASSWORD_POSSIBLY_COMPROMISED: Text("because the password may be known to others"),
        Justification.PASSWORD_SIGNALS: Text("because the directory saw signs that the password is known to others"),
        Justification.REQUESTED: Text("because the agent gave a reason for it"),
        Justification.DEVICE_IN_OTHER_HANDS: Text("because the device is in other hands"),
        Justification.ENROLMENT_NOT_ENFORCED: Text("because nothing else would ask for a new factor"),
        Justification.OBJECTION: Text("because somebody objected"),
    },
    Sent: {Sent.PLANNED: Text("Planned"), Sent.SENT: Text("Under way"), Sent.DONE: Text("Done")},
    Occasion: {
        Occasion.OPENED: Text("Case opened"),
        Occasion.VERIFIED: Text("Identity verified"),
        Occasion.RESET: Text("Factors removed"),
        Occasion.ENROLLED: Text("New factor enrolled"),
        Occasion.CONTACT_CHANGED: Text("Contact point changed"),
        Occasion.FACTOR_ADDED: Text("Factor added"),
        Occasion.FACTOR_REMOVED: Text("Factor removed"),
        Occasion.STOPPED: Text("Case stopped"),
        Occasion.APPROVER_DRAWN: Text("Approver drawn"),
        Occasion.APPROVER_REMINDED: Text("Approver reminded"),
        Occasion.ESCALATED: Text("Other approvers asked"),
        Occasion.SECURITY_ALERT: Text("Security alerted"),
    },
    Audience: {
        Audience.ON_RECORD: Text("Contact point on record"),
        Audience.FORMER: Text("Former contact point"),
        Audience.NEWLY_ADDED: Text("New contact point"),
        Audience.MANAGER: Text("Manager"),
        Audience.STAFF: Text("Staff"),
    },
    NoticeState: {
        NoticeState.WAITING: Text("Waiting to be sent"),
        NoticeState.SENDING: Text("Being sent"),
        NoticeState.ACCEPTED: Text("Accepted for delivery"),
        NoticeState.FAILED: Text("Not delivered"),
        NoticeState.UNKNOWN: Text("Sent, outcome not known"),
    },
    Task: {
        Task.VERIFY: Text("Verify"),
        Task.PRESENCE: Text("Enter the caller's code"),
        Task.RESET: Text("Ask for the reset"),
        Task.CODES: Text("Backup codes"),
        Task.RULE: Text("Decide"),
    },
    ActKind: {
        ActKind.OPEN: Text("Opened the case"),
        ActKind.CODES_UNAVAILABLE: Text("Stated why the backup codes cannot be used"),
        ActKind.CODES_USED: Text("Confirmed that a backup code was used"),
        ActKind.VERDICT: Text("Gave a verdict"),
        ActKind.PRESENCE: Text("Confirmed the caller's browser"),
        ActKind.EXECUTE: Text("Asked for the reset"),
        ActKind.CANCEL: Text("Cancelled the case"),
        ActKind.OBSERVATION: Text("Something was observed"),
        ActKind.INTERRUPT: Text("Interrupted the case"),
        ActKind.JUDGEMENT: Text("Judged the reset"),
        ActKind.REPLANNED: Text("Made a new plan"),
        ActKind.DRAWN: Text("Drew the approver"),
        ActKind.NOTICE: Text("Delivered a notice"),
        ActKind.OBJECTION: Text("Objected"),
        ActKind.RULING: Text("Ruled on the objections"),
        ActKind.HELD: Text("Held the case"),
        ActKind.RELEASE: Text("Released the case"),
        ActKind.BREAK_GLASS: Text("Broke the glass"),
        ActKind.REVIEW: Text("Reviewed the break-glass"),
        ActKind.SUSPENDED: Text("Suspended the account"),
        ActKind.LIFTED: Text("Lifted the suspension"),
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
