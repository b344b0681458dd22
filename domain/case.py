"""A case: what was stated and known when it opened, and what has become of it since."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from domain.account import Account, Fact
from domain.messages import Outcome, Phase
from domain.people import Actor, Tier
from domain.plan import Plan
from domain.policy.document import Policy


class Reason(StrEnum):
    """Why the subject cannot complete MFA (R1); the last two are refused (R3, R4)."""

    LOST_PHONE = "lost_phone"
    LOST_SECURITY_KEY = "lost_security_key"
    WIPED_DEVICE = "wiped_device"
    BROKEN_FACTOR = "broken_factor"
    DEVICE_IN_OTHER_HANDS = "device_in_other_hands"
    CHANGE_AUTHENTICATOR_APP = "change_authenticator_app"
    MFA_POLICY_CHANGED = "mfa_policy_changed"


class Compromised(StrEnum):
    """The answer to "is the password possibly compromised?" (R9)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Intake(Fact):
    """What the agent stated. `cannot_complete_mfa` must be said, not assumed (R1)."""

    reason: Reason
    cannot_complete_mfa: bool
    password_compromised: Compromised
    ticket: str | None = None
    statement: str = ""
    revoke_sessions_because: str = ""
    reset_password_because: str = ""


class RiskCode(StrEnum):
    """What stood out when a case opened, or when its plan was made anew (R8, R20)."""

    CONTACT_CHANGED_LATELY = "contact_changed_lately"
    MANAGER_CHANGED_LATELY = "manager_changed_lately"
    LOOKALIKE_ACCOUNT = "lookalike_account"
    AGENT_IS_LOOKALIKE = "agent_is_lookalike"
    FAILED_VERIFICATION_BEFORE = "failed_verification_before"
    REPEATED_CASES = "repeated_cases"
    RECOVERED_LATELY = "recovered_lately"
    FACTOR_ENROLLED_LATELY = "factor_enrolled_lately"
    PASSWORD_SIGNALS = "password_signals"  # noqa: S105 - a signal's name
    PRIVILEGE_UNREADABLE = "privilege_unreadable"
    FEW_ELIGIBLE_APPROVERS = "few_eligible_approvers"
    PLAN_CHANGED = "plan_changed"
    REOPENS_EXPIRED = "reopens_expired"


class Risk(Fact):
    """One risk signal: what it is, and ids, counts or instants that tell more; never a value of a contact point."""

    code: RiskCode
    facts: dict[str, str | int] = Field(default_factory=dict)


class Case(Fact):
    """One case as the store holds it. All times are UTC; `version` counts the moves that activities made."""

    id: UUID
    tenant_id: UUID
    subject_id: str
    subject_person_id: str
    agent: Actor
    acting_admin: Actor
    intake: Intake
    tier: Tier
    policy: Policy
    snapshot: Account
    plan: Plan
    plan_version: int
    phase: Phase
    code: str
    outcome: Outcome | None
    version: int
    act_seq: int
    applied_seq: int
    opened_at: datetime
    expires_at: datetime
    contained_at: datetime | None
    claimed_at: datetime | None
    enrol_by: datetime | None
    presence_id: str | None
    wiped_at: datetime | None
    attempt: int
    closed_at: datetime | None
    spent_seq: int = 0
    ending: Outcome | None = None
    genuine: bool = True
    risks: tuple[Risk, ...] = ()

    @property
    def hostile(self) -> bool:
        """Whether the device is in other hands (R30)."""
        return self.intake.reason is Reason.DEVICE_IN_OTHER_HANDS
