"""The tenant's policy with the runbook's defaults and the floors that no tenant can go below."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from domain.account import Fact, FactorKind
from domain.policy.patterns import is_bounded

WEAK_FLOOR_SECONDS = 600
PRIVILEGED_FLOOR_SECONDS = 3600
NEVER_ALONE = frozenset({FactorKind.BACKUP_CODES, FactorKind.TRUSTED_BROWSER, FactorKind.APP_PASSWORD})


class StepUpPolicy(Fact):
    """Admin step-up requirements (R26, R27). Times are in minutes."""

    required: bool = True
    max_age_minutes: int = Field(default=5, ge=1, le=5)
    wrong_tries: int = Field(default=5, ge=1, le=5)
    lock_minutes: int = Field(default=15, ge=5, le=1440)


class VerificationPolicy(Fact):
    """How much verification, by whom, and how long it keeps (R14, R16, R19, R21, R22)."""

    standard_methods: int = Field(default=2, ge=1, le=3)
    three_people: bool = False
    fresh_hours: int = Field(default=24, ge=1, le=24)
    waiting_hours: int = Field(default=72, ge=1, le=72)
    contact_age_days: int = Field(default=14, ge=14, le=365)
    privileged_contact_age_days: int = Field(default=30, ge=30, le=365)
    young_days: int = Field(default=7, ge=7, le=90)
    draw_approver: bool = True
    remind_minutes: int = Field(default=10, ge=1, le=1440)
    escalate_minutes: int = Field(default=20, ge=2, le=1440)
    enough_approvers: int = Field(default=3, ge=2, le=100)
    hr_roles: frozenset[str] = frozenset({"hr_admin"})

    @model_validator(mode="after")
    def _reminds_before_it_escalates(self) -> Self:
        if self.remind_minutes >= self.escalate_minutes:
            raise ValueError("remind_minutes must be less than escalate_minutes")
        return self


class CoolingOffPolicy(Fact):
    """How long everybody who was told may object, in seconds, and who is told (R23, R25)."""

    weak_seconds: int = Field(default=1800, ge=0, le=86_400)
    privileged_seconds: int = Field(default=14_400, ge=0, le=172_800)
    quarantine_days: int = Field(default=30, ge=14, le=365)


class BrakePolicy(Fact):
    """How much is usual; past it, cases are held or get the privileged tier (R41)."""

    subject_days: int = Field(default=30, ge=30, le=365)
    agent_openings_a_day: int = Field(default=20, ge=1, le=100)
    approver_verdicts_a_day: int = Field(default=10, ge=1, le=50)
    pair_a_day: int = Field(default=5, ge=1, le=20)
    wipes_an_hour: int = Field(default=30, ge=1, le=200)


class WatchPolicy(Fact):
    """How long a recovered account is watched (R38)."""

    hours: int = Field(default=72, ge=72, le=720)


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
    ticket_example: str | None = Field(default=None, max_length=200)
    raised_threat: bool = False
    demonstration: bool = False
    privileged_roles: frozenset[str] = frozenset({"admin", "mail_admin", "hr_admin", "ticket_admin", "telephony_admin"})
    step_up: StepUpPolicy = StepUpPolicy()
    verification: VerificationPolicy = VerificationPolicy()
    presence: PresencePolicy = PresencePolicy()
    enrolment: EnrolmentPolicy = EnrolmentPolicy()
    cooling_off: CoolingOffPolicy = CoolingOffPolicy()
    brakes: BrakePolicy = BrakePolicy()
    watch: WatchPolicy = WatchPolicy()

    @field_validator("ticket_pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str | None) -> str | None:
        """A pattern that cannot be read would stop every case at intake."""
        try:
            re.compile(pattern or "")
        except (re.error, OverflowError, RecursionError):
            raise ValueError("ticket_pattern is not a regular expression") from None
        if not is_bounded(pattern or ""):
            raise ValueError("ticket_pattern is too involved: fewer repeats, and none of what itself varies")
        return pattern

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        """Combinations that no case could ever meet, and the floors of R25 (a demonstration says that it is one)."""
        if self.ticket_example is not None and not re.fullmatch(self.ticket_pattern or "", self.ticket_example):
            raise ValueError("ticket_example does not match ticket_pattern")
        longest = max(self.cooling_off.weak_seconds, self.cooling_off.privileged_seconds)
        if longest >= self.case_hours * 3600:
            raise ValueError("cooling_off is not over before case_hours have passed")
        if self.verification.escalate_minutes >= self.case_hours * 60:
            raise ValueError("escalate_minutes is not over before case_hours have passed")
        low = (
            self.cooling_off.weak_seconds < WEAK_FLOOR_SECONDS
            or self.cooling_off.privileged_seconds < PRIVILEGED_FLOOR_SECONDS
        )
        if low and not self.demonstration:
            raise ValueError("cooling_off is below its floor of 600 (weak) or 3600 (privileged) seconds")
        return self

    def digest(self) -> str:
        """SHA-256, in hex, of the policy's canonical text."""
        return hashlib.sha256(json.dumps(self.record(), sort_keys=True).encode()).hexdigest()

    def record(self, *, defaults: bool = True) -> dict[str, object]:
        """Plain JSON with sets sorted, for storing; without `defaults`, only what differs from them (adr/0008)."""
        content: dict[str, object] = _sorted_sets(self.model_dump(exclude_defaults=not defaults))
        return content

    @property
    def case_lifetime(self) -> timedelta:
        """How long a case may wait for people before it expires."""
        return timedelta(hours=self.case_hours)

    @property
    def enrolment_window(self) -> timedelta:
        """From the claim to the new factor (R37)."""
        return timedelta(minutes=self.enrolment.window_minutes)


def _sorted_sets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted_sets(one) for name, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    return value
