"""What the status page says at every code, and that nothing in it tells a stranger what stood out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.case import Reason
from domain.messages import Outcome
from domain.people import Tier
from service import next_steps, public_status
from service.public_status import SENTENCES, Stage, is_known, stage_of, status_of
from tests.api.test_case_view_codes import CODES
from tests.domain.builders import HOSTILE, OPENED, after, case, case_file, intake

# What would tell an impostor that they were seen, or a stranger whose case it is.
GIVES_AWAY = (
    "object", "brake", "risk", "suspicio", "denied", "failed", "dispute", "fraud", "attack", "pause", "held",
    "uncertain", "identity", "privileged", "admin", "agent", "approver", "hostile", "stolen", "kim", "acme",
)  # fmt: skip


@pytest.mark.parametrize("code", sorted({*CODES, *next_steps._STEPS, *next_steps._INTERRUPTED}))
def test_every_code_has_its_stage(code: str) -> None:
    """Nobody is told only to wait because their case's code was forgotten."""
    assert is_known(code)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_end_has_its_stage(outcome: Outcome) -> None:
    """Only an end that the person has to know of is named; who was found out reads what any other ended case says."""
    expected = {Outcome.RECOVERED: Stage.DONE, Outcome.ENROLMENT_EXPIRED: Stage.TOO_LATE}.get(outcome, Stage.ENDED)
    ended = case(outcome=outcome, closed_at=after(hours=1))
    assert status_of(case_file(ended, [], after(hours=2), {})).stage is expected
    assert stage_of(outcome.value) is expected


def test_an_officers_matters_look_alike() -> None:
    """R24 R25 R41: an objection, a brake, a suspension and a broken store are told apart by nothing."""
    codes = {*next_steps.codes_waiting_for("security"), "suspension_due", "lift_due", "store_behind_workflow"}
    assert {stage_of(one) for one in codes} == {Stage.SECURITY}
    assert stage_of("a_code_of_next_year") is Stage.SECURITY
    assert str(SENTENCES[Stage.SECURITY].next) == "Nothing for you to do."


@pytest.mark.parametrize("stage", list(Stage))
def test_no_sentence_gives_anything_away(stage: Stage) -> None:
    """B23: plain sentences, and no word that helps an impostor; that people may object everybody is told anyway."""
    told = SENTENCES[stage]
    assert str(told.now).endswith(".")
    assert str(told.next).endswith(".")
    said = f"{told.now} {told.next}".replace("can still object", "").lower()
    assert [word for word in GIVES_AWAY if word in said] == []


@pytest.mark.parametrize(
    "stood_out",
    [
        case(stated=HOSTILE),
        case(stated=intake(Reason.BROKEN_FACTOR)),
        case(tier=Tier.PRIVILEGED),
        case(plan_version=3),
    ],
)
def test_what_kind_of_case_it_is_does_not_show(stood_out: object) -> None:
    """B23: reason, tier and a plan made anew leave the status of an open case as it is."""
    plain = case()
    changed = plain.model_validate(stood_out)
    assert status_of(case_file(changed, [], after(minutes=1), {})) == status_of(
        case_file(plain, [], after(minutes=1), {})
    )


def test_until_when() -> None:
    """The page names the end of what is waited for: the case's own at first, later that of the enrolment."""
    assert status_of(case_file(case(), [], OPENED, {})).until == case().expires_at
    enrol_by = after(minutes=15)
    enrolling = case(
        code="factor_awaited", claimed_at=OPENED, wiped_at=OPENED, enrol_by=enrol_by, act_seq=0, applied_seq=0
    )
    found = status_of(case_file(enrolling, [], after(minutes=1), {}))
    assert (found.stage, found.until) == (Stage.ENROLLING, enrol_by)
    held = enrolling.model_copy(update={"code": "suspended_until_ruling"})
    assert status_of(case_file(held, [], after(minutes=1), {})).until is None


def test_the_page_and_the_watch_agree() -> None:
    """R38: a recovered case is shown as long as its account is watched."""
    assert timedelta(hours=72) == public_status.SHOWN_AFTER_THE_END
