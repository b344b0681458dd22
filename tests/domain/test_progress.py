"""Where a case stands: total, forward only after the claim, and never without an end (R5, R21, R27, R36, R37, B16)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import (
    Act,
    CancelBody,
    CancelReason,
    CodesUsedBody,
    InterruptBody,
    Method,
    ObservationBody,
    OpenBody,
    Verdict,
)
from domain.audit import Reported
from domain.case import Case
from domain.messages import Outcome, Phase
from domain.people import Actor, Member, Tier
from domain.policy.progress import progress
from tests.domain.builders import (
    ADA,
    CLEO,
    DEV,
    HOSTILE,
    WITH_PASSWORD,
    account,
    act,
    after,
    case,
    case_file,
    codes_unavailable,
    execute_act,
    members,
    policy_with,
    presence_act,
    verdict,
)

LEFT = account(backup_codes_left=2)
CASES = [
    case(),
    case(about=LEFT),
    case(stated=WITH_PASSWORD),
    case(stated=HOSTILE),
    case(stated=HOSTILE, contained_at=after(hours=1)),
    case(tier=Tier.PRIVILEGED),
    case(policy=policy_with(case_hours=1)),
]


def any_act(of: Case, kind: str, at: datetime, by: Actor) -> Act:
    """An act of this kind, possibly by an actor who could never have recorded it."""
    made = {
        "open": lambda: act(of, OpenBody(), by, at),
        "verified": lambda: verdict(of, by, Method.IN_PERSON, at),
        "callback": lambda: verdict(of, by, Method.CALLBACK, at),
        "uncertain": lambda: verdict(of, by, Method.VIDEO_CALL, at, concluded=Verdict.UNCERTAIN),
        "failed": lambda: verdict(of, by, Method.VIDEO_CALL, at, concluded=Verdict.FAILED),
        "presence": lambda: presence_act(of, by, at),
        "execute": lambda: execute_act(of, by, at),
        "codes_unavailable": lambda: codes_unavailable(of, at),
        "codes_used": lambda: act(of, CodesUsedBody(), by, at),
        "observed": lambda: act(of, ObservationBody(event=Reported.SIGNED_IN_WITH_CODE, event_id="e"), None, at),
        "cancel": lambda: act(of, CancelBody(reason=CancelReason.SUSPICIOUS), by, at),
        "interrupt": lambda: act(of, InterruptBody(found="terminated"), None, at),
    }
    return made[kind]()


KINDS = [
    "open", "verified", "callback", "uncertain", "failed", "presence", "execute",
    "codes_unavailable", "codes_used", "observed",
    "cancel", "interrupt",
]  # fmt: skip
lists = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 6000), st.sampled_from([ADA, CLEO, DEV])), max_size=7)
minutes = st.integers(-10, 8000)


def acts_of(of: Case, drawn: list[tuple[str, int, Actor]]) -> list[Act]:
    """The drawn acts in the order of their time."""
    found = [any_act(of, kind, after(minutes=minute), by) for kind, minute, by in sorted(drawn, key=lambda one: one[1])]
    return [one.model_copy(update={"seq": number}) for number, one in enumerate(found, 2)]


@given(st.sampled_from(CASES), lists, minutes, st.just({}) | st.just(members(ADA, DEV)) | st.just(members()))
def test_progress_answers_for_any_acts(
    of: Case, drawn: list[tuple[str, int, Actor]], minute: int, people: dict[str, Member]
) -> None:
    """R5, B16: it never raises, says when to look again, and that is never later than the case's expiry."""
    where = progress(case_file(of, acts_of(of, drawn), after(minutes=minute), people))
    assert where.code
    assert (where.phase is Phase.CLOSED) == (where.outcome is not None)
    if where.outcome is None:
        assert where.wake_at <= of.expires_at
        assert where.phase in {Phase.BACKUP_CODES, Phase.VERIFICATION, Phase.PRESENCE, Phase.STEP_UP, Phase.RESET}


@given(st.sampled_from(CASES), lists, st.integers(0, 10_000))
def test_every_unclaimed_case_ends(of: Case, drawn: list[tuple[str, int, Actor]], late: int) -> None:
    """R5, B16: from `expires_at` on, to the instant, every case that was not claimed has an outcome."""
    acts = acts_of(of, drawn)
    assert progress(case_file(of, acts, of.expires_at + timedelta(minutes=late))).outcome is not None
    if not acts:
        assert progress(case_file(of, acts, of.expires_at - timedelta(microseconds=1))).outcome is None
        assert progress(case_file(of, acts, of.expires_at)).outcome is Outcome.EXPIRED


@given(st.sampled_from(CASES), lists, minutes, st.booleans())
def test_after_the_claim_it_only_goes_forward(
    of: Case, drawn: list[tuple[str, int, Actor]], minute: int, wiped: bool
) -> None:
    """R34: no act, no lost role and no hour leads a claimed case back before the reset, or ends it unfinished."""
    claimed = of.model_copy(
        update={
            "claimed_at": after(hours=1),
            "enrol_by": after(hours=1, minutes=15),
            "wiped_at": after(hours=1, minutes=1) if wiped else None,
        }
    )
    where = progress(case_file(claimed, acts_of(of, drawn), after(minutes=minute), {}))
    assert where.phase is (Phase.RE_ENROLMENT if wiped else Phase.RESET)
    assert where.outcome is None


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (after(minutes=75, microseconds=-1), "enrolment_awaited"),
        (after(minutes=75), "enrolment_overdue"),
        (after(days=9), "enrolment_overdue"),
    ],
)
def test_enrolment_window_ends_to_the_instant(now: datetime, code: str) -> None:
    """R37: from `enrol_by` on the account is to be locked, long after the case's own expiry too."""
    of = case(claimed_at=after(hours=1), enrol_by=after(minutes=75), wiped_at=after(minutes=61))
    assert progress(case_file(of, [], now)).code == code


