"""The campaign commands: what is sent, and what is shown (R40)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.cli.conftest import api, recovery, stranger

if TYPE_CHECKING:
    from tests.cli.conftest import FakeApi, Person

__all__ = ["api", "recovery", "stranger"]
ID = "9f3c1d2e-0000-4000-8000-000000000002"
CAMPAIGN: dict[str, Any] = {
    "id": ID,
    "group": "sales\x1b[2J",
    "standing": "running",
    "stage": "enforcing",
    "code": "pacing",
    "outcome": None,
    "people": 450,
    "grace_days": 14,
    "remind_days": [7, 3, 1],
    "per_second": 50,
    "started_at": "2026-11-02T08:00:00Z",
    "enforce_at": "2026-11-16T08:00:00Z",
    "ended_at": None,
    "progress": {"told": 450, "reminded": 350, "enforced": 120, "already_required": 30, "had_factor": 40},
    "decisions": [{"kind": "start", "by": "a-1", "at": "2026-11-02T08:00:00Z"}],
    "failures": [{"code": "provider_refused", "people": 2}],
    "messages": [{"stage": "announced", "state": "accepted", "messages": 449}],
}


def test_starting(recovery: Person, api: FakeApi) -> None:
    """What is not given is left to the API; what is shown cannot reach the terminal."""
    api.tell("POST", "/campaigns", CAMPAIGN, status=201)
    result = recovery("campaign", "start", "--group", "sales", "--grace-days", "14")
    assert result.exit_code == 0, result.output
    assert api.requests[0].body == {"group": "sales", "grace_days": 14}
    assert "Idempotency-Key" in {name.title() for name in api.requests[0].headers}
    for text in ("enforcing (pacing)", "7, 3, 1 days before", "450", "provider_refused", "2026-11-16 08:00:00 UTC"):
        assert text in result.stdout
    assert "\x1b" not in result.stdout
    options = ("--remind-days", "5", "--remind-days", "2", "--per-second", "10", "--json")
    again = recovery("campaign", "start", "--group", "sales", "--grace-days", "14", *options)
    assert json.loads(again.stdout) == CAMPAIGN
    assert api.requests[1].body == {"group": "sales", "grace_days": 14, "remind_days": [5, 2], "per_second": 10}


def test_one_that_runs_already_is_named(recovery: Person, api: FakeApi) -> None:
    """R40: the refusal names the campaign that runs, and the exit code says that a rule refused."""
    refused = {"code": "campaign_already_running", "title": "Conflict", "detail": "One runs.", "campaign_id": ID}
    api.tell("POST", "/campaigns", refused, status=409)
    result = recovery("campaign", "start", "--group", "sales", "--grace-days", "14")
    assert result.exit_code == 1
    assert f"campaign_id {ID}" in result.stderr


def test_reading_and_deciding(recovery: Person, api: FakeApi) -> None:
    """Each command goes to its own place."""
    api.tell("GET", "/campaigns", {"campaigns": [CAMPAIGN]}, {"campaigns": []})
    assert "enforcing" in recovery("campaign", "list").stdout
    assert "No campaigns." in recovery("campaign", "list").stdout
    api.tell("GET", f"/campaigns/{ID}", CAMPAIGN)
    assert ID in recovery("campaign", "show", ID).stdout
    for what in ("pause", "resume", "call-off"):
        api.tell("POST", f"/campaigns/{ID}/{what}", CAMPAIGN)
        assert recovery("campaign", what, ID).exit_code == 0
        assert len(api.asked("POST", f"/campaigns/{ID}/{what}")) == 1
