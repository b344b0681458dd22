"""A check of an identity document through our API and a provider, both real servers (R14)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from service import identity_checks
from starter.twins.identity_provider import Found
from tests.identity_document.servers import query_of

if TYPE_CHECKING:
    from tests.identity_document.conftest import Checking

FINISHED = "recovery.identity_check_finished"
RETURNED = "recovery.identity_check_returned"
VERIFIED = "identity_document.verified"
REFUSED = "identity_document.refused"


async def test_a_passed_check_serves_one_verdict(at: Checking) -> None:
    """R14: with liveness and the right name the check is observed in the case, and one verdict may rely on it."""
    case = await at.world.opened()
    started = await at.start(case)
    before = len(at.world.bell.rung)
    answer = await at.browser.goes(started["link"], Found.VERIFIED)
    assert (answer.status_code, "finished" in answer.text) == (200, True)
    assert await at.one(case) == ("verified", "verified")
    assert await at.observed(case) == [VERIFIED]
    assert await at.codes(FINISHED) == [("success", "verified")]
    assert len(at.world.bell.rung) == before + 1
    await at.world.look(case["id"])
    assert (await at.verdict(case, started["reference"])).status_code == 200
    again = await at.verdict(case, started["reference"], "dev")
    assert again.json()["code"] == "check_used"


async def test_without_a_passed_check_the_method_is_refused(at: Checking) -> None:
    """R14: no check, an unfinished one or another case's is no evidence."""
    case, other = await at.world.opened(), await at.world.opened(subject="mara")
    started = await at.start(case)
    for reference in ("somewhere", started["reference"]):
        assert (await at.verdict(case, reference)).json()["code"] == "method_not_observed"
    await at.browser.goes(started["link"], Found.VERIFIED)
    assert (await at.verdict(other, started["reference"])).json()["code"] == "method_not_observed"


@pytest.mark.parametrize(
    ("found", "name", "code"),
    [
        (Found.SOMEBODY_ELSE, ("Kim", "Reyes"), "name_mismatch"),
        (Found.NOT_ALIVE, ("Kim", "Reyes"), "liveness_missing"),
        (Found.VERIFIED, ("Kim", "Reyеs"), "name_looks_alike"),  # noqa: RUF001 - a Cyrillic letter
        (Found.VERIFIED, ("Kim", "Reyes Otherwise"), "name_mismatch"),
    ],
)
async def test_what_does_not_fit_is_refused(at: Checking, found: Found, name: tuple[str, str], code: str) -> None:
    """R14: another person, no living person or a look-alike name is refused on the record, and is no evidence."""
    case = await at.world.opened()
    started = await at.start(case)
    answer = await at.browser.goes(started["link"], found, name)
    # The caller is not told why: it would help an impostor who tries with a better copy.
    assert (answer.status_code, code in answer.text) == (200, False)
    assert await at.one(case) == ("refused", code)
    assert await at.observed(case) == [REFUSED]
    assert await at.codes(FINISHED) == [("denied", code)]
    assert (await at.verdict(case, started["reference"])).json()["code"] == "method_not_observed"


async def test_the_link_says_nothing_of_anybody(at: Checking) -> None:
    """R44: neither the link nor the row behind it holds a name, an account, a case or a secret."""
    case = await at.world.opened()
    started = await at.start(case)
    person = at.world.people["kim"]
    told = [person.login, "Kim", "Reyes", case["id"], case["subject"]["id"], case["reference"], started["reference"]]
    assert not [text for text in told if text.lower() in started["link"].lower()]
    state = query_of(started["link"])["state"]
    rows = await at.world.owner.fetch("SELECT t::text AS text FROM recovery.identity_checks t")
    tables = str([row["text"] for row in rows])
    assert state not in tables
    assert query_of(started["link"])["nonce"] not in tables
    assert state.encode().hex() not in tables


async def test_nothing_of_the_document_is_kept(at: Checking, capfd: pytest.CaptureFixture[str]) -> None:
    """R44: rows, acts, audit and log hold codes and digests, never what the document or the provider said."""
    case = await at.world.opened()
    started = await at.start(case)
    name = ("Zebedee", "Quillfeather")
    back = await at.browser.asks(started["link"], Found.VERIFIED, name)
    await at.browser.http.get(back)
    kept = ""
    for table in ("identity_checks", "acts", "audit_events", "outbox"):
        rows = await at.world.owner.fetch(f"SELECT t::text AS text FROM recovery.{table} t")
        kept += "\n".join(row["text"] for row in rows)
    out, err = capfd.readouterr()
    checks = await at.world.owner.fetch("SELECT t::text AS text FROM recovery.identity_checks t")
    # Other tests of this database write of passports elsewhere.
    assert "passport" not in " ".join([out, err, *(row["text"] for row in checks)]).lower()
    for text in (*name, "1990-01-02", query_of(back)["code"], query_of(back)["state"]):
        assert text.lower() not in (kept + out + err).lower()


