"""Backup codes come first (R10 to R12)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from domain.acts import Act, CodesUnavailable, CodesUnavailableBody, CodesUsedBody, ObservationBody
from domain.audit import Reported
from domain.case import Case
from domain.messages import Phase
from domain.people import Actor, Role
from domain.policy.codes import codes_hold_the_case
from domain.policy.doors import may_decide
from domain.policy.progress import progress
from tests.domain.builders import (
    ADA,
    CLEO,
    HOSTILE,
    SOL,
    account,
    act,
    actor,
    after,
    case,
    case_file,
    codes_unavailable,
    said,
    verdict,
)

NOW = after(hours=2)
LEFT = account(backup_codes_left=3)
STATEMENT = CodesUnavailableBody(why=CodesUnavailable.NEVER_SAVED, statement="Closed the page without saving them")


def deciding(of: Case, body: object, by: Actor = ADA, *acts: Act) -> str:
    """The code with which a decision is answered."""
    return may_decide(by, body, case_file(of, acts, NOW)).code  # type: ignore[arg-type]


def seen_sign_in(of: Case) -> Act:
    """The provider saw a sign-in with a backup code."""
    return act(of, ObservationBody(event=Reported.SIGNED_IN_WITH_CODE, event_id="e1"), None, after(minutes=30))


def test_codes_left_stop_the_case() -> None:
    """R10: nothing goes on while codes are left and nobody has said why they cannot be used."""
    of = case(about=LEFT)
    assert progress(case_file(of, [], NOW)).phase is Phase.BACKUP_CODES
    assert progress(case_file(of, [verdict(of)], NOW)).phase is Phase.BACKUP_CODES
    assert deciding(of, said(), CLEO) == "backup_codes_first"
    assert progress(case_file(of, [codes_unavailable(of)], NOW)).phase is Phase.VERIFICATION
    assert progress(case_file(case(), [], NOW)).phase is Phase.VERIFICATION


def test_stolen_codes_stop_nothing() -> None:
    """R10: with the device in other hands the codes count as stolen."""
    of = case(about=LEFT, stated=HOSTILE)
    assert not codes_hold_the_case(of, [])
    assert progress(case_file(of, [], NOW)).phase is Phase.VERIFICATION
    assert deciding(of, STATEMENT) == "not_in_this_phase"


def test_sign_in_with_a_stolen_code_is_no_recovery() -> None:
    """R10: in a hostile case an agent cannot close the case on a sign-in with a code: it may be the thief's."""
    of = case(about=LEFT, stated=HOSTILE)
    assert deciding(of, CodesUsedBody(), ADA, seen_sign_in(of)) == "codes_count_as_stolen"


@pytest.mark.parametrize("wording", ["", "   ", "no codes", ". . . . . . . . . . .", "\u200b" * 30])
def test_statement_says_why(wording: str) -> None:
    """R11: the agent's statement is a sentence."""
    body = CodesUnavailableBody(why=CodesUnavailable.DESTROYED, statement=wording)
    assert deciding(case(about=LEFT), body) == "statement_missing"


def test_wish_for_a_reset_is_no_reason() -> None:
    """R11: there is no such reason to choose."""
    with pytest.raises(ValidationError):
        CodesUnavailableBody.model_validate({"why": "wants_a_reset", "statement": "The caller would like a reset"})


@pytest.mark.parametrize("by", [CLEO, SOL, actor("other", Role.AGENT)])
@pytest.mark.parametrize("body", [STATEMENT, CodesUsedBody()])
def test_only_the_cases_agent_speaks_about_codes(by: Actor, body: object) -> None:
    """R11: nobody else states it or confirms it."""
    of = case(about=LEFT)
    assert deciding(of, body, by, seen_sign_in(of)) == "not_the_agent"
    assert deciding(of, body, ADA, seen_sign_in(of)) == "allowed"


def test_only_an_observed_sign_in_is_confirmed() -> None:
    """R11: the caller's word that it worked is not enough."""
    of = case(about=LEFT)
    assert deciding(of, CodesUsedBody()) == "no_sign_in_observed"
    other = act(of, ObservationBody(event="user.signed_in", event_id="e2"), None, after(minutes=30))
    assert deciding(of, CodesUsedBody(), ADA, other) == "no_sign_in_observed"


def test_confirmed_sign_in_ends_the_case_without_a_reset() -> None:
    """R11: self-service, also where the codes turn up after all; unconfirmed it only asks the agent."""
    of = case(about=LEFT)
    used = act(of, CodesUsedBody(), ADA, after(minutes=40), proved=None)
    assert progress(case_file(of, [seen_sign_in(of)], NOW)).code == "code_sign_in_to_confirm"
    assert progress(case_file(of, [seen_sign_in(of), used], NOW)).outcome == "self_service"
    assert deciding(of, CodesUsedBody(), ADA, codes_unavailable(of), seen_sign_in(of)) == "allowed"


def test_failed_verdict_needs_no_settled_codes() -> None:
    """R18: an actor who notices a fraud in this phase can say so at once."""
    assert deciding(case(about=LEFT), said(verdict="failed"), CLEO) == "allowed"  # type: ignore[arg-type]
