"""Opening a case in the order of the call, one question at a time; nothing is stored before the last one.

The answers that are codes travel in the address, so that the way back and a reload work everywhere; what the agent
types travels in the last form only, and stands in no address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from pydantic import ValidationError

from domain.case import Compromised, Intake, Reason
from domain.errors import RecoveryError, Refused
from domain.ids import case_reference
from domain.policy.codes import HOW_TO_USE_A_CODE
from domain.refusal_codes import Code
from service.opening import open_case
from service.person_view import account_of
from service.preview import Preview, preview
from starter.console.pages.people import may_look, person_path
from starter.console.refusals import TOO_MANY, Refusal, field_refusal, refusal
from starter.console.routes import posted, shown
from starter.wishes.cases import OpenCase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from domain.account import Account
    from starter.console.visit import Visit

_Choice = TypeVar("_Choice", bound=StrEnum)
_TYPED = ("ticket", "statement", "revoke_sessions_because", "reset_password_because")
_CAUSES: Mapping[str, str] = {
    Code.REASON_CONTRADICTS_ACCOUNT: "reason",
    Code.PASSWORD_SIGNALS_CONTRADICT: "password",
}
"""Which answer a refusal comes from."""
_ASKED_LAST = frozenset({Code.TICKET_MALFORMED, Code.TICKET_ALREADY_USED})
_ENDS = frozenset({Code.MFA_STILL_WORKS, Code.CHANGE_APP_FROM_PROFILE, Code.POLICY_CHANGE_NEEDS_CAMPAIGN, "codes"})
"""Where the call needs no case; each has words of its own."""


class Mfa(StrEnum):
    """Whether the caller can still complete MFA with anything."""

    NO = "no"
    YES = "yes"


class Codes(StrEnum):
    """What the caller says of the backup codes that are left."""

    UNUSABLE = "unusable"
    AT_HAND = "at_hand"


@dataclass(frozen=True)
class Answers:
    """What was answered so far; None is not asked yet."""

    mfa: Mfa | None = None
    reason: Reason | None = None
    codes: Codes | None = None
    password: Compromised | None = None

    def intake(self, typed: Mapping[str, str]) -> Intake:
        """For the rules, with the mildest answer to whatever was not asked yet. Raises pydantic's `ValidationError`."""
        body = {
            **{name: typed.get(name, "") for name in _TYPED},
            "subject": "-",
            "reason": self.reason or Reason.LOST_PHONE,
            "cannot_complete_mfa": self.mfa is not Mfa.YES,
            "password_compromised": self.password or Compromised.UNKNOWN,
            "ticket": typed.get("ticket", "").strip() or None,
        }
        return OpenCase.model_validate(body).intake()

    def given(self) -> dict[str, str]:
        """As they travel."""
        named = {"mfa": self.mfa, "reason": self.reason, "codes": self.codes, "password": self.password}
        return {name: one.value for name, one in named.items() if one is not None}

    def before(self, step: str) -> dict[str, str]:
        """Those from before this question."""
        order = ["mfa", "reason", "codes", "password", "last"]
        return {name: value for name, value in self.given().items() if order.index(name) < order.index(step)}


async def ask(visit: Visit) -> Response:
    """The next question, or why the call needs no case."""
    if not may_look(visit):
        return visit.page("refused.html", refusal=TOO_MANY)
    account = await account_of(visit.doors, visit.session, visit.path("account"))
    answers = _answers(visit.request.query_params)
    found = await preview(visit.doors, visit.session, account, answers.intake({}))
    decision = found.decision
    if decision.facts.get("case_id"):
        return visit.go_to_case(case_reference(UUID(str(decision.facts["case_id"]))))
    if answers.codes is Codes.AT_HAND:
        return _end(visit, account, answers, "codes")
    if not decision.allowed and decision.code not in _ASKED_LAST:
        return _refused(visit, account, answers, found)
    return _question(visit, account, answers, found)