async def test_a_look_at_the_link_does_no_harm(at: Checking) -> None:
    """B20: a scanner that opens the link, again and again, uses nothing up."""
    case = await at.world.opened()
    started = await at.start(case)
    for _ in range(8):
        assert (await at.browser.http.get(started["link"])).status_code == 200
    assert await at.one(case) == ("waiting", None)
    await at.browser.goes(started["link"], Found.VERIFIED)
    assert await at.one(case) == ("verified", "verified")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "k1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "code": "x"},
        {"state": "", "code": "x"},
        {"state": "\x00", "code": "x"},
        {"state": "k" * 5000, "code": "x"},
        {"code": "x"},
    ],
)
async def test_a_bad_state_changes_nothing(at: Checking, query: dict[str, str]) -> None:
    """R14: a callback with a state that is not ours leaves checks, acts and audit as they were."""
    case = await at.world.opened()
    await at.start(case)
    before = await everything(at)
    answer = await at.browser.http.get(at.provider.redirect_uri, params=query)
    assert answer.status_code == 404
    assert await everything(at) == before


async def test_an_ambiguous_return_changes_nothing(at: Checking) -> None:
    """R14: two codes, two states, or both code and error are nobody's answer."""
    case = await at.world.opened()
    started = await at.start(case)
    back = query_of(await at.browser.asks(started["link"], Found.VERIFIED))
    before = await everything(at)
    state, code = back["state"], back["code"]
    queries: list[list[tuple[str, Any]]] = [
        [("state", state), ("code", code), ("code", "x")],
        [("state", state), ("state", "x"), ("code", code)],
        [("state", state), ("code", code), ("error", "x")],
        [("state", state)],
        [("state", state), ("code", "x" * 5000)],
    ]
    for query in queries:
        assert (await at.browser.http.get(at.provider.redirect_uri, params=[*query])).status_code == 404
    assert await everything(at) == before
    assert (await at.browser.http.get(at.provider.redirect_uri, params=back)).status_code == 200


async def test_a_used_state_is_refused(at: Checking) -> None:
    """R14: after its result a check takes no other, better or worse, and that it was tried is on record."""
    case = await at.world.opened()
    started = await at.start(case)
    await at.browser.goes(started["link"], Found.SOMEBODY_ELSE)
    answer = await at.browser.goes(started["link"], Found.VERIFIED)
    assert answer.status_code == 404
    assert await at.one(case) == ("refused", "name_mismatch")
    assert await at.observed(case) == [REFUSED]
    assert await at.codes(RETURNED) == [("failure", "check_used")]
    for _ in range(10):
        await at.browser.goes(started["link"], Found.VERIFIED)
    assert len(await at.codes(RETURNED)) < identity_checks.MOST_RETURNS


async def test_an_expired_link_is_refused(at: Checking) -> None:
    """R14: half an hour after it was made a link leads nowhere."""
    case = await at.world.opened()
    started = await at.start(case)
    await forward(at, timedelta(minutes=30, seconds=1))
    assert (await at.browser.goes(started["link"], Found.VERIFIED)).status_code == 404
    # Half an hour without a request has ended the approver's session too.
    await at.world.callers.pop("cleo").http.aclose()
    assert await at.one(case) == ("expired", None)
    assert await at.codes(RETURNED) == [("failure", "check_expired")]
    assert await at.observed(case) == []


async def test_declining_leaves_the_link_usable(at: Checking) -> None:
    """R14: a caller who breaks off at the provider can open the same link again, a few times."""
    case = await at.world.opened()
    started = await at.start(case)
    answer = await at.browser.goes(started["link"], Found.NONE)
    assert answer.status_code == 503
    assert await at.one(case) == ("waiting", "provider_gave_none")
    assert await at.codes(RETURNED) == [("failure", "provider_gave_none")]
    await at.browser.goes(started["link"], Found.VERIFIED)
    assert await at.one(case) == ("verified", "verified")


async def test_coming_back_for_ever_ends(at: Checking) -> None:
    """R14: after five returns that lead nowhere a new link is needed."""
    case = await at.world.opened()
    started = await at.start(case)
    statuses = [(await at.browser.goes(started["link"], Found.NONE)).status_code for _ in range(7)]
    assert statuses == [503] * 5 + [409] * 2
    assert await at.one(case) == ("failed", "provider_gave_none")
    assert len(await at.codes(RETURNED)) == identity_checks.MOST_RETURNS
    assert (await at.browser.goes(started["link"], Found.VERIFIED)).status_code == 404
    assert await at.observed(case) == []


async def test_two_returns_at_once_are_one_result(at: Checking) -> None:
    """R33: a browser that loads the page twice at the same moment makes one act."""
    case = await at.world.opened()
    started = await at.start(case)
    back = await at.browser.asks(started["link"], Found.VERIFIED)
    await asyncio.gather(*(at.browser.http.get(back) for _ in range(4)))
    assert await at.one(case) == ("verified", "verified")
    assert await at.observed(case) == [VERIFIED]
    assert at.provider.redeemed == 1


