"""What is tried against the console beside its single pages: from outside, from another tenant, in haste."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest

from domain.acts import Verdict
from domain.errors import Refused
from domain.people import Role
from service import members, sessions
from service.members import RoleChange
from starter.console.limits import MOST_STREAMS_OF_ONE
from starter.console.pages.people import MOST_LOOKUPS_A_MINUTE
from starter.console.site import BASE
from starter.page_limits import PerMinute
from tests.console.approving import opened, path_of, verdicts_of
from tests.support.people import sample_document

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from uuid import UUID

    from tests.console.conftest import At
    from tests.console.support import Desk
    from tests.support.browsing import Page
    from tests.support.world import World

FOREIGN_LOGIN, FOREIGN_NAME = "mal.foreign", "Mallory Foreign"


async def foreign_hr(w: World) -> str:
    """A person of another tenant's HR; returns the account's id."""
    document = sample_document()
    document["tenant"] = {"slug": "other", "name": "Other"}
    document["people"] = [
        {
            "key": "mal",
            "login": FOREIGN_LOGIN,
            "display_name": FOREIGN_NAME,
            "password": "mal-harbour-lantern-1",
            "contacts": [],
            "factors": [],
            "roles": [],
            "directory_roles": ["hr_admin"],
        }
    ]
    await w.parts.people.apply(document, tenant_slug=None)
    return str(await w.owner("SELECT id FROM directory.accounts WHERE login = $1", FOREIGN_LOGIN))


def names_nobody(page: Page) -> bool:
    """Whether the other tenant's person stands nowhere on the page."""
    return FOREIGN_NAME not in page.html and FOREIGN_LOGIN not in page.html


async def vouched_by(desk: Desk, case_id: UUID, author: str, *, verdict: str) -> Page:
    """State a verdict on the word of this account, with everything else in order."""
    case, _ = await desk.w.case(case_id)
    form = (await desk.get(path_of(case_id, "verify"))).form(path_of(case_id, "verify"), form="corroborating_ticket")
    ticket = {
        "author_id": author,
        "author_confirmed": "callback",
        "ticket_opened_at": f"{case.opened_at + timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        "quotes_case": "yes",
        "what_seen": "The ticket of HR, confirmed by callback",
        "reference": "ticket 77",
        "verdict": verdict,
    }
    return await desk.send(path_of(case_id, "verify"), {**form.fields, **ticket})


async def test_another_tenants_hr_does_not_vouch(w: World, at: At) -> None:
    """B23, R14: an account of another tenant vouches for nobody here, whatever its directory says of it."""
    foreign = await foreign_hr(w)
    case_id = await opened(w)
    await w.forward(timedelta(minutes=3))
    page = await vouched_by(await at("cleo"), case_id, foreign, verdict=Verdict.VERIFIED.value)
    assert page.codes == ["author_not_independent"]
    assert names_nobody(page)
    assert await verdicts_of(w, case_id) == []


async def test_an_id_of_another_tenant_gets_no_name(w: World, at: At) -> None:
    """B23: neither the audit's filter nor the page that asks for a proof says who an id is that was sent."""
    foreign = await foreign_hr(w)
    ivy = await at("ivy")
    page = await ivy.get(f"{BASE}/audit?person={foreign}")
    assert page.status == 200
    assert names_nobody(page)
    assert names_nobody(await ivy.submit(page, f"{BASE}/audit/person", who=foreign))
    case_id = await opened(w)
    await w.forward(timedelta(minutes=3))
    for verdict in (Verdict.UNCERTAIN, Verdict.FAILED):
        assert names_nobody(await vouched_by(await at("cleo"), case_id, foreign, verdict=verdict.value))


async def test_two_administrators_cannot_remove_each_other_at_once(w: World) -> None:
    """B17, R6: an administrator who lost the role a moment ago changes no roles, so that one administrator is left."""
    await w.give_roles("bo", Role.ADMIN)
    ari, bo = await w.session("ari"), await w.session("bo")
    admin, none = frozenset({Role.ADMIN}), frozenset[Role]()
    await members.change_roles(w.doors, ari, RoleChange(w.accounts["bo"], none, admin), key="k-ari")
    with pytest.raises(Refused) as refused:
        await members.change_roles(w.doors, bo, RoleChange(w.accounts["ari"], none, admin), key="k-bo")
    assert refused.value.code == "role_missing"
    left = await w.parts.ledger.member_of_account(w.tenant_id, w.accounts["ari"])
    assert left is not None
    assert left.roles == admin


@pytest.mark.parametrize(
    ("fetched", "status"),
    [
        ("same-site no-cors image", 403),
        ("cross-site no-cors script", 403),
        ("same-site navigate iframe", 403),
        ("same-site cors empty", 403),
        ("cross-site navigate document", 200),
        ("none navigate document", 200),
        ("same-origin cors empty", 200),
    ],
)
async def test_another_sites_page_loads_nothing_of_ours(w: World, at: At, fetched: str, status: int) -> None:
    """B22: a site beside ours gets our cookie sent; it neither looks at people nor keeps their reader signed in."""
    ada = await at("ada")
    before = await w.owner("SELECT max(seen_at) FROM recovery.sessions")
    headers = dict(zip(("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"), fetched.split(), strict=True))
    page = await ada.get(f"{BASE}/people/{w.accounts['kim']}", **headers)
    assert page.status == status
    after = await w.owner("SELECT max(seen_at) FROM recovery.sessions")
    looked = await w.owner("SELECT count(*) FROM recovery.audit_events WHERE type = 'recovery.accounts_looked_up'")
    assert (after > before, looked) == ((True, 1) if status == 200 else (False, 0))


