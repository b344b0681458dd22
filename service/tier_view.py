"""Why a case is as strict as it is, in words (R6, R41)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from domain.case import RiskCode
from domain.people import Tier
from domain.policy.brakes import MOST_OPENINGS
from domain.texts import Text
from service.view import View

if TYPE_CHECKING:
    from domain.case_file import CaseFile

_HISTORY = {
    RiskCode.RECOVERED_LATELY: Text("This person was recovered within the last weeks already (R41)."),
    RiskCode.FAILED_VERIFICATION_BEFORE: Text(
        "A verification of this person failed, or was objected to, lately (R41)."
    ),
}


class TierReason(StrEnum):
    """What raised the tier, or the threat level that comes on top of it."""

    HOLDS_A_ROLE = "holds_a_role"
    ADMINISTERS_ELSEWHERE = "administers_elsewhere"
    PRIVILEGE_UNREADABLE = "privilege_unreadable"
    RECOVERED_LATELY = "recovered_lately"
    FAILED_VERIFICATION_BEFORE = "failed_verification_before"
    REPEATED_CASES = "repeated_cases"
    WHEN_IT_OPENED = "when_it_opened"
    RAISED_THREAT = "raised_threat"


class TierReasonView(View):
    """One reason, in words."""

    code: TierReason
    sentence: Text


def tier_reasons(file: CaseFile) -> list[TierReasonView]:
    """Why the case has the privileged tier, or is as strict; what is known now and what stood out when it opened."""
    found: dict[TierReason, Text] = {}
    case = file.case
    if case.tier is Tier.PRIVILEGED:
        found |= _roles(file)
        risks = {one.code: one for one in case.risks}
        found |= {TierReason(code.value): sentence for code, sentence in _HISTORY.items() if code in risks}
        repeated = risks.get(RiskCode.REPEATED_CASES)
        if repeated is not None and int(repeated.facts.get("cases", 0)) > MOST_OPENINGS:
            found[TierReason.REPEATED_CASES] = Text(
                "There were more cases about this person lately than is usual (R41)."
            )
        if not found:
            found[TierReason.WHEN_IT_OPENED] = Text("This person held a role when the case opened (R6).")
    if case.policy.raised_threat:
        found[TierReason.RAISED_THREAT] = Text("The tenant has raised its threat level: every case is stricter (R41).")
    return [TierReasonView(code=code, sentence=sentence) for code, sentence in found.items()]


def _roles(file: CaseFile) -> dict[TierReason, Text]:
    case = file.case
    known = case.snapshot.roles
    found: dict[TierReason, Text] = {}
    if known is None:
        found[TierReason.PRIVILEGE_UNREADABLE] = Text("Whether this person administers anything cannot be read (R6).")
    elif set(known) & case.policy.privileged_roles:
        found[TierReason.ADMINISTERS_ELSEWHERE] = Text("This person administers the directory, mail or the like (R6).")
    member = file.members.get(case.subject_person_id)
    if member is not None and member.roles:
        found[TierReason.HOLDS_A_ROLE] = Text("This person holds a role in recovery cases (R6).")
    return found
