"""The status page over HTTP: one answer for whatever is not to be shown, limits, and no reference in any address."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from domain.ids import case_reference
from service.public_status import SENTENCES, SHOWN_AFTER_THE_END, Stage, look
from starter.page_limits import PerMinute
from starter.status_page.routes import StatusPage, mount

if TYPE_CHECKING:
    from tests.support.world import World

BASE = "https://recovery.acme.example"
HELP_LINE = "the IT help desk, +44 20 7946 0000"
WAITING = "https://id.acme.example/waiting"
SAME = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
NOTHING = "R-0000-0000"


class Visitor:
    """A visitor without an account, at an address."""

    def __init__(self, app: FastAPI, *, client: str = "192.0.2.7", **headers: str) -> None:
        transport = httpx2.ASGITransport(app=app, client=(client, 50_000))
        self.client = httpx2.AsyncClient(transport=transport, base_url=BASE, timeout=20, headers=headers)

    async def ask(self, reference: str, **fields: str) -> httpx2.Response:
        """Type a reference and press the button."""
        return await self.client.post("/status", data={"reference": reference, **fields}, headers=SAME)


def app_of(w: World, *, looks: PerMinute | None = None, wrong: PerMinute | None = None) -> FastAPI:
    """The status page alone."""
    app = FastAPI(openapi_url=None)
    mount(
        app,
        StatusPage(
            ledger=w.parts.ledger,
            secure=True,
            help_line=HELP_LINE,
            waiting_url=WAITING,
            looks=looks or PerMinute(lambda: 0.0, of_one=1000),
            wrong=wrong or PerMinute(lambda: 0.0, of_one=1000),
        ),
    )
    return app


def heading(answer: httpx2.Response) -> str:
    """The page's text, as it is read."""
    return unescape(answer.text)


async def test_where_a_case_stands(w: World) -> None:
    """The locked-out person reads where the case stands, what comes next, until when, and what if it was not them."""
    case_id = await w.open("bo", "kim")
    case, _ = await w.case(case_id)
    answer = await Visitor(app_of(w)).ask(case_reference(case_id))
    assert answer.status_code == 200
    told = SENTENCES[Stage.CHECKING]
    for sentence in (
        str(told.now),
        str(told.next),
        "stop link",
        HELP_LINE,
        case.expires_at.strftime("%Y-%m-%d %H:%M UTC"),
    ):
        assert sentence in heading(answer)
    assert WAITING not in heading(answer)


async def test_it_says_nothing_of_anybody(w: World) -> None:
    """B23: no name, login, contact, organisation or id beyond the reference that was typed."""
    case_id = await w.open("bo", "kim")
    case, _ = await w.case(case_id)
    answer = await Visitor(app_of(w)).ask(case_reference(case_id))
    account = case.snapshot
    secret = {
        account.id,
        account.login,
        account.display_name,
        account.person_id,
        str(case_id),
        str(w.tenant_id),
        "cme.",
    }
    secret |= {one.value for one in account.contacts} | {case.agent.account_id, case.intake.reason.value}
    shown = heading(answer).replace(WAITING, "").replace(BASE, "")
    assert [one for one in secret if one in shown] == []


async def test_an_objection_and_a_brake_are_not_told_apart(w: World) -> None:
    """R24 R41: a holder of the reference does not learn that a reader of a notice objected."""
    case_id = await w.open("bo", "kim")
    await w.object(case_id)
    answer = await Visitor(app_of(w)).ask(case_reference(case_id))
    assert str(SENTENCES[Stage.SECURITY].now) in heading(answer)
    assert "object" not in heading(answer)


@pytest.mark.parametrize(
    "spelling", ["{0}", "{0} ", "{0:l}", "{1}", "{1:l}", "R {1:4} {1:-4}", "R\u20131\u2013", "R{1}"]
)
async def test_however_it_is_typed(w: World, spelling: str) -> None:
    """B28: case, spaces, dashes and the R do not matter, nor O for 0 and l for 1."""
    case_id = await w.open("bo", "kim")
    reference = case_reference(case_id)
    digits = reference.removeprefix("R-").replace("-", "")
    typed = {
        "{0}": reference, "{0} ": f" {reference}\t", "{0:l}": reference.lower(), "{1}": digits, "{1:l}": digits.lower(),
        "R {1:4} {1:-4}": f"R {digits[:4]} {digits[4:]}", "R\u20131\u2013": f"R\u2013{digits[:4]}\u2013{digits[4:]}",
        "R{1}": f"r{digits}".replace("0", "o").replace("1", "l"),
    }[spelling]  # fmt: skip
    found = await look(w.parts.ledger, typed)
    assert found is not None
    assert found.reference == reference


