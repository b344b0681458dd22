"""Stop links: opening them changes nothing, confirming stops once, and nothing is given away (R24, B20)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.account import AccountStatus, ContactKind
from domain.acts import ObjectionBody, Ruling
from domain.ids import case_reference
from domain.messages import Phase
from domain.notices import Occasion
from service import objecting
from service.stop_tokens import LinkUnknown
from starter.page_limits import MOST_OF_ONE, PerMinute
from tests.attacks.support import as_application
from tests.notices.support import (
    BASE,
    HELP_LINE,
    Browser,
    Collecting,
    door_of,
    form_token,
    relay_of,
    stop_app,
    token_in,
    tokens_of,
)
from tests.support import playing
from tests.support.database import pool_of

if TYPE_CHECKING:
    from uuid import UUID

    import httpx2

    from tests.support.world import World

SCANNERS = [
    "Mozilla/5.0 (compatible; proofpoint-urldefense)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) SafeLinks/1.0",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 HeadlessChrome/130.0",
    "curl/8.5",
]


async def told(w: World, case_id: UUID, occasion: Occasion = Occasion.OPENED, kind: str = "email") -> str:
    """Let the notices go out; returns the token that reached the subject's contact point of this kind."""
    channel = Collecting(frozenset(ContactKind))
    await relay_of(w, channel).work()
    case, _ = await w.case(case_id)
    address = next(one.value for one in case.snapshot.contacts if one.kind == kind)
    return token_in(next(one.text for one in channel.taken if one.occasion is occasion and one.address == address))


async def objections(w: World, case_id: UUID) -> list[ObjectionBody]:
    """The objections that the case knows."""
    _, acts = await w.case(case_id)
    return [act.body for act in acts if isinstance(act.body, ObjectionBody)]


async def everything_stored(w: World) -> dict[str, Any]:
    """A digest of every table of the store."""
    tables = await pool_of(w.parts.ledger).fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'recovery' ORDER BY 1"
    )
    found = {}
    for row in tables:
        name = row["table_name"]
        found[name] = await w.owner(f"SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM recovery.{name} t")
    return found


def is_locked_down(answer: httpx2.Response) -> None:
    """What every page of a stop link says about itself."""
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "<script" not in answer.text
    assert "http-equiv" not in answer.text


async def test_looking_changes_nothing(make_world: Any) -> None:
    """B20: GET three times, HEAD, and every scanner's agent: not one row changes, and the link works afterwards."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("bo", "kim")
        token = await told(w, case_id)
        before = await everything_stored(w)
        app = stop_app(w)
        for agent in SCANNERS:
            scanner = Browser(app)
            for method in ("HEAD", "GET", "GET", "GET"):
                answer = await scanner.open(token, method, **{"User-Agent": agent})
                assert answer.status_code == 200
                is_locked_down(answer)
                # What is left behind binds a form to the browser; it opens nothing, here or elsewhere.
                assert [one.name for one in scanner.client.cookies.jar] == ["__Host-recovery_stop"]
        assert await everything_stored(w) == before
        assert (await Browser(app).stop(token)).status_code == 200
        assert len(await objections(w, case_id)) == 1


async def test_a_scanner_that_posts_what_it_finds_does_nothing(w: World) -> None:
    """B20: a POST without the page's field, without its cookie, or with another browser's, is no confirmation."""
    case_id = await w.open("bo", "kim")
    token, app = await told(w, case_id), stop_app(w)
    reader, other, bare = Browser(app), Browser(app), Browser(app)
    page = await reader.open(token)
    await other.open(token)
    refused = [
        await bare.client.post(f"/stop/{token}"),
        await bare.client.post(f"/stop/{token}", data={"form": ""}),
        await bare.confirm(token, page),
        await other.confirm(token, page),
        await reader.client.post(
            f"/stop/{token}", content=b"\xff\xfe", headers={"Content-Type": "multipart/form-data"}
        ),
        await reader.client.post(f"/stop/{token}", files={"form": b"x"}),
    ]
    assert {one.status_code for one in refused} == {403}
    assert "Nothing has been done yet" in refused[2].text
    assert await objections(w, case_id) == []
    # A reader who was refused by mistake finds a form on the answer that works.
    assert (await other.confirm(token, refused[3])).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": BASE + ".evil.example"},
        {"Origin": "http://stop.acme.example"},
    ],
)  # fmt: skip
async def test_a_foreign_page_cannot_confirm(w: World, headers: dict[str, str]) -> None:
    """B22, R24: even with cookie and field, what another origin caused is not believed."""
    case_id = await w.open("bo", "kim")
    token, browser = await told(w, case_id), Browser(stop_app(w))
    answer = await browser.confirm(token, await browser.open(token), **headers)
    assert answer.status_code == 403
    assert await objections(w, case_id) == []


async def test_the_form_of_one_link_does_not_confirm_another(w: World) -> None:
    """R24: field and cookie belong to one link, so a page about one case cannot stop another."""
    first, second = await w.open("bo", "kim"), await w.open("bo", "lee")
    channel = Collecting(frozenset(ContactKind))
    await relay_of(w, channel).work()
    mails = {one.reference: token_in(one.text) for one in channel.taken if one.kind is ContactKind.EMAIL}
    browser = Browser(stop_app(w))
    page = await browser.open(mails[case_reference(first)])
    other = mails[case_reference(second)]
    answer = await browser.client.post(f"/stop/{other}", data={"form": form_token(page)}, headers={"Origin": BASE})
    assert answer.status_code == 403
    assert await objections(w, second) == []


async def test_confirming_pauses_a_case_before_the_claim_once(w: World) -> None:
    """R24: paused, audited without an address, told to everybody and to security; said again, the same answer."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    token, app = await told(w, case_id), stop_app(w)
    browser = Browser(app)
    answer = await browser.stop(token)
    assert "paused" in answer.text
    is_locked_down(answer)
    again = await Browser(app).stop(token)
    assert again.text == answer.text
    (body,) = await objections(w, case_id)
    case, _ = await w.case(case_id)
    assert body.contact_id == next(one.id for one in case.snapshot.contacts if one.kind == "email")
    (event,) = await w.audit(case_id, "recovery.objection_recorded")
    assert event["data"]["answer"] == "paused"
    channel = Collecting(frozenset(ContactKind))
    await relay_of(w, channel).work()
    assert {one.occasion for one in channel.taken} == {Occasion.STOPPED, Occasion.SECURITY_ALERT}
    paused = await w.until(case_id, lambda one: one.code == "paused_by_objection")
    assert paused.outcome is None


