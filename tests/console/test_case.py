"""A case's page: what comes next and by whom, what is known, what happened, and that it keeps itself up to date."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from domain.acts import ActKind, CancelBody, CancelReason, Delivery, Method, NoticeBody
from domain.messages import Outcome, Phase
from domain.policy.codes import HOW_TO_USE_A_CODE
from domain.policy.document import VerificationPolicy
from starter.console.site import BASE
from starter.console.visit import BACKGROUND
from tests.console.support import Desk, console_app
from tests.support.world import CALM

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path
    from uuid import UUID

    from tests.console.conftest import At
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

HOSTILE = "</dd><script>alert(1)</script>{{ 7*7 }}"
PART = {"HX-Request": "true", BACKGROUND: "1"}


async def opened(w: World, subject: str = "kim", agent: str = "ada", **intake: object) -> UUID:
    """A case that has left the intake."""
    case_id = await w.open(agent, subject, **intake)  # type: ignore[arg-type]
    await w.until(case_id, lambda one: one.phase is not Phase.INTAKE)
    return case_id


async def test_the_next_step_names_who_can_do_it(w: World, at: At) -> None:
    """R22: who is waited for, since when, who could do it by name, and the countdowns of the deadlines."""
    case_id = await opened(w)
    page = await (await at("ada")).case_page(case_id)
    assert "Next: an approver" in page.text
    assert "one strong method, or two methods on different channels" in page.text
    for key in ("bo", "cleo", "dev"):
        assert w.people[key].name in page.text
    assert "data-countdown" in page.html
    assert w.accounts["cleo"] not in page.text
    assert not page.has_form(f"{page.path}/codes")


async def test_the_drawn_approver_is_named(w: World, at: At) -> None:
    """R22: who was drawn, and who may help later."""
    await w.set_policy(CALM.model_copy(update={"verification": VerificationPolicy()}))
    case_id = await opened(w)
    ada = await at("ada")
    case, page = await ada.case(case_id), await ada.case_page(case_id)
    assert case.drawn
    [drawn] = [key for key, account in w.accounts.items() if account in case.drawn.approvers]
    assert f"Drawn {w.people[drawn].name}" in page.text
    assert "Others who may help later" in page.text
    assert "Other approvers may help." in page.text


async def test_what_the_agent_typed_is_marked_and_escaped(w: World, at: At) -> None:
    """Faults R06, B26: typed words stand apart as not verified, and are text wherever they stand."""
    case_id = await opened(w, statement=HOSTILE, ticket="CEO, urgent")
    page = await (await at("cleo")).case_page(case_id)
    typed = page.html.partition('id="stated"')[2].partition("</section>")[0]
    assert "not verified" in typed
    assert "CEO, urgent" in typed
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in typed
    assert "<script>alert" not in page.html
    known = page.html.partition('id="known"')[2].partition("</section>")[0]
    assert "CEO" not in known
    assert "Kim&#39;s phone" in known


async def test_the_codes_are_settled_on_the_page(w: World, at: At) -> None:
    """R10, R11: what to tell the caller first; then the agent's statement moves the case, once however often sent."""
    case_id = await opened(w, "lee")
    ada = await at("ada")
    page = await ada.case_page(case_id)
    assert str(HOW_TO_USE_A_CODE) in page.text
    action = f"{page.path}/codes"
    refused = await ada.submit(page, action, unavailable="never_saved", statement="x")
    assert refused.codes == ["statement_missing"]
    assert 'aria-describedby="statement-hint refusal-statement"' in refused.html
    assert refused.form(action).fields["unavailable"] == "never_saved"
    fields = refused.form(action).fields | {"statement": "The printout burnt with the kitchen."}
    await asyncio.gather(*(ada.send(action, fields) for _ in range(2)))
    await w.until_phase(case_id, Phase.VERIFICATION)
    _, acts = await w.case(case_id)
    assert [act.kind for act in acts].count(ActKind.CODES_UNAVAILABLE) == 1
    page = await ada.case_page(case_id)
    assert "Stated why the backup codes cannot be used : Never saved" in page.text
    assert "kitchen" not in page.html
    assert (await ada.send(action, {**fields, "key": "another"})).codes == ["not_in_this_phase"]


async def test_only_the_cases_agent_states_it(w: World, at: At) -> None:
    """R11: another agent sees no form, and one sent anyway is refused in place."""
    case_id = await opened(w, "lee")
    bo = await at("bo")
    page = await bo.case_page(case_id)
    action = f"{page.path}/codes"
    assert not page.has_form(action)
    token = page.forms[0].fields["form_token"]
    fields = {"form_token": token, "key": "k", "unavailable": "destroyed", "statement": "The printout burnt."}
    assert (await bo.send(action, fields)).codes == ["not_the_agent"]


