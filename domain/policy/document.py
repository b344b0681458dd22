"""The tenant's policy with the runbook's defaults and the floors that no tenant can go below."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta

from pydantic import Field, field_validator

from domain.account import Fact, FactorKind

NEVER_ALONE = frozenset({FactorKind.BACKUP_CODES, FactorKind.TRUSTED_BROWSER, FactorKind.APP_PASSWORD})


class StepUpPolicy(Fact):
    """Admin step-up requirements (R26, R27). Times are in minutes."""

    required: bool = True
    max_age_minutes: int = Field(default=5, ge=1, le=5)
    wrong_tries: int = Field(default=5, ge=1, le=5)
    lock_minutes: int = Field(default=15, ge=5, le=1440)


class VerificationPolicy(Fact):
    """How much verification, and how long it keeps (R16, R19, R21)."""

    standard_methods: int = Field(default=2, ge=1, le=3)
    three_people: bool = False
    fresh_hours: int = Field(default=24, ge=1, le=24)
    waiting_hours: int = Field(default=72, ge=1, le=72)
    contact_age_days: int = Field(default=14, ge=14, le=365)
    privileged_contact_age_days: int = Field(default=30, ge=30, le=365)


class PresencePolicy(Fact):
    """How long a confirmed browser counts, and how long it may be silent (R36)."""

    confirmed_minutes: int = Field(default=10, ge=1, le=10)
    silent_seconds: int = Field(default=120, ge=30, le=300)


class EnrolmentPolicy(Fact):
    """The window from claim to enrolment (R37) and what may be enrolled (R38)."""

    window_minutes: int = Field(default=15, ge=1, le=60)
    allowed_kinds: frozenset[FactorKind] = frozenset({FactorKind.TOTP, FactorKind.WEBAUTHN})

    @field_validator("allowed_kinds")
    @classmethod
    def _are_factors_of_their_own(cls, kinds: frozenset[FactorKind]) -> frozenset[FactorKind]:
        """A floor: something must be allowed, and what only accompanies a factor is not one."""
        if not kinds or kinds & NEVER_ALONE:
            raise ValueError("allowed_kinds needs at least one kind, and none that only accompanies a factor")
        return kinds


class Policy(Fact):
    """One tenant's policy; pinned when a case opens and read again at the claim (R34)."""

    version: int = 1
    case_hours: int = Field(default=72, ge=1, le=336)
    ticket_pattern: str | None = Field(default=None, max_length=200)
    privileged_roles: frozenset[str] = frozenset({"admin", "mail_admin", "hr_admin", "ticket_admin", "telephony_admin"})
    step_up: StepUpPolicy = StepUpPolicy()
    verification: VerificationPolicy = VerificationPolicy()
    presence: PresencePolicy = PresencePolicy()
    enrolment: EnrolmentPolicy = EnrolmentPolicy()

    @field_validator("ticket_pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str | None) -> str | None:
        """A pattern that cannot be read would stop every case at intake."""
        try:
            re.compile(pattern or "")
        except re.error:
            raise ValueError("ticket_pattern is not a regular expression") from None
        return pattern

    def digest(self) -> str:
        """SHA-256, in hex, of the policy's canonical text."""
        return hashlib.sha256(json.dumps(self.record(), sort_keys=True).encode()).hexdigest()

    def record(self) -> dict[str, object]:
        """Plain JSON with sets sorted, for storing."""
        content = self.model_dump(mode="json")
        content["privileged_roles"] = sorted(self.privileged_roles)
        content["enrolment"]["allowed_kinds"] = sorted(self.enrolment.allowed_kinds)
        return content

    @property
    def case_lifetime(self) -> timedelta:
        """How long a case may wait for people before it expires."""
        return timedelta(hours=self.case_hours)

    @property
    def enrolment_window(self) -> timedelta:
        """From the claim to the new factor (R37)."""
        return timedelta(minutes=self.enrolment.window_minutes)
