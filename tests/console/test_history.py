"""The decrypted workflow history: who may read it, that it is put on record, what is never shown (R42, R44, B23)."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from domain.audit import EventType
from domain.ids import case_reference, workflow_id
from domain.messages import Phase
from starter.console.site import BASE
from tests.console.support import TEMPORAL_UI, Desk, console_app
from tests.support.database import pool_of
from transport.connect import connect

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from tests.console.conftest import At
    from tests.support.browsing import Page
    from tests.support.world import World


async def waiting_case(w: World, subject: str = "kim", agent: str = "ada") -> UUID:
    """A case whose workflow waits for a verdict."""
    case_id = await w.open(agent, subject)
    await w.until_phase(case_id, Phase.VERIFICATION)
    return case_id


def path_of(case_id: UUID) -> str:
    """Where the case's history is."""
    return f"{BASE}/cases/{case_reference(case_id)}/history"


async def readings(w: World) -> list[dict[str, object]]:
    """What the audit says of histories that were read."""
    rows = await pool_of(w.parts.ledger).fetch(
        "SELECT text FROM recovery.audit_events WHERE type = $1", EventType.HISTORY_READ
    )
    return [json.loads(row["text"]) for row in rows]


@pytest.mark.parametrize("key", ["sol", "ivy", "ari"])
async def test_a_history_is_decrypted_and_put_on_record(w: World, at: At, key: str) -> None:
    """Number, time, type and payloads as text; that it was read is an event with the reader's name (R42)."""
    case_id = await waiting_case(w)
    desk = await at(key)
    page = await desk.get(path_of(case_id))
    assert "Show the history" in page.text
    assert await readings(w) == []
    page = await desk.submit(page, path_of(case_id), part="0")
    assert page.status == 200
    assert "workflow execution started" in page.text
    assert f'"case_id": "{case_id}"' in page.text
    assert "binary/encrypted" not in page.html
    [event] = await readings(w)
    assert event["actor"] == {"id": w.accounts[key], "kind": "person"}
    assert event["case"] == str(case_id)
    assert not page.repeated_ids


async def test_others_are_refused(w: World, at: At) -> None:
    """Agents and approvers see the case, not its machinery (R6)."""
    case_id = await waiting_case(w)
    desk = await at("ada")
    page = await desk.get(path_of(case_id))
    assert page.status == 403
    token = page.forms[0].fields["form_token"]
    page = await desk.send(path_of(case_id), {"form_token": token, "part": "0"})
    assert page.status == 403
    assert await readings(w) == []


async def test_nobody_reads_the_history_of_a_case_about_themselves(w: World, at: At) -> None:
    """A thief of the lost device would read along (R6)."""
    case_id = await waiting_case(w, "ada", "bo")
    await w.give_roles("ada", "auditor")
    desk = await at("ada")
    page = await desk.get(path_of(case_id))
    assert page.status == 403
    assert "own_case" in page.codes
    page = await desk.send(path_of(case_id), {"form_token": page.forms[0].fields["form_token"], "part": "0"})
    assert page.status == 403
    assert await readings(w) == []


async def test_only_the_cases_own_workflows_are_read(w: World, at: At) -> None:
    """B23: another workflow's name, another case's, or a case that is not ours gets nothing."""
    case_id, other = await waiting_case(w), await w.open("ada", "lee")
    desk = await at("ivy")
    page = await desk.get(path_of(case_id))
    token = page.forms[0].fields["form_token"]
    for part in ("1", "watch", f"../{other}", workflow_id(other), "00"):
        refused = await desk.send(path_of(case_id), {"form_token": token, "part": part})
        assert refused.status == 404, part
    for unknown in (uuid4(), "R-0000-0000"):
        assert (await desk.get(f"{BASE}/cases/{unknown}/history")).status == 404
    assert await readings(w) == []


async def test_a_history_goes_on_by_pages(w: World, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later events follow the last one shown; each page is a reading of its own."""
    monkeypatch.setattr("service.history.A_PAGE", 4)
    case_id = await waiting_case(w)
    desk = await at("ivy")
    page = await desk.submit(await desk.get(path_of(case_id)), path_of(case_id), part="0")
    assert numbers(page) == [1, 2, 3, 4]
    page = await desk.submit(page, path_of(case_id), having={"after": "4"})
    assert numbers(page) == [5, 6, 7, 8]
    assert [one["data"] for one in await readings(w)] == [
        {"after": 0, "events": 4, "workflow": "0"},
        {"after": 4, "events": 4, "workflow": "0"},
    ]


def numbers(page: Page) -> list[int]:
    """The numbers of the events on the page."""
    return [int(one.partition("</strong>")[0]) for one in page.html.split("<p><strong>")[1:]]


async def test_a_foreign_payload_is_named_and_not_shown(w: World, at: At) -> None:
    """What is not encrypted by us is not believed, and does not make the page fail (R44, B09)."""
    case_id = await waiting_case(w)
    foreign = w.environment.client.get_workflow_handle(workflow_id(case_id))
    await foreign.signal("identity_verification_signalled", "<b>plain words</b>")
    desk = await at("ivy")
    page = await desk.submit(await desk.get(path_of(case_id)), path_of(case_id), part="0")
    assert page.status == 200
    assert "identity_verification_signalled" in page.text
    assert "Not encrypted by us" in page.text
    assert "plain words" not in page.html


async def test_personal_data_is_in_no_history(w: World, at: At) -> None:
    """R44: what the page decrypts names nobody."""
    case_id = await waiting_case(w)
    desk = await at("ivy")
    page = await desk.submit(await desk.get(path_of(case_id)), path_of(case_id), part="0")
    shown = page.html.partition('id="events"')[2]
    kim = w.people["kim"]
    assert all(word not in shown for word in (kim.login, "Kim", "Reyes", w.people["ada"].login))


async def test_without_temporal_the_page_says_so(w: World, tmp_path: Path) -> None:
    """B29: the engine is away, the page is not; what was not read is not on record."""
    case_id = await waiting_case(w)
    gone = await connect("127.0.0.1:9", "recovery", w.parts.keyring, worker=False, lazy=True)
    desk = await Desk(console_app(dataclasses.replace(w, client=gone), tmp_path), w, "ivy").sit_down()
    page = await desk.submit(await desk.get(path_of(case_id)), path_of(case_id), part="0")
    assert page.status == 503
    assert "temporal_unreachable" in page.codes
    assert page.has_form(path_of(case_id))
    assert await readings(w) == []
    await desk.close()


async def test_a_history_that_is_not_kept_any_more(w: World, at: At) -> None:
    """Deleted by its retention: said in words."""
    case_id = await w.open("ada", "kim")
    await w.owner("UPDATE recovery.cases SET continuation = 1 WHERE id = $1", case_id)
    desk = await at("ivy")
    page = await desk.submit(await desk.get(path_of(case_id)), path_of(case_id), having={"part": "1"})
    assert "Temporal knows no such workflow" in page.text


async def test_the_temporal_ui_is_only_a_link(w: World, at: At) -> None:
    """Another site: opened by the reader, told nothing of where they come from."""
    case_id = await waiting_case(w)
    page = await (await at("ivy")).get(path_of(case_id))
    link = page.link("Open in the Temporal UI (another site)")
    assert link == f"{TEMPORAL_UI}/namespaces/{w.client.namespace}/workflows/recovery%2F{case_id}"
    assert 'rel="noreferrer noopener"' in page.html