async def test_a_watched_case_keeps_nobody_signed_in(w: World, at: At) -> None:
    """NIST SP 800-63B-4 §2.2.3: a stream that connects again and again is nobody's use of the session."""
    case_id = await opened(w)
    ada = await at("ada")
    await w.forward(sessions.IDLE_LIMIT - timedelta(minutes=1))
    async with Streams(ada, case_id) as streams:
        assert await streams.open(1) == [200]
    await w.forward(timedelta(minutes=2))
    assert (await ada.get(path_of(case_id))).path == f"{BASE}/sign-in"


async def test_one_person_cannot_take_every_connection(w: World, at: At) -> None:
    """OWASP API4: streams of one person have a limit, others' have their own, and closed ones count no more."""
    case_id = await opened(w)
    ada, bo = await at("ada"), await at("bo")
    async with Streams(ada, case_id) as streams:
        found = await streams.open(MOST_STREAMS_OF_ONE + 5)
        assert sorted(found) == [*[200] * MOST_STREAMS_OF_ONE, *[429] * 5]
        async with Streams(bo, case_id) as others:
            assert await others.open(1) == [200]
    async with Streams(ada, case_id) as streams:
        assert await streams.open(1) == [200]


def test_one_flood_does_not_lock_the_others_out() -> None:
    """B26: who is refused already uses up nothing of what everybody has together."""
    limits = PerMinute(lambda: 0.0, of_one=2, of_all=6)
    assert [limits.admit("one") for _ in range(100)].count(True) == 2
    assert limits.admit("another")


async def test_every_way_to_look_people_up_has_the_limit(w: World, at: At) -> None:
    """R02 of the faults: what a case would need, and the audit's search, find nobody faster than the search does."""
    sol = await at("sol")
    explain, person = f"{BASE}/settings/policy/explain", f"{BASE}/audit/person"
    page = await sol.get(explain)
    fields = {
        **page.form(explain).fields,
        "subject": "nobody",
        "reason": "lost_phone",
        "password_compromised": "no",
    }
    for _ in range(MOST_LOOKUPS_A_MINUTE):
        assert (await sol.send(explain, fields)).codes == ["subject_not_found"]
    assert (await sol.send(explain, fields)).codes == ["throttled"]
    assert (await sol.submit(await sol.get(f"{BASE}/audit"), person, who="nobody")).codes == ["throttled"]


@pytest.mark.parametrize("tenant", ["\0", "ac\0me", "\u202eacme"])
async def test_a_strange_tenant_is_none(stranger: Desk, tenant: str) -> None:
    """B26: what PostgreSQL takes for no text is refused like any other name, for strangers too."""
    page = await stranger.get(f"{BASE}/sign-in")
    page = await stranger.submit(page, f"{BASE}/sign-in", tenant=tenant, login="ada.fontaine", password="x")
    assert (page.status, page.codes) == (404, ["tenant_unknown"])


async def test_a_strange_contact_is_none(w: World, at: At) -> None:
    """B26: a number that has no id that could be one is not looked for."""
    case_id = await opened(w)
    cleo = await at("cleo")
    form = (await cleo.get(path_of(case_id, "verify"))).form(path_of(case_id, "reveal"))
    for contact in ("\0", "", "x" * 500):
        page = await cleo.send(path_of(case_id, "reveal"), {**form.fields, "contact_id": contact})
        assert (page.status, page.codes) == (422, ["invalid_request"])


class Streams:
    """Event streams of one browser, which stay open until the block ends."""

    def __init__(self, desk: Desk, case_id: UUID) -> None:
        self._desk = desk
        self._path = path_of(case_id, "live")
        self._close = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close.set()
        async with asyncio.timeout(10):
            await asyncio.gather(*self._tasks)

    async def open(self, how_many: int) -> list[int]:
        """Open so many at once; the status of each."""
        answers = [asyncio.get_running_loop().create_future() for _ in range(how_many)]
        self._tasks += [asyncio.create_task(self._one(answer)) for answer in answers]
        async with asyncio.timeout(20):
            return [int(one) for one in await asyncio.gather(*answers)]

    async def _one(self, answer: asyncio.Future[int]) -> None:
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._close.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.set_result(message["status"])

        cookies = "; ".join(f"{one.name}={one.value}" for one in self._desk.client.cookies.jar)
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": self._path, "raw_path": self._path.encode(), "query_string": b"", "root_path": "",
            "headers": [(b"host", b"localhost:8081"), (b"cookie", cookies.encode())],
            "client": ("192.0.2.7", 50_000), "server": ("localhost", 8081),
        }  # fmt: skip
        await self._desk.app(scope, receive, send)
