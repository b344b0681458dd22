"""Decisions at the doors: who may decide what, when, and with which proof (R5, R6, R16, R27, R28, R34, R36)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import (
    Act,
    CancelBody,
    CancelReason,
    ExecuteBody,
    InterruptBody,
    Method,
    ObservationBody,
    OpenBody,
    PresenceBody,
    Verdict,
    binding,
)
from domain.case import Case
from domain.case_file import CaseFile
from domain.messages import Outcome, Phase
from domain.people import Actor, Role, Tier
from domain.policy.document import StepUpPolicy
from domain.policy.doors import is_proved, may_decide
from domain.policy.progress import progress
from domain.policy.revealing import may_reveal
from tests.domain.builders import (
    ADA,
    BO,
    BROWSER,
    CLEO,
    DESK,
    DEV,
    MOBILE,
    SOL,
    WITH_PASSWORD,
    act,
    actor,
    after,
    case,
    case_file,
    execute_act,
    policy_with,
    presence_act,
    proof,
    said,
    verdict,
)

NOW = after(hours=1, minutes=3)
ENTER = PresenceBody(presence_id=BROWSER)
CANCEL = CancelBody(reason=CancelReason.SUBJECT_WITHDREW)
ALL = (said(), ENTER, ExecuteBody(), CANCEL)


def deciding(of: Case, body: object, by: Actor, *acts: Act) -> str:
    """The code with which a decision is answered."""
    return may_decide(by, body, case_file(of, acts, NOW)).code  # type: ignore[arg-type]


def path(of: Case) -> list[Act]:
    """A whole way to the reset of a standard case."""
    return [verdict(of), presence_act(of), execute_act(of)]


def test_steps_cannot_be_skipped() -> None:
    """R13, R36: presence needs verification, the request for the reset needs both."""
    of = case()
    found, confirmed, _ = path(of)
    assert deciding(of, ENTER, CLEO) == "verification_missing"
    assert deciding(of, ExecuteBody(), ADA) == "verification_missing"
    assert deciding(of, ENTER, CLEO, found) == "allowed"
    assert deciding(of, ExecuteBody(), ADA, found) == "presence_missing"
    assert deciding(of, ExecuteBody(), ADA, found, confirmed) == "allowed"


@pytest.mark.parametrize("by", [BO, CLEO, SOL, actor("other", Role.AGENT), actor("ada", Role.APPROVER)])
def test_only_the_acting_admin_asks_for_the_reset(by: Actor) -> None:
    """R27: another agent does not, nor the acting admin who is no agent any more."""
    of = case()
    assert deciding(of, ExecuteBody(), by, *path(of)) == "not_the_acting_admin"


@pytest.mark.parametrize("by", [actor("kim", Role.AGENT), actor("kim-2", Role.AGENT, person="person-kim")])
def test_nobody_resets_themselves(by: Actor) -> None:
    """R6, B05: not even an acting admin who turns out to be the subject, by any login."""
    of = case(acting_admin=by)
    assert deciding(of, ExecuteBody(), by, *path(of)) == "own_case"


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (CLEO, "allowed"),
        (DEV, "allowed"),
        (ADA, "role_missing"),
        (actor("ada-2", Role.APPROVER, person="person-ada"), "agent_cannot_approve"),
        (actor("kim-2", Role.APPROVER, person="person-kim"), "own_case"),
    ],
)
def test_only_an_approver_enters_the_code(by: Actor, code: str) -> None:
    """R36: never the agent or the subject."""
    of = case()
    assert deciding(of, ENTER, by, verdict(of)) == code


def test_who_cancels() -> None:
    """R34, B05: the agent who carries the case and security; nobody else."""
    of = case()
    assert deciding(of, CANCEL, ADA) == "allowed"
    assert deciding(of, CANCEL, actor("ada-2", person="person-ada")) == "allowed"
    assert deciding(of, CANCEL, SOL) == "allowed"
    assert deciding(of, CANCEL, CLEO) == "role_missing"
    assert deciding(of, CANCEL, BO) == "role_missing"


@pytest.mark.parametrize("body", ALL)
@pytest.mark.parametrize("by", [ADA, CLEO, SOL])
def test_after_the_claim_nothing_is_decided(by: Actor, body: object) -> None:
    """R34, B08: a cancel, a stop or a verdict after the claim is told that the reset has begun."""
    of = case(claimed_at=after(hours=1))
    assert deciding(of, body, by, *path(of)) == "reset_has_begun"


@pytest.mark.parametrize("body", ALL)
@pytest.mark.parametrize("by", [ADA, CLEO, SOL])
def test_in_a_closed_case_nothing_is_decided(by: Actor, body: object) -> None:
    """R5: cases are not taken up again, whether cancelled, denied, ended or expired."""
    of = case()
    cancelled = act(of, CANCEL, ADA, after(minutes=30), proved=None)
    assert deciding(of, body, by, *path(of), cancelled) == "case_closed"
    assert deciding(of, body, by, verdict(of, concluded=Verdict.FAILED)) == "case_closed"
    assert deciding(case(ending=Outcome.INTERRUPTED), body, by) == "case_closed"
    assert deciding(case(expires_at=NOW), body, by) == "case_closed"


@pytest.mark.parametrize("body", [OpenBody(), ObservationBody(event="x", event_id="1"), InterruptBody(found="lost")])
def test_what_only_the_system_records(body: object) -> None:
    """B04: nobody opens, observes or interrupts through the door of decisions."""
    assert deciding(case(), body, ADA) == "not_a_decision"


# Step-up


def in_case(of: Case) -> CaseFile:
    """The case with its people and nothing decided."""
    return case_file(of, (), NOW)


def proving(of: Case, body: object, by: Actor, **changes: object) -> str:
    """The code with which a proof is answered."""
    given_proof = proof(of, by, body, NOW, **changes)  # type: ignore[arg-type]
    return is_proved(by, body, given_proof, in_case(of)).code  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [said(), ENTER, ExecuteBody()])
def test_decisions_that_move_a_case_need_a_proof(body: object) -> None:
    """R28: verdict, presence and request; only a tenant that switched step-up off does without."""
    assert is_proved(CLEO, body, None, in_case(case())).code == "step_up_missing"  # type: ignore[arg-type]
    off = case(policy=policy_with(step_up=StepUpPolicy(required=False)))
    assert is_proved(CLEO, body, None, in_case(off)).allowed  # type: ignore[arg-type]
    assert is_proved(ADA, CANCEL, None, in_case(case())).allowed


@pytest.mark.parametrize("body", [said(), ENTER, ExecuteBody()])
def test_proof_is_over_exactly_this_decision(body: object) -> None:
    """R28, B24: another case, plan, person, verdict, method, evidence or browser is another decision."""
    of = case()
    others = [
        binding(case_id=of.tenant_id, plan_digest=of.plan.digest(), actor=CLEO, body=body),  # type: ignore[arg-type]
        binding(case_id=of.id, plan_digest=case(stated=WITH_PASSWORD).plan.digest(), actor=CLEO, body=body),  # type: ignore[arg-type]
        binding(case_id=of.id, plan_digest=of.plan.digest(), actor=DEV, body=body),  # type: ignore[arg-type]
        *(
            binding(case_id=of.id, plan_digest=of.plan.digest(), actor=CLEO, body=other)
            for other in (
                said(verdict=Verdict.UNCERTAIN),
                said(Method.VIDEO_CALL),
                said(seen="Looked at the passport twice"),
                PresenceBody(presence_id="browser-2"),
                CANCEL,
            )
        ),
    ]
    assert proving(of, body, CLEO) == "allowed"
    for other in others:
        assert proving(of, body, CLEO, binding=other) == "step_up_mismatch"


@pytest.mark.parametrize("body", [said(), ENTER, ExecuteBody()])
def test_one_factor_is_no_step_up(body: object) -> None:
    """R27, R28: a proof below AAL2 is none."""
    assert proving(case(), body, CLEO, aal=1) == "step_up_too_weak"
    assert proving(case(), body, CLEO, aal=2, phishing_resistant=False, hardware_bound=False) == "allowed"


@pytest.mark.parametrize("weak", [{"aal": 2}, {"phishing_resistant": False}, {"hardware_bound": False}, {"aal": 1}])
def test_privileged_reset_needs_a_hardware_key(weak: dict[str, object]) -> None:
    """R27: AAL3, phishing-resistant and hardware-bound, each of the three."""
    assert proving(case(tier=Tier.PRIVILEGED), ExecuteBody(), ADA, **weak) == "step_up_too_weak"
    assert proving(case(tier=Tier.PRIVILEGED), ExecuteBody(), ADA) == "allowed"


bodies = st.sampled_from([
    said(), said(Method.VIDEO_CALL), said(verdict=Verdict.FAILED),
    ENTER, PresenceBody(presence_id="b2"), ExecuteBody(), CANCEL,
])  # fmt: skip


@given(bodies, bodies, st.sampled_from([ADA, CLEO]), st.sampled_from([ADA, CLEO]))
def test_binding_tells_decisions_apart(one: object, other: object, by: Actor, other_by: Actor) -> None:
    """R28, B24: two bindings are equal exactly if person and decision are."""
    of = case()
    first = binding(case_id=of.id, plan_digest=of.plan.digest(), actor=by, body=one)  # type: ignore[arg-type]
    second = binding(case_id=of.id, plan_digest=of.plan.digest(), actor=other_by, body=other)  # type: ignore[arg-type]
    assert (first == second) == (one == other and by == other_by)


# Showing a number


def revealing(of: Case, by: Actor = CLEO, number: str = DESK.id, *acts: Act, seen: bool = False) -> str:
    """The code with which the wish to see a number is answered."""
    return may_reveal(by, case_file(of, acts, NOW), number, seen_before=seen).code


def test_number_is_shown_once_to_an_approver_who_may_call_it() -> None:
    """R16: not to the agent or the subject, not twice, not when it proves nothing, not when nobody is to be called."""
    of = case()
    assert revealing(of) == "allowed"
    assert revealing(of, seen=True) == "number_already_revealed"
    assert revealing(of, ADA) == "role_missing"
    assert revealing(of, actor("ada-2", Role.APPROVER, person="person-ada")) == "agent_cannot_approve"
    assert revealing(of, actor("kim-2", Role.APPROVER, person="person-kim")) == "own_case"
    assert revealing(of, CLEO, MOBILE.id) == "number_is_the_lost_phone"
    assert revealing(of, CLEO, DESK.id, verdict(of)) == "not_in_this_phase"
    assert revealing(case(ending=Outcome.CANCELLED)) == "case_closed"


everybody = st.builds(
    Actor,
    account_id=st.sampled_from(["kim", "ada", "cleo", "x"]),
    person_id=st.sampled_from(["person-kim", "person-ada", "person-cleo", "person-x"]),
    roles=st.frozensets(st.sampled_from(Role)),
)


@given(everybody, bodies, st.integers(0, 3))
def test_nobody_moves_their_own_case_forward(by: Actor, body: object, steps: int) -> None:
    """R6, R13, B05: whatever roles and logins an actor has, and wherever the case stands."""
    of = case()
    if deciding(of, body, by, *path(of)[:steps]) != "allowed" or body == CANCEL:
        return
    assert by.person_id != "person-kim"
    assert by.account_id != "kim"
    if body == ExecuteBody():
        assert by.person_id == "person-ada"
        assert Role.AGENT in by.roles
        assert progress(case_file(of, path(of)[:steps], NOW)).phase in {Phase.STEP_UP, Phase.RESET}
    else:
        assert by.person_id != "person-ada"
        assert Role.APPROVER in by.roles
