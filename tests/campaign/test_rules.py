"""The rules of campaigns: what may start, what may be decided, and what is due when (R40)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.campaign import (
    Campaign,
    CampaignAct,
    CampaignActKind,
    CampaignOutcome,
    Place,
    Stage,
    Terms,
    command_for,
)
from domain.messages import CampaignCounts
from domain.people import Actor, Role
from domain.policy.campaigns import Wish, Work, batch_size, due, may_decide, may_start, pause_after

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
END = START + timedelta(days=14)
ADMIN = Actor(account_id="a", person_id="p", roles=frozenset({Role.ADMIN}))
CAMPAIGN, TENANT = uuid4(), uuid4()
TOLD = Place(stage=Stage.WAITING, announced_at=START)
TERMS = Terms(
    tenant_id=TENANT, group="sales", people=100, grace_days=14, remind_days=(7, 3, 1), per_second=50, enforce_at=END
)


def campaign(place: Place, *, genuine: bool = True, outcome: CampaignOutcome | None = None) -> Campaign:
    """A campaign that stands here."""
    return Campaign(
        id=CAMPAIGN, tenant_id=TENANT, terms=TERMS, genuine=genuine, place=place, code="", counts=CampaignCounts(),
        version=1, act_seq=1, applied_seq=1, started_at=START, outcome=outcome,
    )  # fmt: skip


def acts(*kinds: CampaignActKind) -> list[CampaignAct]:
    """The start, and these decisions."""
    return [
        CampaignAct(id=uuid4(), campaign_id=CAMPAIGN, seq=seq, at=START, kind=kind, actor=ADMIN)
        for seq, kind in enumerate((CampaignActKind.START, *kinds), 1)
    ]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_only_an_administrator_starts(role: Role) -> None:
    """R40: a member who is no administrator starts nothing and decides nothing."""
    actor = Actor(account_id="a", person_id="p", roles=frozenset({role}))
    assert may_start(actor, Wish(group="sales", grace_days=14), 10).code == "role_missing"
    assert may_decide(actor, CampaignActKind.PAUSE, campaign(TOLD), acts()).code == "role_missing"


@pytest.mark.parametrize(
    ("wish", "size", "code"),
    [
        (Wish(group="g", grace_days=14), 10, "allowed"),
        (Wish(group="g", grace_days=1), 10, "allowed"),
        (Wish(group="g", grace_days=90), 10, "allowed"),
        (Wish(group="g", grace_days=0), 10, "campaign_grace_out_of_range"),
        (Wish(group="g", grace_days=91), 10, "campaign_grace_out_of_range"),
        (Wish(group="g", grace_days=10**30), 10, "campaign_grace_out_of_range"),
        (Wish(group="g", grace_days=14, remind_days=(14,)), 10, "campaign_reminder_outside_grace"),
        (Wish(group="g", grace_days=14, remind_days=(0,)), 10, "campaign_reminder_outside_grace"),
        (Wish(group="g", grace_days=90, remind_days=tuple(range(1, 12))), 10, "campaign_reminder_outside_grace"),
        (Wish(group="g", grace_days=14, per_second=0), 10, "campaign_rate_out_of_range"),
        (Wish(group="g", grace_days=14, per_second=1001), 10, "campaign_rate_out_of_range"),
        (Wish(group="g", grace_days=1, per_second=1), 43_201, "campaign_rate_too_low"),
        (Wish(group="g", grace_days=14), 0, "campaign_group_empty"),
        (Wish(group="g", grace_days=14), None, "campaign_group_empty"),
    ],
)
def test_what_may_start(wish: Wish, size: int | None, code: str) -> None:
    """R40: grace 1 to 90 days, reminders within it, and members to tell, in time."""
    assert may_start(ADMIN, wish, size).code == code


def test_the_usual_reminders_fit_the_grace_period() -> None:
    """R40: 7, 3 and 1 days before the end, without those that would come before the beginning."""
    assert Wish(group="g", grace_days=14).reminders() == (7, 3, 1)
    assert Wish(group="g", grace_days=3).reminders() == (1,)
    assert Wish(group="g", grace_days=30, remind_days=(1, 20, 1)).reminders() == (20, 1)


@pytest.mark.parametrize(
    ("kind", "place", "before", "code"),
    [
        (CampaignActKind.PAUSE, TOLD, (), "allowed"),
        (CampaignActKind.PAUSE, TOLD, (CampaignActKind.PAUSE,), "campaign_paused_already"),
        (CampaignActKind.RESUME, TOLD, (), "campaign_not_paused"),
        (CampaignActKind.RESUME, TOLD, (CampaignActKind.PAUSE,), "allowed"),
        (CampaignActKind.CALL_OFF, TOLD, (), "allowed"),
        (CampaignActKind.CALL_OFF, TOLD, (CampaignActKind.PAUSE,), "allowed"),
        (CampaignActKind.CALL_OFF, Place(stage=Stage.ENFORCING), (), "campaign_enforcing"),
        (CampaignActKind.PAUSE, Place(stage=Stage.ENFORCING), (), "allowed"),
        (CampaignActKind.RESUME, TOLD, (CampaignActKind.PAUSE, CampaignActKind.CALL_OFF), "campaign_over"),
    ],
)
def test_what_may_be_decided(
    kind: CampaignActKind, place: Place, before: tuple[CampaignActKind, ...], code: str
) -> None:
    """R40: paused and resumed at any time, called off only before enforcement, and nothing once it is over."""
    assert may_decide(ADMIN, kind, campaign(place), acts(*before)).code == code


@pytest.mark.parametrize(
    ("days", "reminded", "expected"),
    [
        (0.1, None, ("grace_period", Stage.WAITING, None)),
        (7, None, ("reminding", Stage.REMINDING, 7)),
        (8, 7, ("grace_period", Stage.WAITING, None)),
        (11, 7, ("reminding", Stage.REMINDING, 3)),
        (13.5, None, ("reminding", Stage.REMINDING, 1)),
        (13.5, 1, ("grace_period", Stage.WAITING, None)),
        (14, 1, ("enforcing", Stage.ENFORCING, None)),
        (40, None, ("enforcing", Stage.ENFORCING, None)),
    ],
)
def test_what_is_due(days: float, reminded: int | None, expected: tuple[str, Stage, int | None]) -> None:
    """R40: reminders in their order, only the latest after a pause, and enforcement at the announced time."""
    found = due(campaign(TOLD.model_copy(update={"reminded": reminded})), acts(), START + timedelta(days=days))
    assert (found.code, found.stage, found.reminder) == expected
    assert found.work is Work.NONE


def test_it_waits_for_the_next_thing_and_looks_every_hour() -> None:
    """A long wait is cut into hours, and never goes past what comes next."""
    assert due(campaign(TOLD), acts(), START).wake_at == START + timedelta(hours=1)
    almost = START + timedelta(days=7) - timedelta(minutes=10)
    assert due(campaign(TOLD), acts(), almost).wake_at == START + timedelta(days=7)


def test_a_clock_that_steps_back_enforces_nothing() -> None:
    """R40, B18: before the announced time nobody is changed, whatever the row's stage says."""
    place = TOLD.model_copy(update={"stage": Stage.ENFORCING})
    assert due(campaign(place), acts(), END - timedelta(seconds=1)).work is Work.NONE
    assert due(campaign(place), acts(), END).work is Work.ENFORCE