async def test_a_case_is_cancelled_on_a_page_of_its_own(w: World, at: At) -> None:
    """R34: with a reason from the list; afterwards the outcome stands there with what to do next."""
    case_id = await opened(w)
    ada = await at("ada")
    page = await ada.case_page(case_id)
    page = await ada.follow(page, "Cancel this case")
    action = page.path
    assert (await ada.submit(page, action)).codes == ["invalid_request"]
    fields = page.form(action).fields | {"reason": "factor_found"}
    for _ in range(2):
        page = await ada.send(action, fields)
        assert page.path == action.removesuffix("/cancel")
    await w.until_closed(case_id)
    page = await ada.case_page(case_id)
    assert "Ended: Cancelled" in page.text
    assert "The case was cancelled. Nothing was reset." in page.text
    assert "Cancelled the case : The factor was found" in page.text
    assert "Cancel this case" not in page.text


async def test_others_do_not_cancel(w: World, at: At) -> None:
    """R34: an approver sees no link and no form, reads who may, and one sent anyway refuses them."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await cleo.case_page(case_id)
    assert "Cancel this case" not in page.text
    form = await cleo.get(f"{page.path}/cancel")
    assert not form.has_form(form.path)
    assert "Only the case's agent or a security officer cancels it." in form.text
    fields = {"form_token": form.forms[0].fields["form_token"], "key": "k-1", "reason": "suspicious"}
    assert (await cleo.send(form.path, fields)).codes == ["role_missing"]


async def test_the_story_says_who_did_what(w: World, at: At) -> None:
    """R42: verdicts with method and name, what failed to be delivered, and never what an actor wrote (R44)."""
    case_id = await opened(w)
    await w.verify(case_id, "cleo", Method.CALLBACK)
    case, _ = await w.case(case_id)
    contact = case.snapshot.contacts[0].id
    for delivery in (Delivery.ACCEPTED, Delivery.FAILED):
        body = NoticeBody(notice_id=uuid4(), occasion="opened", contact_id=contact, delivery=delivery)
        await w.product_act(case_id, body)
    page = await (await at("ada")).case_page(case_id)
    story = page.html.partition('id="timeline"')[2].partition("</section>")[0]
    for words in ("Opened the case", "Gave a verdict", "Verified", "Callback to a known number", "Cleo"):
        assert words in story
    assert story.count("Delivered a notice") == 1
    assert "Recognised the voice" not in page.html
    assert "call log 17" not in page.html


@pytest.mark.parametrize("path", ["", "/now", "/live", "/cancel"])
async def test_ones_own_and_anothers_case_are_nothing(w: World, at: At, path: str) -> None:
    """R6, R23, B23: the subject of a case gets the page of a reference that there is not."""
    case_id = await opened(w, "ada", agent="bo")
    ada, bo = await at("ada"), await at("bo")
    reference = (await bo.case(case_id)).reference
    pages = [await ada.get(f"{BASE}/cases/{one}{path}", **PART) for one in (reference, str(case_id), "R-0000-0000")]
    assert {one.status for one in pages} == {404}
    assert {tuple(one.codes) for one in pages} == {("case_not_found",)}
    found = await ada.get(f"{BASE}/cases?reference={reference}")
    assert found.codes == ["case_not_found"]
    assert reference not in (await ada.get(f"{BASE}/cases?state=all")).links


async def test_a_part_brings_the_news(w: World, at: At) -> None:
    """The part that changes comes alone, with a line for a reader who does not see it; it keeps no session alive."""
    case_id = await opened(w)
    ada = await at("ada")
    whole = await ada.case_page(case_id)
    assert f'sse-connect="{whole.path}/live?since=' in whole.html
    before = await last_use(w)
    part = await ada.get(f"{whole.path}/now", **PART)
    assert "<h1>" not in part.html
    assert "The case has moved on: Verify the caller out of band." in part.text
    assert "Needed: one strong method" in part.text
    assert await last_use(w) == before
    assert (await ada.get(f"{whole.path}/now")).path == whole.path


async def test_news_of_the_case_arrive_and_a_lost_connection_misses_none(w: World, at: At) -> None:
    """Live: an event for each change; with the last one's id the stream begins where the browser was."""
    case_id = await opened(w)
    ada = await at("ada")
    path = f"{(await ada.case_page(case_id)).path}/live"
    first = await next_event(ada, path)
    assert first.startswith("id: ")
    pulse = first.partition("\n")[0].removeprefix("id: ")
    waiting = asyncio.create_task(next_event(ada, path, last=pulse))
    await asyncio.sleep(0)
    await w.decide("ada", case_id, CancelBody(reason=CancelReason.SUBJECT_WITHDREW), proved=False)
    assert "event: changed" in await waiting
    assert await next_event(ada, path, last=pulse) != first