async def test_many_windows_at_once_are_one_objection(w: World) -> None:
    """R33: the button pressed in five windows at the same moment records one act."""
    case_id = await w.open("bo", "kim")
    token, app = await told(w, case_id), stop_app(w)
    answers = await asyncio.gather(*(Browser(app).stop(token) for _ in range(5)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.text for one in answers}) == 1
    assert len(await objections(w, case_id)) == 1
    assert (await w.audit_types(case_id)).count("recovery.objection_recorded") == 1


async def test_after_the_claim_it_suspends(w: World) -> None:
    """R24, B08: the wipe has begun: the page says that it is not taken back, and what follows is suspended."""
    played = await playing.wiped(w)
    token = await told(w, played.case_id, Occasion.RESET)
    answer = await Browser(stop_app(w)).stop(token)
    assert "suspended" in answer.text

    async def suspended() -> bool:
        return (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.DISABLED

    await playing.eventually(suspended, nudge=w.nudge)
    # An officer answers; the link of another notice may object anew, the one that was used may not.
    await w.rule("sol", played.case_id, Ruling.RESUME)
    assert "suspended" in (await Browser(stop_app(w)).stop(token)).text
    assert len(await objections(w, played.case_id)) == 1


async def test_within_the_watch_it_still_suspends(w: World) -> None:
    """R24, R38: the case has ended as recovered and is watched: the act is recorded and the watch is rung."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    token = await told(w, played.case_id, Occasion.ENROLLED)
    answer = await Browser(stop_app(w)).stop(token)
    assert "suspended" in answer.text

    async def suspended() -> bool:
        return "recovery.suspended_after_objection" in await w.audit_types(played.case_id)

    await playing.eventually(suspended, nudge=w.nudge)


async def test_a_case_that_has_ended_has_nothing_to_stop(w: World) -> None:
    """R24: late: no act, but the audit and security learn that a reader objected, and the page says whom to call."""
    case_id = await w.open("bo", "kim")
    token = await told(w, case_id)
    await w.owner("UPDATE recovery.cases SET outcome = 'cancelled', closed_at = clock_timestamp()")
    answer = await Browser(stop_app(w)).stop(token)
    assert "has ended" in answer.text
    assert HELP_LINE.replace("+", "&#43;") in answer.text or HELP_LINE in answer.text
    assert await objections(w, case_id) == []
    (event,) = await w.audit(case_id, "recovery.objection_late")
    assert event["outcome"] == "denied"
    channel = Collecting(frozenset(ContactKind))
    await relay_of(w, channel).work()
    assert {one.occasion for one in channel.taken} == {Occasion.SECURITY_ALERT}


async def test_an_unknown_link_and_an_expired_one_are_answered_alike(w: World) -> None:
    """R24: no stranger learns from an answer whether there ever was such a case."""
    case_id = await w.open("bo", "kim")
    token, browser = await told(w, case_id), Browser(stop_app(w))
    unknown = [
        await browser.open(tokens_of(w).new()),
        await browser.open(token[:-1] + ("A" if token[-1] != "A" else "B")),
        await browser.open("x" * 5000),
        await browser.open("k1-00000000." + token.partition(".")[2]),
    ]
    await w.forward(timedelta(days=91))
    expired = await browser.open(token)
    posted = await browser.client.post(f"/stop/{token}", headers={"Origin": BASE})
    answers = {(one.status_code, one.text) for one in [*unknown, expired, posted]}
    assert {status for status, _ in answers} == {404}
    assert len(answers) == 1
    assert list(browser.client.cookies.jar) == []


async def test_a_flood_of_guesses_never_keeps_a_real_link_from_working(w: World) -> None:
    """B20: wrong links are limited by address and altogether; behind one proxy a real one is answered all the same."""
    case_id = await w.open("bo", "kim")
    token = await told(w, case_id)
    now = [0.0]
    limits = PerMinute(lambda: now[0], of_all=2 * MOST_OF_ONE - 1)
    app = stop_app(w, wrong_tokens=limits)
    guesser = Browser(app)
    statuses = [(await guesser.open("k1-0." + "A" * 54)).status_code for _ in range(MOST_OF_ONE + 1)]
    assert statuses == [404] * MOST_OF_ONE + [429]
    elsewhere = Browser(app, client="192.0.2.99")
    more = [(await elsewhere.open("k1-0." + "A" * 54)).status_code for _ in range(MOST_OF_ONE)]
    assert more[-1] == 429
    assert (await guesser.stop(token)).status_code == 200
    assert len(await objections(w, case_id)) == 1
    now[0] = 61.0
    assert (await guesser.open("k1-0." + "A" * 54)).status_code == 404


async def test_the_page_gives_nothing_away(w: World) -> None:
    """R24, R11 of the reserve: tenant, case and what confirming does; nothing of account or readers."""
    case_id = await w.open("bo", "kim")
    token = await told(w, case_id)
    page = await Browser(stop_app(w)).open(token)
    case, _ = await w.case(case_id)
    assert "Acme" in page.text
    assert f"R-{case_id.hex[:4]}-{case_id.hex[4:8]}".upper() in page.text
    account = case.snapshot
    secret = {account.id, account.login, account.display_name, account.person_id, str(case_id)}
    secret |= {one.value for one in account.contacts} | {one.id for one in account.contacts}
    assert [one for one in secret if one in page.text] == []


async def test_no_token_is_stored(w: World) -> None:
    """R44: the store holds a keyed digest; an insider with the whole database can make up no link."""
    case_id = await w.open("bo", "kim")
    token = await told(w, case_id)
    dump = "".join(
        [
            str(await w.owner(f"SELECT string_agg(t::text, ' ') FROM recovery.{table} t"))
            for table in ("notices", "stop_links", "acts", "audit_events", "kept_notices")
        ]
    )
    assert token not in dump
    assert token.partition(".")[2] not in dump


async def test_a_link_outlives_a_new_key(w: World) -> None:
    """A rotated secret makes no link in a reader's mailbox useless."""
    from transport.keys import rotate  # noqa: PLC0415 - only this test turns keys

    case_id = await w.open("bo", "kim")
    token = await told(w, case_id)
    rotate(w.keyring_path, "token")
    w.parts.keyring.refresh()
    link = await objecting.look(door_of(w), token)
    assert link.tenant == "Acme"
    assert tokens_of(w).new().partition(".")[0] != token.partition(".")[0]


@pytest.mark.parametrize("token", ["", ".", "k1-0.", "k1-0." + "A" * 53, "ü" * 60, "k1-0." + "=" * 54, "\ud800"])
async def test_a_malformed_token_is_unknown(w: World, token: str) -> None:
    """B26: whatever stands in the address, it is a link or it is not."""
    with pytest.raises(LinkUnknown):
        tokens_of(w).digest(token)


async def test_a_database_login_silences_no_objection(w: World) -> None:
    """R12 of the reserve: an insider who writes our rows cannot make it look as if there was an objection already."""
    case_id = await w.open("bo", "kim")
    token = await told(w, case_id)
    async with as_application(w) as insider:
        await insider.execute("UPDATE recovery.notices SET objected_at = clock_timestamp(), state = 'failed'")
    assert "paused" in (await Browser(stop_app(w)).stop(token)).text
    assert len(await objections(w, case_id)) == 1
    assert "recovery.objection_recorded" in await w.audit_types(case_id)


async def test_said_late_twice_it_is_audited_once(w: World) -> None:
    """B20: a late link pressed again and again fills no audit."""
    case_id = await w.open("bo", "kim")
    token, app = await told(w, case_id), stop_app(w)
    await w.owner("UPDATE recovery.cases SET outcome = 'cancelled', closed_at = clock_timestamp()")
    answers = [await Browser(app).stop(token) for _ in range(3)]
    assert len({one.text for one in answers}) == 1
    assert (await w.audit_types(case_id)).count("recovery.objection_late") == 1
