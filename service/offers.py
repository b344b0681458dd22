"""What a page offers in a case: the decisions that are due there, each asked of the rules for this very reader (D4).

Asked by the case's page, its officer's page, the page on which a case is cancelled, and the inbox. Templates draw what
stands here and compare no roles. Nothing is granted by it: a decision is judged anew at its door.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.acts import (
    BreakGlassBody,
    CancelBody,
    CancelReason,
    CodesUnavailable,
    CodesUnavailableBody,
    CodesUsedBody,
    ExecuteBody,
    Method,
    PresenceBody,
    ReleaseBody,
    ReviewBody,
    Ruling,
    RulingBody,
    Verdict,
    Waiver,
)
from domain.people import Actor, Role
from domain.policy.doors import may_decide
from domain.refusal_codes import Code
from domain.texts import Text
from service.best_evidence import verdict_on
from service.case_view import where_it_stands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.acts import Body
    from domain.case_file import CaseFile
    from domain.policy.decision import Decision

_WORDED = "said in a sentence"
"""Stands where the rules want a reason: what is asked here is whether, not why."""
_ANY_OFFICER = Actor(account_id="any officer", person_id="any officer", roles=frozenset({Role.SECURITY}))
"""A person who could decide as an officer if any member can: no party to the case, with no role that is too young."""


class Wish(StrEnum):
    """What a reader may decide on a page of a case."""

    STATE_CODES = "state_codes"
    CONFIRM_CODE = "confirm_code"
    VERIFY = "verify"
    ENTER_CODE = "enter_code"
    ASK_FOR_RESET = "ask_for_reset"
    RULE_ON_OBJECTION = "rule_on_objection"
    RULE_ON_COOLING_OFF = "rule_on_cooling_off"
    RELEASE = "release"
    REVIEW = "review"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A decision that is due: `hint` says why this reader may not take it, None where they may.

    `choices` are the values among which they would choose.
    """

    wish: Wish
    hint: Text | None
    choices: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the reader may take it."""
        return self.hint is None


@dataclass(frozen=True, kw_only=True)
class Offers:
    """All that is due in a case, as this reader meets it.

    `next` is what the case waits for. `officer` is what a security officer has to decide, empty for everybody else;
    `officer_hint` stands in its place where the reader is one and may decide nothing of it. `no_cancel` says why they
    may not cancel the case, None where they may.
    """

    next: Offer | None
    officer: tuple[Offer, ...]
    officer_hint: Text | None
    no_cancel: Text | None


_NEXT: Mapping[str, tuple[Wish, Body]] = {
    Code.BACKUP_CODES_LEFT: (
        Wish.STATE_CODES,
        CodesUnavailableBody(why=CodesUnavailable.NEVER_SAVED, statement=_WORDED),
    ),
    Code.CODE_SIGN_IN_TO_CONFIRM: (Wish.CONFIRM_CODE, CodesUsedBody()),
    # The page of a verification is for approvers who may at least doubt; it says itself who may call it verified.
    Code.VERIFICATION_AWAITED: (Wish.VERIFY, verdict_on(Method.IN_PERSON, Verdict.UNCERTAIN)),
    Code.VERIFICATION_UNCERTAIN: (Wish.VERIFY, verdict_on(Method.IN_PERSON, Verdict.UNCERTAIN)),
    Code.PRESENCE_AWAITED: (Wish.ENTER_CODE, PresenceBody(presence_id="")),
    Code.STEP_UP_AWAITED: (Wish.ASK_FOR_RESET, ExecuteBody()),
}
"""What a case asks for where it stands, and the decision that the rules are asked about."""

_OFFICERS: Mapping[Wish, Mapping[str, Body]] = {
    Wish.RULE_ON_OBJECTION: {one: RulingBody(ruling=one, because=_WORDED) for one in (Ruling.RESUME, Ruling.UPHOLD)},
    Wish.RULE_ON_COOLING_OFF: {
        Ruling.COOLING_OFF_OVER: RulingBody(ruling=Ruling.COOLING_OFF_OVER, because=_WORDED),
    },
    Wish.RELEASE: {"": ReleaseBody(because=_WORDED)},
    Wish.REVIEW: {"": ReviewBody(because=_WORDED)},
    Wish.BREAK_GLASS: {
        one: BreakGlassBody(waives=one, because=_WORDED)
        for one in (Waiver.COOLING_OFF, Waiver.SECOND_PERSON, Waiver.SECOND_METHOD, Waiver.STRONG_METHOD)
    },
}

_SAID: Mapping[Code, Text] = {
    Code.AGENT_CANNOT_APPROVE: Text("You carry this case, so somebody else verifies the caller."),
    Code.NOT_THE_ACTING_ADMIN: Text("Only the acting admin asks for the reset."),
    Code.OFFICER_IS_A_PARTY: Text("You have worked on this case yourself, so another security officer decides here."),
    Code.OWN_BREAK_GLASS: Text("You broke the glass yourself. Another security officer reviews it."),
    Code.RESET_HAS_BEGUN: Text("It is too late to cancel this case."),
    Code.CASE_CLOSED: Text("It is too late to cancel this case."),
}
"""What a page says of a refusal in words of its own; of every other it says the rule's."""


def offers_of(file: CaseFile, reader: Actor) -> Offers:
    """What is due in this case at the instant of the file, for this reader."""
    officer = offers_to_officers(file, reader)
    together = {one.hint for one in officer}
    barred = len(together) == 1 and not together & {None, _SAID[Code.OWN_BREAK_GLASS]}
    cancel = may_decide(reader, CancelBody(reason=CancelReason.OPENED_IN_ERROR), file)
    return Offers(
        next=next_offer(file, reader),
        officer=() if barred else officer,
        officer_hint=officer[0].hint if barred else None,
        no_cancel=_hint(cancel),
    )


def next_offer(file: CaseFile, reader: Actor) -> Offer | None:
    """What the case waits for, where this reader is one of those who may be meant."""
    _, code = where_it_stands(file)
    if not file.is_open or code not in _NEXT:
        return None
    wish, body = _NEXT[code]
    decision = may_decide(reader, body, file)
    if not decision.allowed and (decision.refusal is Code.ROLE_MISSING or wish is Wish.CONFIRM_CODE):
        # Not among those who are waited for: the page says who is.
        return None
    return Offer(wish=wish, hint=_hint(decision))


def offers_to_officers(file: CaseFile, reader: Actor) -> tuple[Offer, ...]:
    """What a security officer has to decide; nothing for a reader who is none."""
    found: list[Offer] = []
    for wish, bodies in _OFFICERS.items():
        if wish is Wish.RULE_ON_COOLING_OFF and found:
            # An objection comes first; one ruling at a time.
            continue
        due = {choice: body for choice, body in bodies.items() if may_decide(_ANY_OFFICER, body, file).allowed}
        decision = _first_allowed([may_decide(reader, body, file) for body in due.values()])
        if decision is not None and decision.refusal is not Code.ROLE_MISSING:
            found.append(Offer(wish=wish, hint=_hint(decision), choices=tuple(due)))
    return tuple(found)


def _first_allowed(decisions: Sequence[Decision]) -> Decision | None:
    return next((one for one in decisions if one.allowed), decisions[0] if decisions else None)


def _hint(decision: Decision) -> Text | None:
    if decision.refusal is None:
        return None
    return _SAID.get(decision.refusal, decision.reason)