async def test_whatever_is_not_to_be_shown_is_answered_alike(w: World) -> None:
    """B23: unknown, malformed, ambiguous and long ended references are told apart by nothing but what was typed."""
    twin, ended = await w.open("bo", "kim"), await w.open("bo", "nia")
    copy = UUID(hex=twin.hex[:8] + "0" * 24)
    columns = await w.owner(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
        "WHERE table_schema = 'recovery' AND table_name = 'cases' AND column_name NOT IN ('id', 'subject_id')"
    )
    await w.owner(
        f"INSERT INTO recovery.cases (id, subject_id, {columns}) SELECT $1, 'other', {columns} "
        "FROM recovery.cases WHERE id = $2",
        copy, twin,
    )  # fmt: skip
    await w.owner(
        "UPDATE recovery.cases SET outcome = 'recovered', closed_at = recovery.now(tenant_id) WHERE id = $1", ended
    )
    visitor = Visitor(app_of(w))
    assert (await visitor.ask(case_reference(ended))).status_code == 200
    await w.forward(SHOWN_AFTER_THE_END + timedelta(seconds=1))
    answers = set()
    for typed in (NOTHING, "x", "R-12", case_reference(twin), case_reference(ended), "0" * 500, "\u0130\u00df", "%_%"):
        answer = await visitor.ask(typed)
        answers.add((answer.status_code, _without_nonce(answer.text.replace(f'value="{typed}"', 'value=""'))))
    assert len(answers) == 1
    assert {status for status, _ in answers} == {404}


def _without_nonce(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "nonce=" not in line)


async def test_looking_is_a_post_and_changes_nothing(w: World) -> None:
    """R44: a reference in the address is not looked up; a page of another origin shows nothing."""
    case_id = await w.open("bo", "kim")
    visitor = Visitor(app_of(w))
    before = await w.owner("SELECT json_agg(text) FROM recovery.audit_events")
    answer = await visitor.client.get(f"/status?reference={case_reference(case_id)}")
    assert answer.status_code == 200
    assert "Where it stands" not in heading(answer)
    assert 'value=""' in answer.text
    foreign = await visitor.client.post(
        "/status", data={"reference": case_reference(case_id)}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert "Where it stands" not in heading(foreign)
    assert (await visitor.ask(case_reference(case_id))).status_code == 200
    assert await w.owner("SELECT json_agg(text) FROM recovery.audit_events") == before


async def test_guesses_are_limited_and_find_nothing_afterwards(w: World) -> None:
    """Rate limits: past them even a right guess is not answered, by this client or by everybody together."""
    case_id = await w.open("bo", "kim")
    now = [0.0]
    app = app_of(w, wrong=PerMinute(lambda: now[0], of_one=3, of_all=5))
    guesser = Visitor(app, client="2001:db8::1")
    assert [(await guesser.ask(NOTHING)).status_code for _ in range(4)] == [404, 404, 404, 429]
    neighbour = Visitor(app, client="2001:db8::ffff:2")
    refused = await neighbour.ask(case_reference(case_id))
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    assert HELP_LINE in heading(refused)
    elsewhere = Visitor(app, client="192.0.2.99")
    assert (await elsewhere.ask(case_reference(case_id))).status_code == 200
    assert [(await elsewhere.ask(NOTHING)).status_code for _ in range(3)] == [404, 404, 429]
    now[0] = 61.0
    assert (await neighbour.ask(case_reference(case_id))).status_code == 200


async def test_looks_are_limited_too(w: World) -> None:
    """Rate limits: a program that asks for one case again and again is slowed down as well."""
    reference = case_reference(await w.open("bo", "kim"))
    visitor = Visitor(app_of(w, looks=PerMinute(lambda: 0.0, of_one=2)))
    assert [(await visitor.ask(reference)).status_code for _ in range(3)] == [200, 200, 429]


async def test_in_another_language_without_losing_the_case(w: World) -> None:
    """The language is chosen on the page and kept; the case that was looked at stays."""
    reference = case_reference(await w.open("bo", "kim"))
    visitor = Visitor(app_of(w))
    answer = await visitor.ask(reference, language="de")
    assert '<html lang="de">' in answer.text
    assert reference in answer.text
    assert '<html lang="de">' in (await visitor.client.get("/status")).text
    assert '<html lang="en">' in (await visitor.ask(reference, language="en")).text
    assert "set-cookie" not in (await visitor.ask(reference, language="xx")).headers


async def test_the_page_runs_nothing_foreign(w: World) -> None:
    """B22 B26: strict headers, no inline script or style, and what was typed comes back as text."""
    answer = await Visitor(app_of(w)).ask("<script>alert(1)</script>")
    assert "<script>alert" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert " style=" not in answer.text
    odd = await Visitor(app_of(w)).client.post(
        "/status", content=b'{"reference": 1}', headers={**SAME, "content-type": "application/json"}
    )
    assert odd.status_code == 200
