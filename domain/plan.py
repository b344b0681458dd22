"""The plan: the exact operations, on exact factor ids, that a case will carry out (R20, R29 to R31)."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.account import AccountStatus, Enforcement, Fact, FactorKind

if TYPE_CHECKING:
    from domain.account import Account


class OperationKind(StrEnum):
    """What can be done to an account; the first three are R29's, the others help them."""

    WIPE_FACTORS = "wipe_factors"
    REVOKE_SESSIONS = "revoke_sessions"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of an operation
    DISABLE = "disable"
    ENABLE = "enable"
    REQUIRE_ENROLMENT = "require_enrolment"


class Stage(StrEnum):
    """When an operation is due: containment of a hostile case, the reset, after the enrolment, or an objection."""

    CONTAIN = "contain"
    RESET = "reset"
    COMPLETE = "complete"
    SUSPEND = "suspend"


class Justification(StrEnum):
    """Why an operation is in the plan; every optional one needs its own (R29)."""

    FACTOR_LOST = "factor_lost"
    PASSWORD_POSSIBLY_COMPROMISED = "password_possibly_compromised"  # noqa: S105 - a reason's name
    PASSWORD_SIGNALS = "password_signals"  # noqa: S105 - a reason's name
    REQUESTED = "requested"
    DEVICE_IN_OTHER_HANDS = "device_in_other_hands"
    ENROLMENT_NOT_ENFORCED = "enrolment_not_enforced"
    OBJECTION = "objection"


class Operation(Fact):
    """One step; `target` is a factor's id for a wipe and empty otherwise."""

    stage: Stage
    kind: OperationKind
    target: str = ""
    factor_kind: FactorKind | None = None
    justification: Justification

    @property
    def key(self) -> str:
        """The operation's name within its case: with the case id it makes each effect once (R33).

        R33: Each effect happens once, whatever crashes or is retried.
        """
        return f"{self.stage}:{self.kind}" + (f":{self.target}" if self.target else "")


class Plan(Fact):
    """What will be done, and what it was made from."""

    subject_id: str
    operations: tuple[Operation, ...]
    contacts: tuple[str, ...]
    choose_password: bool
    manager_id: str | None = None

    def digest(self) -> str:
        """SHA-256, in hex, over everything a verdict or a step-up vouches for.

        R20: A verdict is bound to the digest of the plan; where the account has changed the plan is made anew, earlier
        verdicts are void, and that is a risk signal.
        """
        # Defaults are left out: a field that a later release adds voids no verdict given before (adr/0008).
        content = self.model_dump(mode="json", exclude_defaults=True)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(b"mfa-recovery plan v1\n" + text.encode()).hexdigest()

    def stage(self, stage: Stage) -> tuple[Operation, ...]:
        """The operations of one stage, in order."""
        return tuple(one for one in self.operations if one.stage is stage)

    def has(self, kind: OperationKind) -> bool:
        """Whether any stage holds this operation."""
        return any(one.kind is kind for one in self.operations)

    @property
    def factor_ids(self) -> frozenset[str]:
        """The ids that the wipe will remove; nothing else (R31)."""
        return frozenset(one.target for one in self.operations if one.kind is OperationKind.WIPE_FACTORS)


class Scope(Fact):
    """What is asked for beyond the wipe, and why (R9, R29, R30)."""

    hostile: bool
    sessions: Justification | None
    password: Justification | None


def make_plan(account: Account, scope: Scope) -> Plan:
    """The plan for this account as it is now.

    Order matters: what lets no browser in comes first, the one browser that may enrol is let on last. An
    account whose provider would let it skip enrolment stays disabled until it does not (R35).

    R32: A plain wipe leaves the password, and the need for it, untouched.
    """
    why = Justification.DEVICE_IN_OTHER_HANDS if scope.hostile else Justification.FACTOR_LOST
    unenforced = account.enforcement is not Enforcement.REQUIRED
    disable = scope.hostile or unenforced
    operations: list[Operation] = []

    def add(stage: Stage, kind: OperationKind, justification: Justification) -> None:
        operations.append(Operation(stage=stage, kind=kind, justification=justification))

    if scope.hostile:
        add(Stage.CONTAIN, OperationKind.DISABLE, why)
        add(Stage.CONTAIN, OperationKind.REVOKE_SESSIONS, why)
    elif unenforced:
        add(Stage.RESET, OperationKind.DISABLE, Justification.ENROLMENT_NOT_ENFORCED)
    operations.extend(
        Operation(
            stage=Stage.RESET,
            kind=OperationKind.WIPE_FACTORS,
            target=factor.id,
            factor_kind=factor.kind,
            justification=why,
        )
        for factor in sorted(account.factors, key=lambda one: one.id)
    )
    if scope.password:
        add(Stage.RESET, OperationKind.RESET_PASSWORD, scope.password)
    if scope.sessions:
        # After the wipe: a session opened between an earlier revocation and the wipe would survive it.
        add(Stage.RESET, OperationKind.REVOKE_SESSIONS, scope.sessions)
    add(Stage.RESET, OperationKind.REQUIRE_ENROLMENT, why)
    # An account that was disabled before the case stays so: a reset enables no account (B17).
    # One that a recovery itself has locked or disabled is opened by the enrolment (R30, R37).
    if account.held_by_recovery or (disable and account.status is AccountStatus.ACTIVE):
        add(Stage.COMPLETE, OperationKind.ENABLE, why if scope.hostile else Justification.ENROLMENT_NOT_ENFORCED)
    return Plan(
        subject_id=account.id,
        operations=tuple(operations),
        contacts=tuple(sorted(f"{one.id}:{_fingerprint(one.value)}" for one in account.contacts)),
        choose_password=scope.password is not None,
        # The manager vouches (R14): another one is another ground to stand on.
        manager_id=account.manager_id,
    )


def _fingerprint(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]
