"""What must be confirmed before a case is contained, wiped or complete (R30, R31)."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account import Factor, FactorKind
from domain.errors import PresenceUnusable, ProviderRefused
from domain.plan import Justification, Operation, OperationKind, Stage
from domain.policy.confirmed import enabling_waits, refused_in
from domain.policy.read_back import left_behind
from domain.ports import OperationState, Sent
from tests.domain.builders import HOSTILE, TOTP, account, after, case

REFUSALS = [ProviderRefused.code, PresenceUnusable.code]
GONE = account(factors=(), sessions=0, refresh_tokens=0)


def state(kind: OperationKind, stage: Stage, result: str | None = "done", sent: Sent = Sent.DONE) -> OperationState:
    """An operation with what the provider answered."""
    operation = Operation(stage=stage, kind=kind, justification=Justification.FACTOR_LOST)
    return OperationState(id=UUID(int=1), operation=operation, state=sent, attempt=1, done_at=None, result=result)


def test_a_read_without_the_planned_factors_is_complete() -> None:
    """R31: the fresh read shows none of the planned ids; a factor enrolled after the claim is left alone."""
    later = Factor(id="f-later", kind=FactorKind.TOTP, label="New", enrolled_at=after(hours=2))
    of = case(claimed_at=after(hours=1))
    assert left_behind(of, GONE, []) == []
    assert left_behind(of, GONE.model_copy(update={"factors": (later,)}), []) == []
    assert left_behind(of, GONE.model_copy(update={"factors": (TOTP, later)}), []) == ["f-totp"]


@pytest.mark.parametrize(("minutes", "left"), [(59, ["f-slipped"]), (60, []), (61, [])])
def test_a_factor_that_slipped_in_before_the_claim_is_named(minutes: int, left: list[str]) -> None:
    """R31, B15: in no plan, yet older than the claim, to the instant."""
    slipped = Factor(id="f-slipped", kind=FactorKind.TOTP, label="?", enrolled_at=after(minutes=minutes))
    of = case(claimed_at=after(hours=1))
    assert left_behind(of, GONE.model_copy(update={"factors": (slipped,)}), []) == left


@pytest.mark.parametrize(("sessions", "tokens"), [(1, 0), (0, 1), (3, 2)])
def test_what_still_lives_keeps_a_hostile_reset_open(sessions: int, tokens: int) -> None:
    """R30, B15: sessions and refresh tokens are read back where the reset revokes them, and only there."""
    alive = GONE.model_copy(update={"sessions": sessions, "refresh_tokens": tokens})
    revoking = case(stated=HOSTILE, claimed_at=after(hours=1))
    expected = [name for name, count in (("refresh_tokens", tokens), ("sessions", sessions)) if count]
    assert left_behind(revoking, alive, []) == expected
    assert left_behind(case(claimed_at=after(hours=1)), alive, []) == []


@given(
    st.sampled_from(OperationKind), st.sampled_from(Stage), st.sampled_from([*REFUSALS, "done", "already_gone", None])
)
def test_a_refusal_that_no_read_would_show_is_named(kind: OperationKind, stage: Stage, result: str | None) -> None:
    """R31, B12: refused operations of the reset are left behind, those that the account itself shows apart."""
    shown_by_the_account = kind in {OperationKind.WIPE_FACTORS, OperationKind.REQUIRE_ENROLMENT}
    one = state(kind, stage, result)
    wanted = stage is Stage.RESET and result in REFUSALS and not shown_by_the_account
    assert left_behind(case(claimed_at=after(hours=1)), GONE, [one]) == ([one.operation.key] if wanted else [])


@given(st.sampled_from(OperationKind), st.sampled_from(Stage), st.sampled_from([*REFUSALS, "done", None]))
def test_one_refusal_is_enough(kind: OperationKind, stage: Stage, result: str | None) -> None:
    """R30: a step that the provider refused is not confirmed, so its stage is not."""
    one, fine = state(kind, stage, result), state(OperationKind.DISABLE, Stage.CONTAIN)
    for asked in Stage:
        expected = [one.operation.key] if asked is stage and result in REFUSALS else []
        assert refused_in([fine, one], asked) == expected


@pytest.mark.parametrize(
    ("states", "waits"),
    [
        ([], False),
        ([state(OperationKind.ENABLE, Stage.COMPLETE, None, Sent.PLANNED)], True),
        ([state(OperationKind.ENABLE, Stage.COMPLETE, None, Sent.SENT)], True),
        ([state(OperationKind.ENABLE, Stage.COMPLETE)], False),
        ([state(OperationKind.ENABLE, Stage.SUSPEND, None, Sent.PLANNED)], False),
        ([state(OperationKind.DISABLE, Stage.COMPLETE, None, Sent.PLANNED)], False),
    ],
)
def test_nobody_is_enabled_before_the_plan_does(states: list[OperationState], *, waits: bool) -> None:
    """R30, R35: what the plan keeps disabled is not enabled by lifting a suspension."""
    assert enabling_waits(states) is waits
