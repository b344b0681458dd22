"""Re-enrolment: when the subject counts as recovered, and when the window has closed (R35 to R38)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.account import FactorKind
from domain.acts import ObservationBody
from domain.audit import EventType
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.account import Account
    from domain.acts import Act
    from domain.case import Case

_STRENGTH = {
    FactorKind.WEBAUTHN: 4,
    FactorKind.TOTP: 3,
    FactorKind.PUSH: 2,
    FactorKind.SMS: 1,
    FactorKind.EMAIL_CODE: 1,
}
LAST_EVENT = EventType.MFA_BACKUP_CODES_REGENERATED
LONGEST_WAIT_FOR_EVENTS = timedelta(seconds=30)


def enrolment_complete(case: Case, account: Account) -> Decision:
    """Whether the bound browser has enrolled an allowed factor, holds new codes and chose a password if it must.

    In a hostile case nothing less counts: all three of wipe, sessions and password must be confirmed (R30).

    R30: With the device in other hands wipe, sessions and password are all in the plan, and the case is complete only
    when all three are confirmed.
    """
    return first_refusal(
        _factor_enrolled(case, account),
        _codes_issued(account),
        _password_chosen(case, account),
    )


def window_closed(case: Case, now: datetime) -> bool:
    """Whether the time from the claim to the new factor is over (R37).

    R37: From the claim to the new factor there is a window; when it closes the account is locked.
    """
    return case.enrol_by is not None and now >= case.enrol_by


def events_awaited(account: Account, acts: Sequence[Act], now: datetime) -> bool:
    """Whether the provider's events of a complete enrolment are still on their way to the audit (R43).

    State decides, not events; so this waits for half a minute at most.
    """
    issued = account.enrolment.codes_issued_at if account.enrolment else None
    if issued is None or now - issued > LONGEST_WAIT_FOR_EVENTS:
        return False
    observed = {act.body.event for act in acts if isinstance(act.body, ObservationBody)}
    return LAST_EVENT not in observed


@dataclass(frozen=True)
class Weaker:
    """The strongest kind of factor before the reset, and the weaker one enrolled since (R38)."""

    before: str
    now: str


def weaker_than_before(case: Case, account: Account) -> Weaker | None:
    """Whether the new factor is of a weaker kind than the best of those that were wiped (R38).

    R38: A new factor is of an allowed kind and compared with the old ones; a recovered account is watched for a while.
    """
    enrolment = account.enrolment
    before = [one.kind for one in case.snapshot.factors if one.id in case.plan.factor_ids and one.kind in _STRENGTH]
    if enrolment is None or enrolment.factor_kind is None or not before:
        return None
    best = max(before, key=lambda kind: _STRENGTH[kind])
    if _STRENGTH.get(enrolment.factor_kind, 0) >= _STRENGTH[best]:
        return None
    return Weaker(best.value, enrolment.factor_kind.value)


def _factor_enrolled(case: Case, account: Account) -> Decision:
    """R35: After a wipe the password alone reaches nothing: only the bound browser sets up a new factor."""
    enrolment = account.enrolment
    if enrolment is None or enrolment.presence_id != case.presence_id or enrolment.factor_id is None:
        return refuse("R35", Code.FACTOR_AWAITED, "The bound browser has not set up a factor yet.")
    present = {factor.id: factor.kind for factor in account.factors if factor.id not in case.plan.factor_ids}
    if enrolment.factor_id not in present:
        return refuse("R35", Code.FACTOR_AWAITED, "The new factor is not there.")
    # What the factor is counts, not only what the enrolment says of it.
    if not {enrolment.factor_kind, present[enrolment.factor_id]} <= case.policy.enrolment.allowed_kinds:
        return refuse("R38", Code.FACTOR_NOT_ALLOWED, "The new factor is of a kind that policy does not allow.")
    return ALLOWED


def _codes_issued(account: Account) -> Decision:
    if account.enrolment is None or not account.enrolment.codes_issued:
        return refuse("R12", Code.CODES_AWAITED, "The new backup codes have not been issued yet.")
    return ALLOWED


def _password_chosen(case: Case, account: Account) -> Decision:
    if case.plan.choose_password and (account.enrolment is None or not account.enrolment.password_chosen):
        return refuse("R29", Code.PASSWORD_AWAITED, "The subject has not chosen a new password yet.")
    return ALLOWED
