"""The audit chain through the API: who reads it, what the check finds, and what an export holds."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from store.audit.check import check
from store.audit.keeper import HeadKeeper
from store.audit.rows import ExportedChain
from tests.api.world import opening
from tests.support.database import pool_of

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from tests.api.world import ApiWorld

READERS = ["ivy", "sol", "ari"]
OTHERS = ["ada", "cleo"]
PATHS = ["/audit/check", "/audit/events", "/audit/export"]


@pytest.mark.parametrize("path", PATHS)
async def test_who_reads(path: str, world: ApiWorld) -> None:
    """R42: auditor, security and admin read the chain; others are refused, and that is an event too."""
    for who in READERS:
        assert (await (await world.signed_in(who)).get(path)).status_code == 200
    for who in OTHERS:
        answer = await (await world.signed_in(who)).get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert len(await world.events("recovery.access_refused")) == len(OTHERS)


async def test_check_names_the_first_bad_event(world: ApiWorld, app: FastAPI) -> None:
    """B18: the check counts good events, and names the one that was changed in the database and how."""
    await world.opened()
    ivy = await world.signed_in("ivy")
    trail = app.state.services.trail
    async with HeadKeeper(
        pool_of(world.parts.ledger), trail.heads, signer=world.parts.audit, verifier=world.parts.audit
    ):
        pass
    good = (await ivy.get("/audit/check")).json()
    assert good["verified"] is True
    assert good["events"] >= good["vouched"] > 0
    async with world.owner.transaction():
        await world.owner.execute("ALTER TABLE recovery.audit_events DISABLE TRIGGER ALL")
        await world.owner.execute(
            "UPDATE recovery.audit_events SET text = replace(text, 'success', 'failure') "
            "WHERE tenant_id = $1 AND seq = 3",
            world.tenant_id,
        )
        await world.owner.execute("ALTER TABLE recovery.audit_events ENABLE ALWAYS TRIGGER audit_events_stay")
    bad = (await ivy.get("/audit/check")).json()
    assert (bad["verified"], bad["events"]) == (False, 2)
    assert (bad["first_bad"]["seq"], bad["first_bad"]["kind"]) == (3, "changed")
    assert (await ivy.get("/audit/events")).status_code == 200


async def test_export_proves_itself(world: ApiWorld, tmp_path: Path) -> None:
    """R42: the JSON lines hold this tenant's whole chain, the export included, and verify with public keys alone."""
    await world.opened()
    ivy = await world.signed_in("ivy")
    answer = await ivy.get("/audit/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    file = tmp_path / "export.jsonl"
    file.write_bytes(answer.content)
    report = await check(ExportedChain(file, world.tenant_id), None, world.parts.audit)
    events = [json.loads(json.loads(line)["text"]) for line in answer.text.splitlines()]
    assert report.verified
    assert (events[-1]["type"], events[-1]["actor"]["id"]) == ("audit.exported", ivy.me["account_id"])
    assert report.events == len(events)
    assert {one["tenant"] for one in events} == {str(world.tenant_id)}


async def test_csv_runs_nothing(world: ApiWorld) -> None:
    """B26: no cell of the CSV begins a formula, and free text of people is not in it."""
    ada, ivy = await world.signed_in("ada"), await world.signed_in("ivy")
    await ada.post("/cases", opening("kim.reyes", statement="=HYPERLINK(1)", ticket="=1+1"))
    answer = await ivy.get("/audit/export", format="csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][0] == "seq"
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r")]
    assert "HYPERLINK" not in answer.text
    assert (await ivy.get("/audit/export", format="xlsx")).status_code == 422


async def test_events_of_a_case(world: ApiWorld) -> None:
    """Everybody who works on a case sees its events in order; the tenant's newest come in pages."""
    case = await world.opened()
    cleo, ivy = await world.signed_in("cleo"), await world.signed_in("ivy")
    events = (await cleo.get("/audit/events", case_id=case["id"])).json()["events"]
    assert [one["type"] for one in events] == ["recovery.case_opened", "recovery.backup_codes_checked"]
    assert {one["case"] for one in events} == {case["id"]}
    page: list[Any] = (await ivy.get("/audit/events", limit=3)).json()["events"]
    older = (await ivy.get("/audit/events", limit=3, before=page[-1]["seq"])).json()["events"]
    assert [one["seq"] for one in page + older] == list(range(page[0]["seq"], page[0]["seq"] - 6, -1))


async def test_public_keys(world: ApiWorld) -> None:
    """Every member here gets the keys that verify, and no secret with them."""
    answer = await (await world.signed_in("ada")).get("/audit/keys")
    assert answer.json() == json.loads(world.parts.keyring.public_document())


async def test_policy(world: ApiWorld) -> None:
    """Everybody reads the policy they work under, with its version."""
    answer = await (await world.signed_in("ada")).get("/policy")
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert answer.json()["step_up"]["required"] is True
