"""Hostile and clumsy input at the edge: clean refusals, counted codes, never a stack trace or an echo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from starter.wishes.limits import MOST_CAMPAIGNS, MOST_CASES, MOST_EVENTS
from tests.api.world import callback, opening

if TYPE_CHECKING:
    from tests.api.world import ApiWorld

CASE = "3f2b8c1e-0000-4000-8000-000000000000"
KEPT = [
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    '=HYPERLINK("https://evil.example")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\tindented",
    "line one\nlevel=error forged",
    "windows\r\nline",
    "para\u2028graph",
    "right\u202eto left",
    "emoji \U0001f511",
]
REFUSED = ["a\x00b", "a\x1b[2Jb", "a\x85b", "a\rb", "a\x07b", "x" * 2001]


@pytest.mark.parametrize("text", KEPT)
async def test_odd_text_is_kept_as_text(text: str, world: ApiWorld) -> None:
    """B26: markup, formulas, line ends and direction marks are stored and shown as what they are."""
    case = await world.opened(statement=text)
    assert case["stated"]["statement"] == text.replace("\r\n", "\n")


@pytest.mark.parametrize("text", REFUSED)
async def test_text_that_is_none_is_refused(text: str, world: ApiWorld) -> None:
    """B26: NUL, escape codes and other controls, and text without end, are refused at the edge without an echo."""
    caller = await world.signed_in("ada")
    for field in ("statement", "ticket", "subject", "revoke_sessions_because"):
        answer = await caller.post("/cases", opening(**{"subject": "kim.reyes", field: text}))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == f"body.{field}"
        assert "\x1b" not in answer.text
        assert "xxxx" not in answer.text
    assert await world.events("recovery.case_opened") == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{not json", 400),
        (b"\xff\xfe\x00garbage", 400),
        (b'{"subject": "\xe9"}', 400),
        (b"[" * 60_000, 400),
        (b'{"subject": "\\ud800"}', 422),
        (b'{"subject": ' + b"9" * 5_000 + b"}", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b"x" * 65_537, 413),
    ],
)
async def test_bodies_that_are_none(raw: bytes, status: int, world: ApiWorld) -> None:
    """B26: broken JSON, broken UTF-8, endless nesting and oversize bodies are refused with a problem, never a 500."""
    caller = await world.signed_in("ada")
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = await caller.http.post("/cases", content=raw, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_body_without_an_announced_length_is_bounded(world: ApiWorld) -> None:
    """B26: a body that grows as it arrives is cut at the same limit."""
    caller = await world.signed_in("ada")

    async def pieces() -> object:
        for _ in range(20):
            yield b"x" * 10_000

    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = await caller.http.post("/cases", content=pieces(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cannot_complete_mfa", "yes"),
        ("cannot_complete_mfa", 1),
        ("cannot_complete_mfa", None),
        ("subject", 5),
        ("subject", ["kim.reyes"]),
        ("reason", "because"),
        ("password_compromised", True),
        ("statement", {"$ne": ""}),
    ],
)
async def test_types_are_strict(field: str, value: object, world: ApiWorld) -> None:
    """Nothing is coerced: a field of another type is refused by name and kind."""
    caller = await world.signed_in("ada")
    answer = await caller.post("/cases", opening("kim.reyes") | {field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"body.{field}"


@pytest.mark.parametrize(
    "code",
    [
        "12345",
        "0012345",
        "\uff10\uff11\uff12\uff13\uff14\uff15",
        "٠١٢٣٤٥",
        "●●●●●●",
        "²12345",
        "",
        "1" * 1000,
        "abcdef",
    ],
)
async def test_clumsy_codes_are_wrong_codes(code: str, world: ApiWorld) -> None:
    """B28: whatever people type is a wrong code, refused and counted, never an error of ours."""
    challenge = await world.start_sign_in("ada")
    body = {
        "tenant": world.slug,
        "transaction": challenge["transaction"],
        "response": {"kind": "totp", "code": code},
    }
    answer = await world.stranger().post("/sign-in/finish", body)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert len(await world.events("recovery.staff_sign_in_refused")) == 1


@pytest.mark.parametrize("code", [12345, 12345.0, None, ["012345"], {"code": "012345"}, True])
async def test_codes_are_text(code: object, world: ApiWorld) -> None:
    """B28: a JSON number loses its leading zero, so it is refused before anything is compared."""
    challenge = await world.start_sign_in("ada")
    body = {
        "tenant": world.slug,
        "transaction": challenge["transaction"],
        "response": {"kind": "totp", "code": code},
    }
    answer = await world.stranger().post("/sign-in/finish", body)
    assert answer.status_code == 422
    answer = await (await world.signed_in("cleo")).post(f"/cases/{CASE}/presence-checks", {"code": code})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "case", ["nothing", "R-ZZZZ-ZZZZ", "R-0000-0000", CASE, "%00", "..%2f..", "a" * 500, "R-\uff11111-1111", "1' OR '1"]
)
async def test_ids_that_name_nothing(case: str, world: ApiWorld) -> None:
    """B23: every id or reference that is not a case of this tenant gets the same answer."""
    caller = await world.signed_in("ada")
    answer = await caller.get(f"/cases/{case}")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"case_not_found", "not_found"}


async def test_evidence_times_are_strict(world: ApiWorld) -> None:
    """A ticket's time needs an offset, and a number is none."""
    case = await world.opened()
    caller = await world.signed_in("cleo")
    for moment in (1700000000, "2026-01-01T10:00:00", "yesterday", True):
        body = callback(case, ticket_opened_at=moment)
        answer = await caller.post(f"/cases/{case['id']}/verdicts", {**body, "step_up": None})
        assert answer.status_code == 422, moment
        assert answer.json()["errors"][0]["field"] == "body.evidence.ticket_opened_at"


@pytest.mark.parametrize(
    ("place", "who", "most"),
    [("/cases", "ada", MOST_CASES), ("/audit/events", "ivy", MOST_EVENTS), ("/campaigns", "ari", MOST_CAMPAIGNS)],
)
async def test_a_list_grants_what_every_way_in_promises(world: ApiWorld, place: str, who: str, most: int) -> None:
    """M15: the largest list that the command line offers is granted, one more is a mistake."""
    reader = await world.signed_in(who)
    assert (await reader.get(place, limit=most)).status_code == 200
    assert (await reader.get(place, limit=most + 1)).status_code == 422