def test_who_is_told_last_has_a_day_at_least() -> None:
    """R40: announcing that took until the end, or was paused, puts enforcement off by a day after it."""
    late = TOLD.model_copy(update={"announced_at": END + timedelta(hours=5), "reminded": 1})
    assert due(campaign(late), acts(), END + timedelta(hours=28)).stage is Stage.WAITING
    assert due(campaign(late), acts(), END + timedelta(hours=29)).stage is Stage.ENFORCING


@pytest.mark.parametrize("stage", [Stage.ANNOUNCING, Stage.WAITING, Stage.REMINDING, Stage.ENFORCING])
def test_paused_means_nothing_happens(stage: Stage) -> None:
    """R40: while a campaign is paused nobody is told, reminded or changed, at any stage."""
    found = due(campaign(Place(stage=stage)), acts(CampaignActKind.PAUSE), END)
    assert (found.work, found.stage, found.code) == (Work.NONE, stage, "paused")


def test_only_what_doors_signed_counts() -> None:
    """R40: a campaign whose terms or decisions were written past the doors does nothing."""
    found = due(campaign(Place(stage=Stage.ENFORCING), genuine=False), acts(), END)
    assert (found.work, found.code) == (Work.NONE, "campaign_not_genuine")


def test_the_pace_is_kept_whoever_rings() -> None:
    """R40: a batch before its time is not begun; a clock that stepped back does not stop the campaign for longer."""
    later = START + timedelta(seconds=4)
    place = Place(next_batch_at=later)
    found = due(campaign(place), acts(), START)
    assert (found.work, found.wake_at) == (Work.NONE, later)
    assert due(campaign(place), acts(), later).work is Work.ANNOUNCE
    assert due(campaign(place), acts(), START - timedelta(days=1)).work is Work.ANNOUNCE


@pytest.mark.parametrize("rate", [1, 3, 50, 1000])
def test_the_rate_is_never_exceeded(rate: int) -> None:
    """R40: batch after batch, no second holds more accounts than the rate allows on average."""
    terms = TERMS.model_copy(update={"per_second": rate})
    size = batch_size(terms)
    assert 1 <= size <= 200
    assert size / pause_after(terms, size).total_seconds() == pytest.approx(rate)


def test_commands_are_the_accounts_own() -> None:
    """R33: the command of an account in a campaign is always the same, and never another's."""
    other = UUID(int=1)
    assert command_for(CAMPAIGN, "a") == command_for(CAMPAIGN, "a")
    assert len({command_for(CAMPAIGN, "a"), command_for(CAMPAIGN, "b"), command_for(other, "a")}) == 3
