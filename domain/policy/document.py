"""The tenant's policy with the runbook's defaults and the floors that no tenant can go below."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Any, Self

from pydantic import field_validator, model_validator

from domain.account import Fact, FactorKind
from domain.policy.keys import Key, Unfit, Weaker, declared, key
from domain.policy.patterns import is_bounded
from domain.texts import Text

WEAK_FLOOR_SECONDS = 600
PRIVILEGED_FLOOR_SECONDS = 3600
NEVER_ALONE = frozenset({FactorKind.BACKUP_CODES, FactorKind.TRUSTED_BROWSER, FactorKind.APP_PASSWORD})


class StepUpPolicy(Fact):
    """Admin step-up requirements (R26, R27). Times are in minutes."""

    required: bool = key(
        "R26",
        "every decision that moves a case needs a fresh proof; privileged subjects always do",
        Weaker.OFF,
        default=True,
    )
    max_age_minutes: int = key(
        "R27", "how fresh the proof is at the claim, in minutes", Weaker.MORE, default=5, within=(1, 5)
    )
    wrong_tries: int = key(
        "R27", "after so many, that person's step-up is locked", Weaker.MORE, default=5, within=(1, 5)
    )
    lock_minutes: int = key("R27", "and for so long, in minutes", Weaker.LESS, default=15, within=(5, 1440))


class VerificationPolicy(Fact):
    """How much verification, by whom, and how long it keeps (R14, R16, R19, R21, R22)."""

    standard_methods: int = key(
        "R19", "how many methods where no strong one is used", Weaker.LESS, default=2, within=(1, 3)
    )
    three_people: bool = key("R13", "the acting admin does not verify", Weaker.OFF, default=False)
    fresh_hours: int = key("R21", "how long complete verdicts keep", Weaker.MORE, default=24, within=(1, 24))
    waiting_hours: int = key(
        "R21", "how long a verdict waits for its companions", Weaker.MORE, default=72, within=(1, 72)
    )
    contact_age_days: int = key(
        "R16", "how long a number must have been known before it is dialled", Weaker.LESS, default=14, within=(14, 365)
    )
    privileged_contact_age_days: int = key(
        "R16", "the same for a privileged subject", Weaker.LESS, default=30, within=(30, 365)
    )
    young_days: int = key(
        "R21", "younger roles, factors and recoveries do not count", Weaker.LESS, default=7, within=(7, 90)
    )
    draw_approver: bool = key("R22", "the product draws who verifies", Weaker.OFF, default=True)
    remind_minutes: int = key(
        "R22", "after that the drawn approver is reminded", Weaker.NEVER, default=10, within=(1, 1440)
    )
    # Earlier means that approvers other than the drawn one may verify earlier.
    escalate_minutes: int = key("R22", "after that other approvers may help", Weaker.LESS, default=20, within=(2, 1440))
    enough_approvers: int = key(
        "R22", "fewer eligible people than that are warned of", Weaker.LESS, default=3, within=(2, 100)
    )
    hr_roles: frozenset[str] = key(
        "R14", "roles of the directory that vouch as HR", Weaker.WIDER, default=frozenset({"hr_admin"})
    )

    @model_validator(mode="after")
    def _reminds_before_it_escalates(self) -> Self:
        if self.remind_minutes >= self.escalate_minutes:
            raise Unfit(Text("remind_minutes must be less than escalate_minutes."))
        return self


class CoolingOffPolicy(Fact):
    """How long everybody who was told may object, in seconds, and who is told (R23, R25)."""

    weak_seconds: int = key(
        "R25",
        "how long everybody told may object, in seconds, without a strong method",
        Weaker.LESS,
        default=1800,
        within=(0, 86_400),
    )
    privileged_seconds: int = key(
        "R25", "the same for a privileged subject", Weaker.LESS, default=14_400, within=(0, 172_800)
    )
    quarantine_days: int = key(
        "R23", "how long a replaced contact point is still told", Weaker.LESS, default=30, within=(14, 365)
    )


class BrakePolicy(Fact):
    """How much is usual; past it, cases are held or get the privileged tier (R41)."""

    subject_days: int = key(
        "R41",
        "whoever was recovered in so many days gets the privileged tier",
        Weaker.LESS,
        default=30,
        within=(30, 365),
    )
    agent_openings_a_day: int = key(
        "R41", "cases that one agent opens a day; past a brake they are held", Weaker.MORE, default=20, within=(1, 100)
    )
    approver_verdicts_a_day: int = key("R41", "verdicts of one approver a day", Weaker.MORE, default=10, within=(1, 50))
    pair_a_day: int = key(
        "R41", "verdicts of one approver in cases of one agent a day", Weaker.MORE, default=5, within=(1, 20)
    )
    wipes_an_hour: int = key("R41", "resets of the whole tenant an hour", Weaker.MORE, default=30, within=(1, 200))

    @property
    def subject_window(self) -> timedelta:
        """For how long an earlier case about the subject counts towards their brake."""
        return timedelta(days=self.subject_days)


class WatchPolicy(Fact):
    """How long a recovered account is watched (R38)."""

    hours: int = key("R38", "how long a recovered account is watched", Weaker.LESS, default=72, within=(72, 720))


class PresencePolicy(Fact):
    """How long a confirmed browser counts, and how long it may be silent (R36)."""

    confirmed_minutes: int = key(
        "R36", "how long a confirmed browser counts, in minutes", Weaker.MORE, default=10, within=(1, 10)
    )
    silent_seconds: int = key(
        "R36", "how long it may be silent, in seconds", Weaker.MORE, default=120, within=(30, 300)
    )


class EnrolmentPolicy(Fact):
    """The window from claim to enrolment (R37) and what may be enrolled (R38)."""

    window_minutes: int = key(
        "R37",
        "from the claim to the new factor, in minutes; then the account is locked",
        Weaker.MORE,
        default=15,
        within=(1, 60),
    )
    allowed_kinds: frozenset[FactorKind] = key(
        "R38",
        "kinds of factor that may be enrolled",
        Weaker.WIDER,
        default=frozenset({FactorKind.TOTP, FactorKind.WEBAUTHN}),
    )

    @field_validator("allowed_kinds")
    @classmethod
    def _are_factors_of_their_own(cls, kinds: frozenset[FactorKind]) -> frozenset[FactorKind]:
        """A floor: something must be allowed, and what only accompanies a factor is not one."""
        if not kinds or kinds & NEVER_ALONE:
            raise Unfit(Text("allowed_kinds needs at least one kind, and none that only accompanies a factor."))
        return kinds


class Policy(Fact):
    """One tenant's policy; pinned when a case opens and read again at the claim (R34)."""

    version: int = 1
    case_hours: int = key(
        "R22", "how long a case may wait for people, in hours", Weaker.MORE, default=72, within=(1, 336)
    )
    ticket_pattern: str | None = key(
        "R7",
        "a regular expression that a ticket reference matches in full; leave it out to ask for none",
        Weaker.OTHER,
        default=None,
        longest=200,
    )
    ticket_example: str | None = key(
        "R7",
        "a reference that matches it, so that a pattern which never matches is found at once",
        Weaker.NEVER,
        default=None,
        longest=200,
    )
    raised_threat: bool = key("R41", "tightens every tier at once", Weaker.OFF, default=False)
    demonstration: bool = key(
        "R25",
        "a sample tenant, without the floors of the cooling-off; only a founding document may set it",
        Weaker.ON,
        default=False,
    )
    privileged_roles: frozenset[str] = key(
        "R6",
        "roles of the directory that make a subject privileged",
        Weaker.FEWER,
        default=frozenset({"admin", "mail_admin", "hr_admin", "ticket_admin", "telephony_admin"}),
    )
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
            raise Unfit(Text("ticket_pattern is not a regular expression.")) from None
        if not is_bounded(pattern or ""):
            raise Unfit(Text("ticket_pattern is too involved: fewer repeats, and none of what itself varies."))
        return pattern

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        """Combinations that no case could ever meet, and the floors of R25 (a demonstration says that it is one)."""
        if self.ticket_example is not None and not re.fullmatch(self.ticket_pattern or "", self.ticket_example):
            raise Unfit(Text("ticket_example does not match ticket_pattern."))
        longest = max(self.cooling_off.weak_seconds, self.cooling_off.privileged_seconds)
        if longest >= self.case_hours * 3600:
            raise Unfit(Text("cooling_off is not over before case_hours have passed."))
        if self.verification.escalate_minutes >= self.case_hours * 60:
            raise Unfit(Text("escalate_minutes is not over before case_hours have passed."))
        low = (
            self.cooling_off.weak_seconds < WEAK_FLOOR_SECONDS
            or self.cooling_off.privileged_seconds < PRIVILEGED_FLOOR_SECONDS
        )
        if low and not self.demonstration:
            raise Unfit(Text("cooling_off is below its floor of 600 (weak) or 3600 (privileged) seconds."))
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


KEYS: dict[str, Key] = declared(Policy)
"""Every key of a policy by its dotted name, in the order of the document; `version` is none."""

STEP_UP_REQUIRED = "step_up.required"
"""The one key whose weakening has an event of its own (R26)."""
