"""Campaigns through the HTTP API, from the store alone: no Temporal answers here (R40)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import api_database, app, bell, doors, owner, parts, world

if TYPE_CHECKING:
    from tests.api.world import ApiWorld

__all__ = ["api_database", "app", "bell", "doors", "owner", "parts", "world"]
WISH = {"group": "everyone", "grace_days": 14}


async def started(world: ApiWorld, **wish: Any) -> dict[str, Any]:
    """A campaign that Ari started."""
    answer = await (await world.signed_in("ari")).post("/campaigns", {**WISH, **wish})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_start_read_and_list(world: ApiWorld) -> None:
    """R40: started by an administrator, read by security and auditors, whether or not a worker runs."""
    made = await started(world)
    assert (made["standing"], made["stage"], made["people"]) == ("running", "announcing", len(world.people))
    assert (made["remind_days"], made["per_second"]) == ([7, 3, 1], 50)
    for who in ("ari", "sol", "ivy"):
        caller = await world.signed_in(who)
        assert (await caller.get(f"/campaigns/{made['id']}")).json() == made
        [listed] = (await caller.get("/campaigns")).json()["campaigns"]
        assert listed["id"] == made["id"]


async def test_pause_resume_call_off(world: ApiWorld) -> None:
    """R40: each decision is answered with the campaign as it stands now."""
    path = f"/campaigns/{(await started(world))['id']}"
    ari = await world.signed_in("ari")
    assert (await ari.post(f"{path}/pause")).json()["standing"] == "paused"
    assert (await ari.post(f"{path}/pause")).json()["code"] == "campaign_paused_already"
    assert (await ari.post(f"{path}/resume")).json()["standing"] == "running"
    answer = (await ari.post(f"{path}/call-off")).json()
    assert answer["standing"] == "called_off"
    assert [one["kind"] for one in answer["decisions"]] == ["start", "pause", "resume", "call_off"]


async def test_the_same_key_again(world: ApiWorld) -> None:
    """R33: a repeated POST gives the same campaign; without the key a second one is refused with its id."""
    ari = await world.signed_in("ari")
    first = await ari.post("/campaigns", WISH, key="k-1")
    again = await ari.post("/campaigns", WISH, key="k-1")
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    other = await ari.post("/campaigns", WISH)
    assert (other.status_code, other.json()["campaign_id"]) == (409, first.json()["id"])


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"group": "nobody"}, 409, "campaign_group_empty"),
        ({"grace_days": 0}, 409, "campaign_grace_out_of_range"),
        ({"grace_days": 10**30}, 409, "campaign_grace_out_of_range"),
        ({"grace_days": "14"}, 422, "invalid_request"),
        ({"grace_days": True}, 422, "invalid_request"),
        ({"per_second": 0}, 409, "campaign_rate_out_of_range"),
        ({"remind_days": [20]}, 409, "campaign_reminder_outside_grace"),
        ({"group": "a\u0000b"}, 422, "invalid_request"),
        ({"group": ""}, 422, "invalid_request"),
        ({"actor": "sol"}, 422, "invalid_request"),
    ],
)
async def test_bad_input(world: ApiWorld, wish: dict[str, Any], status: int, code: str) -> None:
    """R40, B04: each bad wish has its own code, and nothing is begun."""
    ari = await world.signed_in("ari")
    answer = await ari.post("/campaigns", {**WISH, **wish})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await ari.get("/campaigns")).json()["campaigns"] == []


async def test_who_may_not(world: ApiWorld) -> None:
    """R40: other roles are refused on every route with 403."""
    path = f"/campaigns/{(await started(world))['id']}"
    for who in ("ada", "cleo"):
        caller = await world.signed_in(who)
        answers = [
            await caller.get("/campaigns"), await caller.get(path), await caller.post("/campaigns", WISH),
            *[await caller.post(f"{path}/{what}") for what in ("pause", "resume", "call-off")],
        ]  # fmt: skip
        assert {(one.status_code, one.json()["code"]) for one in answers} == {(403, "role_missing")}


@pytest.mark.parametrize("campaign", ["3f2b8c1e-0000-4000-8000-000000000000", "nonsense", "%00", "R-1A2B-3C4D"])
async def test_no_such_campaign(world: ApiWorld, campaign: str) -> None:
    """B23: whatever names no campaign of this tenant is not found."""
    ari = await world.signed_in("ari")
    for answer in (await ari.get(f"/campaigns/{campaign}"), await ari.post(f"/campaigns/{campaign}/pause")):
        assert (answer.status_code, answer.json()["code"]) == (404, "campaign_not_found")