async def test_a_return_whose_process_died_can_be_repeated(at: Checking) -> None:
    """R33: a check that was taken by a process that is gone is free again after a minute; the same link then works."""
    case = await at.world.opened()
    started = await at.start(case)
    await at.world.owner.execute(
        "UPDATE recovery.identity_checks SET taken_until = recovery.now(tenant_id) + interval '60 s', returns = 1 "
        "WHERE id = $1",
        UUID(started["reference"]),
    )
    assert (await at.browser.goes(started["link"], Found.VERIFIED)).status_code == 404
    assert await at.codes(RETURNED) == [("failure", "check_busy")]
    await forward(at, timedelta(seconds=61))
    assert (await at.browser.goes(started["link"], Found.VERIFIED)).status_code == 200
    assert await at.one(case) == ("verified", "verified")


async def test_one_check_at_the_provider_serves_one_case(at: Checking) -> None:
    """R14: the provider's same check, shown in a second case about the same name, is refused there."""
    case = await at.world.opened()
    link = (await at.start(case))["link"]
    first: list[dict[str, Any]] = []

    def the_same(claims: dict[str, Any]) -> dict[str, Any]:
        first.append(claims)
        return claims | {"verified_claims": first[0]["verified_claims"]}

    at.provider.changes = the_same
    await at.browser.goes(link, Found.VERIFIED)
    again = await at.start(case)
    await at.browser.goes(again["link"], Found.VERIFIED)
    assert await at.one(case) == ("refused", "check_used")
    assert await at.observed(case) == [VERIFIED, REFUSED]
    assert (await at.verdict(case, again["reference"])).json()["code"] == "method_not_observed"


async def test_a_document_that_failed_before_stands_out(at: Checking) -> None:
    """R8: a person's document that was refused for this subject before is a risk signal, whatever it shows now."""
    case = await at.world.opened()
    await at.browser.goes((await at.start(case))["link"], Found.NOT_ALIVE)
    assert [one["failed_before"] for one in await at.of(case)] == [False]
    await at.browser.goes((await at.start(case))["link"], Found.VERIFIED)
    assert [(one["state"], one["failed_before"]) for one in await at.of(case)] == [
        ("verified", True),
        ("refused", False),
    ]
    assert [one["data"]["failed_before"] for one in await at.events(FINISHED)] == [False, True]


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        (timedelta(minutes=-10), "check_before_case"),
        (timedelta(minutes=10), "check_in_future"),
    ],
)
async def test_only_a_check_of_this_case_counts(at: Checking, shift: timedelta, code: str) -> None:
    """R14: what the provider checked before the case opened, or says that it will, proves nothing."""
    case = await at.world.opened()
    at.provider.changes = lambda claims: with_time(claims, at, shift)
    await at.browser.goes((await at.start(case))["link"], Found.VERIFIED)
    assert await at.one(case) == ("refused", code)


async def test_a_check_grows_too_old(at: Checking) -> None:
    """R14: a check made more than half an hour before its result arrives is refused."""
    case = await at.world.opened()
    await forward(at, timedelta(hours=1))
    at.provider.changes = lambda claims: with_time(claims, at, timedelta(minutes=-31))
    await at.browser.goes((await at.start(case))["link"], Found.VERIFIED)
    assert await at.one(case) == ("refused", "check_too_old")


async def test_a_case_that_ended_takes_no_result(at: Checking) -> None:
    """R14: a result that arrives after the case ended is audited and makes no act."""
    case = await at.world.opened()
    started = await at.start(case)
    ada = await at.world.signed_in("ada")
    assert (await ada.post(f"/cases/{case['id']}/cancel", {"reason": "factor_found"})).status_code == 200
    await at.world.look(case["id"])
    await at.world.run("close", case["id"])
    assert (await at.browser.goes(started["link"], Found.VERIFIED)).status_code == 200
    assert await at.one(case) == ("refused", "case_closed")
    assert await at.observed(case) == []


async def everything(at: Checking) -> list[str]:
    """All rows that a return could touch."""
    found: list[str] = []
    for table in ("identity_checks", "acts", "audit_events", "outbox", "cases"):
        rows = await at.world.owner.fetch(f"SELECT t::text AS text FROM recovery.{table} t ORDER BY 1")
        found += [row["text"] for row in rows]
    return found


async def forward(at: Checking, by: timedelta) -> None:
    """Move the rules' clock and the provider's by the same time."""
    await at.world.forward(by)
    before = at.provider.now
    at.provider.now = lambda: before() + by


def with_time(claims: dict[str, Any], at: Checking, shift: timedelta) -> dict[str, Any]:
    """The claims with another time of the check."""
    stated = claims["verified_claims"]
    verification = stated["verification"] | {"time": (at.provider.now() + shift).isoformat()}
    return claims | {"verified_claims": stated | {"verification": verification}}
