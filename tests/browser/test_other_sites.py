"""What a page of another site may make the browser do, which is nothing (B22, R01)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from domain.messages import Phase
from tests.browser import console_site
from tests.browser.desks import desk
from tests.support import waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product

ELSEWHERE = ("//evil.example", "/\\evil.example", "https:evil.example", "/%09/evil.example", "/console/../../evil",
             "/console/%2e%2e/evil", "javascript:alert(1)", "/console//evil.example", "/console\r\nx: y")  # fmt: skip


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """Another origin on this machine; what it serves is in the path."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"<!doctype html><title>elsewhere</title><body></body>"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_a_foreign_form_does_nothing(product: Product, meet: Meet, cast: Cast, site: str) -> None:
    """B22: signed in, a page of another origin posts a form at us; it is refused before anything is looked at."""
    async with desk(product, cast, cast.agent()) as agent:
        case = await agent.open(cast.subject(), "lost_phone")
    one = await meet(cast["sol"])
    await console_site.sign_in(one)
    one.guard.expected.add(403)
    one.guard.also_expected(site)
    for address in (f"/console/cases/{case['reference']}/cancel", "/console/security/threat", "/console/sign-out"):
        await one.open(site)
        await one.page.evaluate(
            """(action) => {
                const form = document.createElement("form");
                form.method = "post"; form.action = action;
                form.innerHTML = '<input name="reason" value="suspicious"><input name="key" value="k">';
                document.body.append(form);
            }""",
            f"{product.web_url}{address}",
        )
        async with one.page.expect_navigation():
            await one.page.evaluate("() => document.forms[0].submit()")
        assert "cross_origin" in await one.page.content(), address
    await one.open(f"{product.web_url}/console")
    assert await one.heading() == "Inbox"
    async with desk(product, cast, cast.agent()) as agent:
        assert (await agent.case(case["id"]))["outcome"] is None


async def test_nothing_of_ours_is_framed(product: Product, meet: Meet, cast: Cast) -> None:
    """B22: staff's pages, the status page and the sign-in say so in both headers."""
    one = await meet(cast["cleo"])
    await console_site.sign_in(one)
    for address in ("/console/inbox", "/status", "/console/sign-in"):
        answer = await one.context.request.get(f"{product.web_url}{address}")
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("wanted", ELSEWHERE)
async def test_the_sign_in_leads_nowhere_else(product: Product, meet: Meet, cast: Cast, wanted: str) -> None:
    """R01: whatever the link says, one ends on a page of the console."""
    one = await meet(cast.agent())
    await one.open(f"{product.web_url}/console/sign-in?next={quote(wanted, safe='')}")
    assert await one.page.locator("input[name=next]").get_attribute("value") == "/console"


async def test_a_stolen_cookie_dies_with_the_next_step_up(product: Product, meet: Meet, cast: Cast) -> None:
    """B24: the proof renews the session; the token from before is dead within seconds."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await agent.open(subject, "lost_phone")
        case = await agent.until(case["id"], Phase.VERIFICATION)
    approver = await meet(await console_site.drawn_approver(product, cast, case["reference"]))
    await console_site.sign_in(approver)
    [before] = [one for one in await approver.context.cookies() if one["name"].endswith("_session")]
    await console_site.verify_in_person(approver, subject)
    [after] = [one for one in await approver.context.cookies() if one["name"].endswith("_session")]
    assert before["value"] != after["value"]

    async def dead() -> bool:
        answer = await approver.context.request.get(
            f"{product.web_url}/console/cases",
            headers={"cookie": f"{before['name']}={before['value']}"},
            max_redirects=0,
        )
        return bool(answer.status == 303)

    await waiting.until(dead, every=0.5)