def test_the_way_through() -> None:
    """R13, R27, R36: verification, presence, step-up, reset, in this order."""
    of = case()
    acts = [verdict(of), presence_act(of), execute_act(of)]
    now = after(hours=1, minutes=3)
    found = [progress(case_file(of, acts[:steps], now)).phase for steps in range(4)]
    assert found == [Phase.VERIFICATION, Phase.PRESENCE, Phase.STEP_UP, Phase.RESET]


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_acts_of_a_later_phase_do_not_replace_earlier_ones(order: tuple[int, ...]) -> None:
    """R28: a step-up does not replace verification, nor a presence the step-up."""
    of = case()
    acts = [verdict(of), presence_act(of), execute_act(of)]
    now = after(hours=1, minutes=3)
    assert progress(case_file(of, [acts[order[0]]], now)).phase is Phase.VERIFICATION
    assert progress(case_file(of, [acts[1], acts[2]], now)).phase is Phase.VERIFICATION
    assert progress(case_file(of, [acts[0], acts[2]], now)).phase is Phase.PRESENCE
    assert progress(case_file(of, [acts[n] for n in order], now)).phase is Phase.RESET


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (after(minutes=65, microseconds=-1), Phase.RESET),
        (after(minutes=65), Phase.STEP_UP),
        (after(minutes=70, microseconds=-1), Phase.STEP_UP),
        (after(minutes=70), Phase.PRESENCE),
    ],
)
def test_step_up_and_presence_grow_old(now: datetime, phase: Phase) -> None:
    """R27, R36: five minutes for the proof, ten for the confirmed browser, both to the instant."""
    of = case()
    acts = [verdict(of, at=after(minutes=50)), presence_act(of, at=after(hours=1)), execute_act(of, at=after(hours=1))]
    assert progress(case_file(of, acts, now)).phase is phase


def test_it_is_the_proof_whose_age_counts() -> None:
    """R27: a proof made earlier and handed in now is as old as it is."""
    of = case()
    old = execute_act(of, at=after(minutes=62), proved_at=after(minutes=56))
    assert progress(case_file(of, [verdict(of), presence_act(of), old], after(minutes=63))).phase is Phase.STEP_UP


def test_spent_requests_do_not_count_again() -> None:
    """R27, R36: a judgement uses up presence and step-up, for or against."""
    of = case()
    acts = [verdict(of), presence_act(of), execute_act(of)]
    spent = of.model_copy(update={"spent_seq": acts[2].seq})
    assert progress(case_file(spent, acts, after(minutes=63))).phase is Phase.PRESENCE
    again = presence_act(of, at=after(minutes=63))
    assert progress(case_file(spent, [*acts, again], after(minutes=64))).phase is Phase.STEP_UP


def test_requests_for_another_plan_do_not_count() -> None:
    """R20, B07: presence and step-up are over the plan, as verdicts are."""
    of, before = case(), case(about=account(factors=()))
    acts = [verdict(of), presence_act(before), execute_act(before)]
    assert progress(case_file(of, acts, after(minutes=63))).phase is Phase.PRESENCE


def test_hostile_case_is_contained_on_one_verdict() -> None:
    """R19: one verdict contains, and not more; without one, or with a doubt alone, nothing is done."""
    of = case(stated=HOSTILE)
    now = after(hours=2)
    assert not progress(case_file(of, [], now)).contain
    assert not progress(case_file(of, [verdict(of, concluded=Verdict.UNCERTAIN)], now)).contain
    one = progress(case_file(of, [verdict(of)], now))
    assert (one.contain, one.phase) == (True, Phase.VERIFICATION)
    both = [verdict(of), verdict(of, DEV, Method.CALLBACK)]
    assert progress(case_file(of, both, now)).code == "containment_due"
    contained = of.model_copy(update={"contained_at": after(hours=1)})
    assert progress(case_file(contained, both, now)).phase is Phase.PRESENCE
    assert not progress(case_file(contained, [verdict(of)], now)).contain
    assert not progress(case_file(case(), [verdict(case())], now)).contain


def test_stale_verdict_contains_nothing() -> None:
    """R21: a verdict of three days ago no longer permits anything."""
    of = case(stated=HOSTILE, policy=policy_with(case_hours=200))
    assert progress(case_file(of, [verdict(of)], after(hours=73, microseconds=-1))).contain
    assert not progress(case_file(of, [verdict(of)], after(hours=73))).contain


def test_case_goes_back_to_verification_when_its_verdict_is_lost() -> None:
    """R21, B17: presence and step-up in hand, the case still waits for a verdict that counts."""
    of = case()
    acts = [verdict(of), presence_act(of, DEV), execute_act(of)]
    assert progress(case_file(of, acts, after(minutes=63), members())).phase is Phase.RESET
    assert progress(case_file(of, acts, after(minutes=63), members(ADA, DEV))).phase is Phase.VERIFICATION


@given(lists, minutes, st.sampled_from(sorted(Outcome)))
def test_outcome_stays(drawn: list[tuple[str, int, Actor]], minute: int, outcome: Outcome) -> None:
    """R5: what has ended stays ended, as it ended."""
    of = case(ending=outcome)
    assert progress(case_file(of, acts_of(of, drawn), after(minutes=minute))).outcome is outcome
