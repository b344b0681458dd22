"""The audit pages: finding events, reading one as it was signed, checking the chain, taking it away (R42, B26)."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from domain.audit import ActorKind, AuditEvent, EventType
from domain.ids import case_reference
from starter.console.event_words import EVENT_WORDS
from starter.console.site import BASE
from store.audit.keeper import HeadKeeper
from tests.support.database import pool_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.console.conftest import At
    from tests.support.browsing import Page
    from tests.support.world import World

AUDIT = f"{BASE}/audit"
HOSTILE = '<img src=x onerror="alert(1)">'


async def count_events(w: World) -> int:
    """How many events the chain has."""
    return int(await w.owner("SELECT count(*) FROM recovery.audit_events WHERE tenant_id = $1", w.tenant_id))


def cells(page: Page, column: int) -> list[str]:
    """One column of the list of events, as HTML."""
    rows = page.html.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    return [row.split("<td>")[column + 1].partition("</td>")[0].strip() for row in rows]


def types(page: Page) -> set[str]:
    """What the rows say that happened."""
    return set(cells(page, 3))


def test_every_event_has_words() -> None:
    """No event of the audit chain is shown as a bare code (R43)."""
    assert set(EventType) == set(EVENT_WORDS)


@pytest.mark.parametrize("key", ["sol", "ivy", "ari"])
async def test_those_who_may_see_the_events_in_words(w: World, at: At, key: str) -> None:
    """Who, what, with which result, about whom: newest first (R42)."""
    case_id = await w.open("ada", "kim")
    page = await (await at(key)).get(AUDIT)
    assert page.status == 200
    assert "Opened a case" in page.text
    assert w.people["ada"].login not in page.path
    assert f"{BASE}/cases/{case_reference(case_id)}" in page.html
    numbers = [int(one.partition("</a>")[0].rpartition(">")[2]) for one in cells(page, 0)]
    assert numbers == sorted(numbers, reverse=True)
    assert not page.unlabelled
    assert not page.repeated_ids


@pytest.mark.parametrize("path", ["", "/1"])
async def test_others_are_refused(at: At, path: str) -> None:
    """Agents and approvers work on cases, they do not read everything (R6)."""
    page = await (await at("ada")).get(AUDIT + path)
    assert page.status == 403
    assert page.codes[0] == "role_missing"


async def test_an_agent_gets_neither_check_nor_export(w: World, at: At) -> None:
    """Forms of the audit page sent by a reader who has none are refused, and audited as refused (R42)."""
    desk = await at("ada")
    form = (await desk.get(f"{BASE}/audit")).forms[0]
    token = {"form_token": form.fields["form_token"]}
    for path, more in (("/check", {}), ("/export", {"format": "csv"}), ("/person", {"who": "kim.sample"})):
        page = await desk.send(AUDIT + path, {**token, **more})
        assert page.status == 403, path
        assert page.codes[0] == "role_missing"
    refused = await w.owner(
        "SELECT count(*) FROM recovery.audit_events WHERE type = $1 AND actor_id = $2", EventType.ACCESS_REFUSED,
        w.accounts["ada"],
    )  # fmt: skip
    assert refused == 4


async def test_filters_by_case_type_result_and_day(w: World, at: At) -> None:
    """Each filter narrows the list; what does not exist is said beside its field."""
    case_id = await w.open("ada", "kim")
    desk = await at("ivy")
    of_case = await desk.get(f"{AUDIT}?case={case_reference(case_id)}")
    assert "Opened a case" in types(of_case)
    assert "Signed in here" not in types(of_case)
    assert types(await desk.get(f"{AUDIT}?type=recovery.case_opened")) == {"Opened a case"}
    refused = await desk.get(f"{AUDIT}?outcome=denied")
    assert all("Refused" in one for one in cells(refused, 4))
    assert types(await desk.get(f"{AUDIT}?until=2001-01-01")) == set()
    assert "Opened a case" in types(await desk.get(f"{AUDIT}?since=2001-01-01"))
    for query, code in (
        ("case=R-0000-0000", "case_not_found"),
        ("type=nothing", "filter_unknown"),
        ("since=yesterday", "date_malformed"),
    ):
        page = await desk.get(f"{AUDIT}?{query}")
        assert code in page.codes, query
        assert types(page) == set()


async def test_a_person_is_found_without_standing_in_an_address(w: World, at: At) -> None:
    """A typed login is posted; the address holds the account's id only (R44)."""
    await w.open("ada", "kim")
    desk = await at("ivy")
    page = await desk.submit(await desk.get(AUDIT), f"{AUDIT}/person", who=w.people["kim"].login)
    assert page.status == 200
    assert f"person={w.accounts['kim']}" in str(page.answer.request.url)
    assert not any(w.people["kim"].login in url for url in desk.urls)
    assert "Opened a case" in types(page)
    assert "Signed in here" not in types(page)
    assert types(await desk.get(f"{AUDIT}?person={w.accounts['ada']}")) >= {"Opened a case", "Signed in here"}
    unknown = await desk.submit(await desk.get(AUDIT), f"{AUDIT}/person", who="nobody")
    assert "account_unknown" in unknown.codes


