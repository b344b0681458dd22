"""Cooling-off: time to object, counted from a notice that reached the subject over a clean channel (R25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.account import ContactKind
from domain.acts import Delivery, NoticeBody, Ruling, RulingBody, Waiver
from domain.people import Tier
from domain.policy.age import is_old_enough
from domain.policy.evidence import (
    contact_of,
    manager_is_trustworthy,
    phone_is_gone,
    uses_a_strong_method,
    voucher,
)
from domain.policy.verification import counting
from domain.policy.waivers import waived
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.case_file import CaseFile

MANAGER = "manager"
"""The contact id of the manager's notices."""


@dataclass(frozen=True)
class CoolingOff:
    """How long it is, and until when, in UTC: None while no notice has reached a clean channel."""

    seconds: int
    until: datetime | None
    code: str

    def over(self, now: datetime) -> bool:
        """Whether nothing has to be waited for any more."""
        return self.until is not None and now >= self.until


def wanted_seconds(file: CaseFile) -> int:
    """How long this case cools off, with the verdicts it has (R25); a raised threat doubles it and spares nobody."""
    case, limits = file.case, file.case.policy.cooling_off
    if waived(file.acts) is Waiver.COOLING_OFF:
        return 0
    strong = any(uses_a_strong_method(act) for act in counting(file))
    seconds = limits.privileged_seconds if case.tier is Tier.PRIVILEGED else limits.weak_seconds
    if case.policy.raised_threat:
        return seconds * 2 if case.tier is Tier.PRIVILEGED else seconds
    return 0 if strong and case.tier is Tier.STANDARD else seconds


def cooling_off(file: CaseFile) -> CoolingOff:
    """The case's cooling-off as its notices and its officer's ruling stand.

    R25: A reset waits from the first notice that reached a clean channel: half an hour without a strong method, four
    hours for a privileged subject.
    """
    case, acts, seconds = file.case, file.acts, wanted_seconds(file)
    if seconds == 0:
        return CoolingOff(0, case.opened_at, Code.NO_COOLING_OFF)
    ruled = [act.at for act in acts if isinstance(act.body, RulingBody) and act.body.ruling is Ruling.COOLING_OFF_OVER]
    if ruled:
        return CoolingOff(seconds, ruled[0], Code.COOLING_OFF_RULED_OVER)
    proof = _used_as_proof(counting(file))
    accepted = [act.at for act in acts if _reached(case, act, proof)]
    if accepted:
        return CoolingOff(seconds, min(accepted) + timedelta(seconds=seconds), Code.COOLING_OFF)
    if clean_channels(case, proof) <= _tried_in_vain(acts):
        # None is there, or all that are were tried and none answered (R25).
        return CoolingOff(seconds, None, Code.OFFICER_DECIDES_COOLING_OFF)
    return CoolingOff(seconds, None, Code.NOTICE_AWAITED)


def clean_channels(case: Case, used_as_proof: frozenset[str] = frozenset()) -> frozenset[str]:
    """The contact ids over which a notice counts: neither lost, nor young, nor used as proof (R25)."""
    own = {
        one.id
        for one in case.snapshot.contacts
        if is_old_enough(case, one.known_since) and not (one.kind is ContactKind.MOBILE and phone_is_gone(case))
    }
    manager = {MANAGER} if case.snapshot.manager_id and manager_is_trustworthy(case).allowed else set()
    return frozenset((own | manager) - used_as_proof)


def _reached(case: Case, act: Act, proof: frozenset[str]) -> bool:
    body = act.body
    return (
        isinstance(body, NoticeBody)
        and body.delivery is Delivery.ACCEPTED
        and body.contact_id in clean_channels(case, proof)
    )


def _tried_in_vain(acts: Sequence[Act]) -> set[str]:
    notices = [act.body for act in acts if isinstance(act.body, NoticeBody)]
    return {one.contact_id for one in notices if one.delivery is not Delivery.ACCEPTED}


def _used_as_proof(verdicts: Sequence[Act]) -> frozenset[str]:
    contacts = {contact for act in verdicts if (contact := contact_of(act))}
    return frozenset(contacts | ({MANAGER} if any(voucher(act.body) for act in verdicts) else set()))