async def finish(visit: Visit) -> Response:
    """Open the case with everything that was answered, or show the plan anew."""
    fields = await visit.form()
    account = await account_of(visit.doors, visit.session, visit.path("account"))
    answers = _answers(fields)
    typed = {name: fields.get(name, "") for name in _TYPED}
    wants = fields.get("wants", "")
    if _step(answers, account) != "last":
        return visit.go_to(f"{person_path(account.id)}/reset?{urlencode(answers.given())}")
    try:
        intake = answers.intake(typed)
    except ValidationError as error:
        found = await preview(visit.doors, visit.session, account, answers.intake({}))
        return _last(visit, account, answers, found, typed=typed, refused=field_refusal(error))
    if wants != "open":
        found = await preview(visit.doors, visit.session, account, intake)
        return _last(visit, account, answers, found, typed=typed)
    try:
        case_id = await open_case(
            visit.doors, visit.session, subject=account.login, intake=intake, key=visit.key(fields), shown=account.id
        )
    except RecoveryError as error:
        if isinstance(error, Refused) and error.code == Code.CASE_ALREADY_OPEN:
            return visit.go_to_case(case_reference(UUID(str(error.facts["case_id"]))))
        found = await preview(visit.doors, visit.session, account, intake)
        return _last(visit, account, answers, found, typed=typed, refused=_in_place(error))
    return visit.go_to_case(case_reference(case_id))


def _answers(given: Mapping[str, str]) -> Answers:
    return Answers(
        mfa=_choice(Mfa, given.get("mfa")),
        reason=_choice(Reason, given.get("reason")),
        codes=_choice(Codes, given.get("codes")),
        password=_choice(Compromised, given.get("password")),
    )


def _choice(kind: type[_Choice], value: str | None) -> _Choice | None:
    return kind(value) if value in {one.value for one in kind} else None


def _step(answers: Answers, account: Account) -> str:
    if answers.mfa is None:
        return "mfa"
    if answers.reason is None:
        return "reason"
    stolen = answers.reason is Reason.DEVICE_IN_OTHER_HANDS
    if account.backup_codes_left and not stolen and answers.codes is None:
        return "codes"
    # With the device in other hands no answer changes the plan: all of it goes (R30).
    return "password" if answers.password is None else "last"


def _question(visit: Visit, account: Account, answers: Answers, found: Preview) -> Response:
    step = _step(answers, account)
    if step == "last":
        return _last(visit, account, answers, found)
    return visit.page(
        f"intake_{step}.html",
        account=account,
        step=step,
        answers=answers,
        before=answers.before(step),
        found=found,
        how_to_use_a_code=HOW_TO_USE_A_CODE,
        reasons=Reason,
    )


def _last(
    visit: Visit,
    account: Account,
    answers: Answers,
    found: Preview,
    *,
    typed: Mapping[str, str] | None = None,
    refused: Refusal | None = None,
) -> Response:
    return visit.page(
        "intake_last.html",
        refusal=refused,
        account=account,
        step="last",
        answers=answers,
        before=answers.before("last"),
        found=found,
        typed=dict.fromkeys(_TYPED, "") | dict(typed or {}),
    )


def _refused(visit: Visit, account: Account, answers: Answers, found: Preview) -> Response:
    """A refusal where it was caused: the question is asked again, or the call ends with what helps instead."""
    decision = found.decision
    if decision.code in _ENDS:
        return _end(visit, account, answers, decision.code)
    error = Refused(Code.of(decision.code), decision.reason, {**decision.facts, "rule": decision.rule})
    cause = _CAUSES.get(decision.code)
    if cause is None:
        return _end(visit, account, answers, "", refused=refusal(error))
    return visit.page(
        f"intake_{cause}.html",
        refusal=refusal(error, field=cause),
        account=account,
        step=cause,
        answers=answers,
        before=answers.before(cause),
        found=found,
        how_to_use_a_code=HOW_TO_USE_A_CODE,
        reasons=Reason,
    )


def _end(visit: Visit, account: Account, answers: Answers, why: str, *, refused: Refusal | None = None) -> Response:
    return visit.page(
        "intake_end.html",
        refusal=refused,
        account=account,
        why=why,
        step="end",
        answers=answers,
        how_to_use_a_code=HOW_TO_USE_A_CODE,
        reasons=Reason,
    )


def _in_place(error: RecoveryError) -> Refusal:
    refused = refusal(error)
    return replace(refused, field="ticket") if error.code in _ASKED_LAST else refused


ROUTES = (
    shown("/people/{account}/reset", ask),
    posted("/people/{account}/reset", finish),
)
