"""The campaign commands: what is sent, and what is shown (R40)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from domain.campaign import CampaignActKind, CampaignState, Stage
from domain.errors import Refused
from domain.messages import CampaignCounts
from domain.refusal_codes import Code
from service.campaigns import CampaignSummary, CampaignView, DecisionView, FailureView, MessagesView
from starter.api.campaigns import Campaigns
from tests.cli.api_models import at, document
from tests.cli.conftest import api, recovery, stranger

if TYPE_CHECKING:
    from tests.cli.conftest import Person
    from tests.cli.stand_in import StandIn

__all__ = ["api", "recovery", "stranger"]
ID = "9f3c1d2e-0000-4000-8000-000000000002"
CAMPAIGN = CampaignView(
    id=UUID(ID),
    group="sales\x1b[2J",
    standing=CampaignState.RUNNING,
    stage=Stage.ENFORCING,
    code="pacing",
    outcome=None,
    people=450,
    grace_days=14,
    remind_days=[7, 3, 1],
    per_second=50,
    started_at=at(8, day=2),
    enforce_at=at(8, day=16),
    ended_at=None,
    progress=CampaignCounts(told=450, reminded=350, enforced=120, already_required=30, had_factor=40),
    decisions=[DecisionView(kind=CampaignActKind.START, by="a-1", at=at(8, day=2))],
    failures=[FailureView(code="provider_refused", people=2)],
    messages=[MessagesView(stage="announced", state="accepted", messages=449)],
)
LINE = CampaignSummary(**{name: getattr(CAMPAIGN, name) for name in CampaignSummary.model_fields})


def test_starting(recovery: Person, api: StandIn) -> None:
    """What is not given is left to the API; what is shown cannot reach the terminal."""
    api.tell("POST", "/campaigns", CAMPAIGN)
    result = recovery("campaign", "start", "--group", "sales", "--grace-days", "14")
    assert result.exit_code == 0, result.output
    assert api.requests[0].body == {"group": "sales", "grace_days": 14}
    assert "Idempotency-Key" in {name.title() for name in api.requests[0].headers}
    for text in ("enforcing (pacing)", "7, 3, 1 days before", "450", "provider_refused", "2026-11-16 08:00:00 UTC"):
        assert text in result.stdout
    assert "\x1b" not in result.stdout
    options = ("--remind-days", "5", "--remind-days", "2", "--per-second", "10", "--json")
    again = recovery("campaign", "start", "--group", "sales", "--grace-days", "14", *options)
    assert json.loads(again.stdout) == document(CAMPAIGN)
    assert api.requests[1].body == {"group": "sales", "grace_days": 14, "remind_days": [5, 2], "per_second": 10}


def test_one_that_runs_already_is_named(recovery: Person, api: StandIn) -> None:
    """R40: the refusal names the campaign that runs, and the exit code says that a rule refused."""
    refused = Refused(Code.CAMPAIGN_ALREADY_RUNNING, "One runs.", {"campaign_id": ID})
    api.tell("POST", "/campaigns", refused)
    result = recovery("campaign", "start", "--group", "sales", "--grace-days", "14")
    assert result.exit_code == 1
    assert f"campaign_id {ID}" in result.stderr


def test_reading_and_deciding(recovery: Person, api: StandIn) -> None:
    """Each command goes to its own place."""
    api.tell("GET", "/campaigns", Campaigns(campaigns=[LINE]), Campaigns(campaigns=[]))
    assert "enforcing" in recovery("campaign", "list").stdout
    assert "No campaigns." in recovery("campaign", "list").stdout
    api.tell("GET", f"/campaigns/{ID}", CAMPAIGN)
    assert ID in recovery("campaign", "show", ID).stdout
    for what in ("pause", "resume", "call-off"):
        api.tell("POST", f"/campaigns/{ID}/{what}", CAMPAIGN)
        assert recovery("campaign", what, ID).exit_code == 0
        assert len(api.asked("POST", f"/campaigns/{ID}/{what}")) == 1