async def test_the_list_goes_on_by_pages(w: World, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older events are a link away, without a gap and without a repetition."""
    monkeypatch.setattr("starter.console.pages.audit.A_PAGE", 2)
    # Two cases are more than four events, however far their workflows have come.
    await w.open("ada", "kim")
    await w.open("ada", "mara")
    desk = await at("ivy")
    first = await desk.get(AUDIT)
    second = await desk.follow(first, "Older events")
    numbers = [int(one.partition("</a>")[0].rpartition(">")[2]) for page in (first, second) for one in cells(page, 0)]
    assert numbers == list(range(numbers[0], numbers[0] - 4, -1))


async def test_an_event_is_shown_as_it_was_signed(w: World, at: At) -> None:
    """The exact text, its hash and the one before, and the key (R42)."""
    await w.open("ada", "kim")
    row = (await pool_of(w.parts.ledger).fetch("SELECT * FROM recovery.audit_events ORDER BY seq DESC LIMIT 1"))[0]
    page = await (await at("ivy")).get(f"{AUDIT}/{row['seq']}")
    assert page.status == 200
    assert row["text"] in page.text
    assert row["hash"].hex() in page.text
    assert json.loads(row["text"])["prev"] in page.text
    assert row["key_id"] in page.text


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999", "abc", "-1"])
async def test_an_event_that_is_not_there(at: At, number: str) -> None:
    """A number that never was, and what is no number, are answered alike."""
    page = await (await at("ivy")).get(f"{AUDIT}/{number}")
    assert page.status == 404


async def test_nobody_reads_the_events_of_a_case_about_themselves(w: World, at: At) -> None:
    """A thief of the lost device would read along (R6)."""
    case_id = await w.open("bo", "ada")
    await w.give_roles("ada", "auditor")
    desk = await at("ada")
    page = await desk.get(f"{AUDIT}?case={case_id}")
    assert page.status == 200
    assert types(page) == set()
    assert case_reference(case_id) not in (await desk.get(AUDIT)).text
    seq = await w.owner("SELECT max(seq) FROM recovery.audit_events WHERE case_id = $1", case_id)
    page = await desk.get(f"{AUDIT}/{seq}")
    assert page.status == 403
    assert "own_case" in page.codes


async def test_the_chain_is_checked_from_the_page(w: World, at: At, tmp_path: Path) -> None:
    """Counts and what signed heads vouch for; nothing is changed by it (R42)."""
    await w.until_idle(await w.open("ada", "kim"))
    desk = await at("ivy")
    page = await desk.get(AUDIT)
    async with HeadKeeper(
        pool_of(w.parts.ledger), tmp_path / "audit-heads.jsonl", signer=w.parts.audit, verifier=w.parts.audit
    ) as keeper:
        await keeper.keep()
        before = await count_events(w)
        page = await desk.submit(page, f"{AUDIT}/check")
    assert page.status == 200
    assert "Nothing bad was found" in page.text
    assert f"Events found good {before}" in page.text
    assert f"vouched for by signed heads {before}" in page.text
    assert await count_events(w) == before


async def test_a_changed_event_is_found_from_the_page(w: World, at: At) -> None:
    """The first bad event and what is wrong with it (R42, B18)."""
    await w.open("ada", "kim")
    desk = await at("ivy")
    page = await desk.get(AUDIT)
    await w.owner("ALTER TABLE recovery.audit_events DISABLE TRIGGER audit_events_stay")
    await w.owner("UPDATE recovery.audit_events SET outcome = 'partial' WHERE seq = 3")
    page = await desk.submit(page, f"{AUDIT}/check")
    assert "The chain is not what it was" in page.text
    assert "First bad event 3" in page.text
    assert "The event was changed." in page.text


async def test_checks_are_limited(at: At) -> None:
    """Each reads the whole chain, so nobody asks for it without end."""
    desk = await at("ivy")
    page = await desk.get(AUDIT)
    found = [(await desk.submit(page, f"{AUDIT}/check")).status for _ in range(7)]
    assert found == [200] * 6 + [429]


async def test_the_chain_is_exported_with_its_proof_and_for_reading(w: World, at: At) -> None:
    """JSON lines and CSV; each export is itself the last event, and no cell is run by a spreadsheet (R42, B26)."""
    event = AuditEvent(
        type=EventType.OBSERVED, actor_kind=ActorKind.SYSTEM, actor_id='=HYPERLINK("http://x.example","y")',
        data={"note": HOSTILE},
    )  # fmt: skip
    await w.parts.ledger.audit(w.tenant_id, event)
    desk = await at("ivy")
    page = await desk.get(AUDIT)
    lines = (await desk.submit(page, f"{AUDIT}/export", format="jsonl")).answer
    assert lines.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    texts = [json.loads(json.loads(line)["text"]) for line in lines.text.splitlines()]
    assert [one["seq"] for one in texts] == list(range(1, len(texts) + 1))
    assert texts[-1]["type"] == EventType.AUDIT_EXPORTED
    sheet = (await desk.submit(page, f"{AUDIT}/export", format="csv")).answer
    rows = list(csv.DictReader(io.StringIO(sheet.text)))
    assert [one for one in rows for cell in one.values() if cell[:1] in {"=", "+", "-", "@"}] == []
    assert any(one["actor_id"].startswith("'=HYPERLINK") for one in rows)
    refused = await desk.send(f"{AUDIT}/export", {**page.form(f"{AUDIT}/check").fields, "format": "exe"})
    assert "format_unknown" in refused.codes


async def test_the_public_keys_are_there_to_take(w: World, at: At) -> None:
    """A reader who checks an export needs them; no secret is among them (R44)."""
    answer = (await (await at("ivy")).get(f"{AUDIT}/keys")).answer
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.json() == json.loads(w.parts.keyring.public_document())


async def test_hostile_text_is_shown_as_text(w: World, at: At) -> None:
    """Whatever an event holds stays text on its page, in the list and in the filters (B26)."""
    event = AuditEvent(type=EventType.OBSERVED, actor_kind=ActorKind.SYSTEM, actor_id=HOSTILE, data={"code": HOSTILE})
    await w.parts.ledger.audit(w.tenant_id, event)
    desk = await at("ivy")
    last = await count_events(w)
    typed = await desk.submit(await desk.get(AUDIT), f"{AUDIT}/person", who=HOSTILE)
    for page in (await desk.get(AUDIT), await desk.get(f"{AUDIT}/{last}"), typed):
        assert "<img" not in page.html
        assert page.status in {200, 422}
    for query in ("case", "person", "type", "outcome", "since", "until", "before"):
        page = await desk.get(f"{AUDIT}?{query}=%3Cimg%20src%3Dx%3E")
        assert "<img" not in page.html
        assert page.status < 500


async def test_looking_changes_nothing(w: World, at: At) -> None:
    """No GET of these pages leaves a trace, so that a scanner may follow every link (B05)."""
    await w.until_idle(await w.open("ada", "kim"))
    desk = await at("ivy")
    await desk.get(AUDIT)
    before = await count_events(w)
    for path in ("", "/1", "/keys", "/check", "/export", "/person", "?type=recovery.case_opened"):
        await desk.get(AUDIT + path)
    assert await count_events(w) == before
