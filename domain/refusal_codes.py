"""Every code of a refusal, with its kind of answer beside it; imports nothing.

A code is part of what programs rely on: it is never renamed, and what it says stays the same.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Self


class Kind(Enum):
    """What kind of answer a refusal is; each way in has its own word for it."""

    MALFORMED = "cannot be read at all"
    UNAUTHENTICATED = "nobody is signed in"
    FORBIDDEN = "not for this person"
    NOT_FOUND = "there is no such thing"
    CONFLICT = "not as things stand"
    UNPROCESSABLE = "can be read and is not acceptable"
    LOCKED = "not for a while"
    TOO_MANY = "not so often"
    BROKEN_PARTNER = "an outside party refuses us"
    UNAVAILABLE = "an outside party does not answer"


class Code(StrEnum):
    """Why a rule or a door refuses, or where a case stands; the value is what answers, audit events and pages carry."""

    kind: Kind

    def __new__(cls, value: str, kind: Kind) -> Self:
        """A code with its kind."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.kind = kind
        return member

    @classmethod
    def of(cls, value: str) -> Code:
        """The code that has this value; a `ValueError` for one that is not listed here."""
        return cls(value)  # type: ignore[call-arg] # a look-up by value, no new member

    # Another person may; this one may not.
    ACTING_ADMIN_CANNOT_APPROVE = "acting_admin_cannot_approve", Kind.FORBIDDEN
    AGENT_CANNOT_APPROVE = "agent_cannot_approve", Kind.FORBIDDEN
    NOT_THE_ACTING_ADMIN = "not_the_acting_admin", Kind.FORBIDDEN
    NOT_THE_AGENT = "not_the_agent", Kind.FORBIDDEN
    OFFICER_IS_A_PARTY = "officer_is_a_party", Kind.FORBIDDEN
    OWN_BREAK_GLASS = "own_break_glass", Kind.FORBIDDEN
    OWN_CASE = "own_case", Kind.FORBIDDEN
    OWN_PROPOSAL = "own_proposal", Kind.FORBIDDEN
    OWN_ROLES = "own_roles", Kind.FORBIDDEN
    ROLE_MISSING = "role_missing", Kind.FORBIDDEN
    SUBJECT_OUTRANKS_AGENT = "subject_outranks_agent", Kind.FORBIDDEN

    # What was named is not there.
    EVENT_NOT_FOUND = "event_not_found", Kind.NOT_FOUND
    TENANT_UNKNOWN = "tenant_unknown", Kind.NOT_FOUND
    WORKFLOW_UNKNOWN = "workflow_unknown", Kind.NOT_FOUND

    # What was sent cannot be read.
    BODY_MALFORMED = "body_malformed", Kind.MALFORMED
    IDEMPOTENCY_KEY_MALFORMED = "idempotency_key_malformed", Kind.MALFORMED
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing", Kind.MALFORMED

    # What was sent can be read, and something in it is wrong.
    ACCOUNT_UNKNOWN = "account_unknown", Kind.UNPROCESSABLE
    AUTHOR_UNKNOWN = "author_unknown", Kind.UNPROCESSABLE
    DATE_MALFORMED = "date_malformed", Kind.UNPROCESSABLE
    FILTER_UNKNOWN = "filter_unknown", Kind.UNPROCESSABLE
    FORMAT_UNKNOWN = "format_unknown", Kind.UNPROCESSABLE
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", Kind.UNPROCESSABLE
    IMPORT_REFUSED = "import_refused", Kind.UNPROCESSABLE
    INVALID_REQUEST = "invalid_request", Kind.UNPROCESSABLE
    POLICY_REFUSED = "policy_refused", Kind.UNPROCESSABLE
    POLICY_UNCHANGED = "policy_unchanged", Kind.UNPROCESSABLE

    # Not as the case, the account, the evidence or the policy stands.
    ACTING_ADMIN_LOST_ROLE = "acting_admin_lost_role", Kind.CONFLICT
    ALREADY_RULED = "already_ruled", Kind.CONFLICT
    ALREADY_WAIVED = "already_waived", Kind.CONFLICT
    APPROVER_NOT_DRAWN = "approver_not_drawn", Kind.CONFLICT
    AUTHOR_CANNOT_VOUCH = "author_cannot_vouch", Kind.CONFLICT
    AUTHOR_IS_GRANTER = "author_is_granter", Kind.CONFLICT
    AUTHOR_NOT_CONFIRMED = "author_not_confirmed", Kind.CONFLICT
    AUTHOR_NOT_INDEPENDENT = "author_not_independent", Kind.CONFLICT
    AUTHOR_RECOVERED_LATELY = "author_recovered_lately", Kind.CONFLICT
    BACKUP_CODES_FIRST = "backup_codes_first", Kind.CONFLICT
    CAMPAIGN_ALREADY_RUNNING = "campaign_already_running", Kind.CONFLICT
    CAMPAIGN_ENFORCING = "campaign_enforcing", Kind.CONFLICT
    CAMPAIGN_GRACE_OUT_OF_RANGE = "campaign_grace_out_of_range", Kind.CONFLICT
    CAMPAIGN_GROUP_EMPTY = "campaign_group_empty", Kind.CONFLICT
    CAMPAIGN_NOT_PAUSED = "campaign_not_paused", Kind.CONFLICT
    CAMPAIGN_OVER = "campaign_over", Kind.CONFLICT
    CAMPAIGN_PAUSED_ALREADY = "campaign_paused_already", Kind.CONFLICT
    CAMPAIGN_RATE_OUT_OF_RANGE = "campaign_rate_out_of_range", Kind.CONFLICT
    CAMPAIGN_RATE_TOO_LOW = "campaign_rate_too_low", Kind.CONFLICT
    CAMPAIGN_REMINDER_OUTSIDE_GRACE = "campaign_reminder_outside_grace", Kind.CONFLICT
    CASE_ALREADY_OPEN = "case_already_open", Kind.CONFLICT
    CASE_CLOSED = "case_closed", Kind.CONFLICT
    CASE_ENDED = "case_ended", Kind.CONFLICT
    CASE_NOT_HELD = "case_not_held", Kind.CONFLICT
    CASE_ROW_CHANGED = "case_row_changed", Kind.CONFLICT
    CHANGE_APP_FROM_PROFILE = "change_app_from_profile", Kind.CONFLICT
    CHECK_BEFORE_CASE = "check_before_case", Kind.CONFLICT
    CHECK_IN_FUTURE = "check_in_future", Kind.CONFLICT
    CHECK_TOO_OLD = "check_too_old", Kind.CONFLICT
    CHECK_USED = "check_used", Kind.CONFLICT
    CODES_AWAITED = "codes_awaited", Kind.CONFLICT
    CODES_COUNT_AS_STOLEN = "codes_count_as_stolen", Kind.CONFLICT
    CONTACT_NOT_NAMED = "contact_not_named", Kind.CONFLICT
    CONTAINMENT_NOT_DUE = "containment_not_due", Kind.CONFLICT
    COOLING_OFF_COUNTS = "cooling_off_counts", Kind.CONFLICT
    DEMONSTRATION_ONLY_AT_FOUNDING = "demonstration_only_at_founding", Kind.CONFLICT
    DOCUMENT_CHECK_STALE = "document_check_stale", Kind.CONFLICT
    DOCUMENT_EXPIRED = "document_expired", Kind.CONFLICT
    DOCUMENT_NOT_ACCEPTED = "document_not_accepted", Kind.CONFLICT
    EVIDENCE_MISSING = "evidence_missing", Kind.CONFLICT
    FACTOR_AWAITED = "factor_awaited", Kind.CONFLICT
    FACTOR_MAY_BE_STOLEN = "factor_may_be_stolen", Kind.CONFLICT
    FACTOR_NOT_ALLOWED = "factor_not_allowed", Kind.CONFLICT
    FACTOR_SAID_TO_BE_LOST = "factor_said_to_be_lost", Kind.CONFLICT
    FACTOR_TOO_YOUNG = "factor_too_young", Kind.CONFLICT
    GRANTER_ON_THE_CASE = "granter_on_the_case", Kind.CONFLICT
    IDENTITY_PROVIDER_MISSING = "identity_provider_missing", Kind.CONFLICT
    LIVENESS_MISSING = "liveness_missing", Kind.CONFLICT
    MANAGER_TOO_NEW = "manager_too_new", Kind.CONFLICT
    METHOD_NOT_OBSERVED = "method_not_observed", Kind.CONFLICT
    METHOD_REFUSED = "method_refused", Kind.CONFLICT
    MFA_STILL_WORKS = "mfa_still_works", Kind.CONFLICT
    NAME_LOOKS_ALIKE = "name_looks_alike", Kind.CONFLICT
    NAME_MISMATCH = "name_mismatch", Kind.CONFLICT
    NOTICE_STILL_AWAITED = "notice_still_awaited", Kind.CONFLICT
    NOT_ASKED_FOR = "not_asked_for", Kind.CONFLICT
    NOT_A_DECISION = "not_a_decision", Kind.CONFLICT
    NOT_A_MEMBER = "not_a_member", Kind.CONFLICT
    NOT_IN_THIS_PHASE = "not_in_this_phase", Kind.CONFLICT
    NO_OBJECTION = "no_objection", Kind.CONFLICT
    NO_REVIEW_OPEN = "no_review_open", Kind.CONFLICT
    NO_ROLE_CHOSEN = "no_role_chosen", Kind.CONFLICT
    NO_SIGN_IN_OBSERVED = "no_sign_in_observed", Kind.CONFLICT
    NUMBER_ALREADY_REVEALED = "number_already_revealed", Kind.CONFLICT
    NUMBER_IS_THE_LOST_PHONE = "number_is_the_lost_phone", Kind.CONFLICT
    NUMBER_NOT_ON_RECORD = "number_not_on_record", Kind.CONFLICT
    NUMBER_TOO_NEW = "number_too_new", Kind.CONFLICT
    PASSWORD_AWAITED = "password_awaited", Kind.CONFLICT
    PASSWORD_SIGNALS_CONTRADICT = "password_signals_contradict", Kind.CONFLICT
    PLAN_CHANGED = "plan_changed", Kind.CONFLICT
    POLICY_CHANGE_NEEDS_CAMPAIGN = "policy_change_needs_campaign", Kind.CONFLICT
    PRESENCE_LOST_ITS_AUTHOR = "presence_lost_its_author", Kind.CONFLICT
    PRESENCE_MISSING = "presence_missing", Kind.CONFLICT
    PRESENCE_SILENT = "presence_silent", Kind.CONFLICT
    PRESENCE_STALE = "presence_stale", Kind.CONFLICT
    PRESENCE_UNUSABLE = "presence_unusable", Kind.CONFLICT
    PRESENCE_WITHOUT_PASSWORD = "presence_without_password", Kind.CONFLICT
    PROPOSAL_NOT_OPEN = "proposal_not_open", Kind.CONFLICT
    PROPOSER_LOST_ROLE = "proposer_lost_role", Kind.CONFLICT
    REASON_CONTRADICTS_ACCOUNT = "reason_contradicts_account", Kind.CONFLICT
    REASON_MISSING = "reason_missing", Kind.CONFLICT
    RECORD_TOO_NEW = "record_too_new", Kind.CONFLICT
    RECOVERED_LATELY = "recovered_lately", Kind.CONFLICT
    RELATION_TOO_NEW = "relation_too_new", Kind.CONFLICT
    RESET_HAS_BEGUN = "reset_has_begun", Kind.CONFLICT
    ROLES_CHANGED_MEANWHILE = "roles_changed_meanwhile", Kind.CONFLICT
    ROLE_TOO_YOUNG = "role_too_young", Kind.CONFLICT
    STATEMENT_MISSING = "statement_missing", Kind.CONFLICT
    STEP_UP_MISMATCH = "step_up_mismatch", Kind.CONFLICT
    STEP_UP_MISSING = "step_up_missing", Kind.CONFLICT
    STEP_UP_STALE = "step_up_stale", Kind.CONFLICT
    STEP_UP_TOO_WEAK = "step_up_too_weak", Kind.CONFLICT
    SUBJECT_AMBIGUOUS = "subject_ambiguous", Kind.CONFLICT
    SUBJECT_DISABLED = "subject_disabled", Kind.CONFLICT
    SUBJECT_GONE = "subject_gone", Kind.CONFLICT
    SUBJECT_LOCKED = "subject_locked", Kind.CONFLICT
    SUBJECT_NOT_FOUND = "subject_not_found", Kind.CONFLICT
    SUBJECT_OUTRANKS_ACTING_ADMIN = "subject_outranks_acting_admin", Kind.CONFLICT
    SUBJECT_PERSON_CHANGED = "subject_person_changed", Kind.CONFLICT
    SUBJECT_PRIVILEGED_NOW = "subject_privileged_now", Kind.CONFLICT
    TICKET_ALREADY_USED = "ticket_already_used", Kind.CONFLICT
    TICKET_DOES_NOT_QUOTE = "ticket_does_not_quote", Kind.CONFLICT
    TICKET_MALFORMED = "ticket_malformed", Kind.CONFLICT
    TICKET_TOO_OLD = "ticket_too_old", Kind.CONFLICT
    TOO_MANY_CHECKS = "too_many_checks", Kind.CONFLICT
    VERDICT_ALREADY_GIVEN = "verdict_already_given", Kind.CONFLICT
    VERDICT_LOST_ITS_AUTHOR = "verdict_lost_its_author", Kind.CONFLICT
    VERIFICATION_INSUFFICIENT = "verification_insufficient", Kind.CONFLICT
    VERIFICATION_MISSING = "verification_missing", Kind.CONFLICT

    # Where a case stands; the judge refuses a reset with what is still waited for.
    BACKUP_CODES_LEFT = "backup_codes_left", Kind.CONFLICT
    CODE_SIGN_IN_TO_CONFIRM = "code_sign_in_to_confirm", Kind.CONFLICT
    COMPLETION_REFUSED = "completion_refused", Kind.CONFLICT
    CONTAINMENT_DUE = "containment_due", Kind.CONFLICT
    COOLING_OFF = "cooling_off", Kind.CONFLICT
    COOLING_OFF_RULED_OVER = "cooling_off_ruled_over", Kind.CONFLICT
    ENROLMENT_AWAITED = "enrolment_awaited", Kind.CONFLICT
    ENROLMENT_OVERDUE = "enrolment_overdue", Kind.CONFLICT
    EVENTS_AWAITED = "events_awaited", Kind.CONFLICT
    HELD_PAST_A_BRAKE = "held_past_a_brake", Kind.CONFLICT
    LIFT_DUE = "lift_due", Kind.CONFLICT
    NOTICE_AWAITED = "notice_awaited", Kind.CONFLICT
    NO_COOLING_OFF = "no_cooling_off", Kind.CONFLICT
    OFFICER_DECIDES_COOLING_OFF = "officer_decides_cooling_off", Kind.CONFLICT
    OPENING = "opening", Kind.CONFLICT
    PAUSED_BY_OBJECTION = "paused_by_objection", Kind.CONFLICT
    PRESENCE_AWAITED = "presence_awaited", Kind.CONFLICT
    RESET_DUE = "reset_due", Kind.CONFLICT
    RESET_UNDER_WAY = "reset_under_way", Kind.CONFLICT
    STEP_UP_AWAITED = "step_up_awaited", Kind.CONFLICT
    STORE_BEHIND_WORKFLOW = "store_behind_workflow", Kind.CONFLICT
    SUSPENDED_UNTIL_RULING = "suspended_until_ruling", Kind.CONFLICT
    SUSPENSION_DUE = "suspension_due", Kind.CONFLICT
    VERIFICATION_AWAITED = "verification_awaited", Kind.CONFLICT
    VERIFICATION_UNCERTAIN = "verification_uncertain", Kind.CONFLICT
    WIPE_INCOMPLETE = "wipe_incomplete", Kind.CONFLICT