async def test_the_page_says_that_nothing_runs(make_world: MakeWorld, tmp_path: Path) -> None:
    """B29: without a worker the page answers from the store, within two seconds, and says that nothing runs."""
    async with make_world(start_worker=False) as w:
        desk = Desk(console_app(w, tmp_path), w, "ada")
        await desk.sit_down()
        case_id = await w.open("ada", "kim")
        await desk.case_page(case_id)
        async with asyncio.timeout(2):
            page = await desk.case_page(case_id)
        assert "nothing moves until" in page.text
        heard = await desk.get(f"{page.path}?heard=later")
        assert "The worker has not heard of it yet" in heard.text
        await desk.close()


async def test_a_page_of_a_case_that_moves_says_nothing_of_workers(w: World, at: At) -> None:
    """B29: no false alarm where a worker runs."""
    case_id = await opened(w)
    page = await (await at("ada")).case_page(case_id)
    assert "nothing moves until" not in page.text
    assert "nothing has looked at it" not in page.text


async def test_nothing_changes_by_looking(w: World, at: At) -> None:
    """B20, B22: every address of a case, asked for three times by GET, changes nothing."""
    case_id = await opened(w, "lee")
    ada = await at("ada")
    base = (await ada.case_page(case_id)).path
    case, acts = await w.case(case_id)
    for path in ("", "/now", "/cancel", "/codes"):
        for _ in range(3):
            await ada.get(base + path)
    after, acts_after = await w.case(case_id)
    assert (after.version, len(acts_after)) == (case.version, len(acts))


async def test_forms_of_another_browser_do_nothing(w: World, at: At) -> None:
    """B22: a form with another browser's token is refused."""
    case_id = await opened(w, "lee")
    ada, bo = await at("ada"), await at("bo")
    page = await bo.case_page(case_id)
    token = page.forms[0].fields["form_token"]
    for given in (token, "", "x"):
        fields = {"form_token": given, "key": "k", "unavailable": "destroyed", "statement": "The printout burnt."}
        assert (await ada.send(f"{page.path}/codes", fields)).codes == ["form_stale"]
    fields = {"form_token": (await ada.case_page(case_id)).forms[0].fields["form_token"], "key": "k"}
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await ada.send(f"{page.path}/cancel", {**fields, "reason": "suspicious"}, **foreign)).codes == [
        "cross_origin"
    ]
    case, _ = await w.case(case_id)
    assert case.phase is Phase.BACKUP_CODES


async def test_the_page_is_in_order_in_every_phase(w: World, at: At) -> None:
    """WCAG: one heading of the first order, fields labelled, ids unique, for agent, approver, officer and auditor."""
    case_id = await opened(w, "lee")
    for key in ("ada", "cleo", "sol", "ivy"):
        page = await (await at(key)).case_page(case_id)
        assert page.status == 200
        assert page.html.count("<h1>") == 1
        assert not page.unlabelled
        assert not page.repeated_ids


async def test_a_whole_case_ends_with_what_to_do_next(w: World, at: At) -> None:
    """R36, R34: the page leads on at every step until the case has ended."""
    case_id = await opened(w)
    ada = await at("ada")
    await w.verify(case_id, "cleo", Method.IN_PERSON)
    await w.until_phase(case_id, Phase.PRESENCE)
    page = await ada.case_page(case_id)
    assert "/waiting" in page.text
    _, code = await w.wait_in_browser("kim")
    await w.confirm_presence(case_id, "cleo", code)
    await w.until_phase(case_id, Phase.STEP_UP)
    page = await ada.case_page(case_id)
    assert page.link("Ask for the reset") == f"{page.path}/reset"
    assert "Only the acting admin asks for the reset." in (await (await at("bo")).case_page(case_id)).text
    await w.execute(case_id, "ada")
    await w.until_phase(case_id, Phase.RE_ENROLMENT)
    page = await ada.case_page(case_id)
    assert "Next: the caller" in page.text
    assert "The factors were removed" in page.text
    assert "Cancel this case" not in page.text
    await w.pass_time(case_id, timedelta(minutes=16))
    closed = await w.until_closed(case_id)
    assert closed.outcome is Outcome.ENROLMENT_EXPIRED
    page = await ada.case_page(case_id)
    assert "the account is locked. Open a new case." in page.text


async def last_use(w: World) -> object:
    """When any session was last used."""
    return await w.owner("SELECT max(seen_at) FROM recovery.sessions")


async def next_event(desk: Desk, path: str, *, last: str = "") -> str:
    """The next thing that a stream of news says; the test's HTTP client would wait for the whole stream."""
    cookies = "; ".join(f"{name}={value}" for name, value in desk.client.cookies.items())
    headers = {"cookie": cookies, BACKGROUND: "1", **({"last-event-id": last} if last else {})}
    said: asyncio.Queue[str] = asyncio.Queue()

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
        elif message["body"]:
            await said.put(message["body"].decode())

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("192.0.2.7", 50_000),
        "server": ("localhost", 8081), "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        if (message := next(asked, None)) is not None:
            return message
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    listening = asyncio.create_task(desk.app(scope, receive, send))
    try:
        async with asyncio.timeout(20):
            while not (event := await said.get()).startswith("id: "):
                pass
        return event
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
