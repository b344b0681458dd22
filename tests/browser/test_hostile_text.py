"""Script text and other hostile characters in every field: refused, or shown as the text it is (B26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import console_site
from tests.browser.console_site import A_WHILE_MS

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product

MARKUP = '<img src=x onerror="document.title=1">"\'><script>alert(1)</script>'
CORPUS = [
    pytest.param(MARKUP, id="markup"),
    pytest.param("[x](javascript:alert(1)) javascript:alert(1)", id="link"),
    pytest.param('=HYPERLINK("http://evil.example","x")', id="formula"),
    pytest.param("line\n2026-11-25 info forged\u2028line\u0085line", id="lines"),
    pytest.param("\u202egnirts desrever \u2066 \u200b", id="bidi"),
    pytest.param("\x1b[2J\x1b]0;title\x07 escape", id="escape"),
    pytest.param("{{ 7*7 }} {% raw %} %(name)s {name}", id="template"),
    pytest.param("ä" * 3000, id="long"),
]


@pytest.mark.parametrize("text", CORPUS)
async def test_what_the_agent_types(product: Product, meet: Meet, cast: Cast, text: str) -> None:
    """B26: in search, ticket and statement; the approver's page shows characters, runs nothing and keeps its shape."""
    subject = cast.subject()
    agent = await meet(cast.agent())
    await console_site.sign_in(agent, path="/console/people")
    search = agent.page.get_by_label("Login or mail address")
    await search.fill(text)
    async with agent.page.expect_navigation():
        await search.press("Enter")
    assert agent.page.url.endswith("/console/people")
    await agent.fits()
    await console_site.open_case(agent, subject, statement=text)
    if not (await agent.heading()).startswith("Case R-"):
        # Too long for the field: said beside it, with what was typed still there.
        assert await agent.page.get_by_role("alert").count()
        return
    approver = await meet(await console_site.drawn_approver(product, cast, await console_site.reference_on(agent)))
    await console_site.sign_in(approver)
    await approver.link(f"Verify: {subject.name}").wait_for(timeout=A_WHILE_MS)
    await approver.follow(f"Verify: {subject.name}")
    await approver.fits()
    for one in (agent, approver):
        assert await one.page.evaluate("() => [...document.images].filter((one) => one.src.endsWith('/x')).length") == 0
        assert await one.page.evaluate("() => document.title") != "1"
        assert "forged" not in await one.heading()


async def test_what_the_approver_types(product: Product, meet: Meet, cast: Cast) -> None:
    """B26: evidence goes through the page of the proof and stands there as text, word by word."""
    subject = cast.subject()
    agent = await meet(cast.agent())
    await console_site.sign_in(agent)
    await console_site.open_case(agent, subject)
    approver = await meet(await console_site.drawn_approver(product, cast, await console_site.reference_on(agent)))
    await console_site.sign_in(approver)
    await approver.link(f"Verify: {subject.name}").wait_for(timeout=A_WHILE_MS)
    await approver.follow(f"Verify: {subject.name}")
    await approver.page.locator("summary", has_text="Seen in person").click()
    form = approver.page.locator("details[open]")
    await form.get_by_label("What did you see or hear?").fill(f"Seen at the desk {MARKUP}")
    await form.get_by_label("Where is the evidence kept?").fill("=cmd|' /C calc'!A0")
    async with approver.page.expect_navigation():
        await form.get_by_role("button", name="Verified").click()
    assert MARKUP in await approver.page.inner_text("main")
    await console_site.prove(approver)
    assert approver.page.url.endswith("/presence")


async def test_an_export_defuses_formulas(product: Product, meet: Meet, cast: Cast) -> None:
    """B26: no cell of the CSV begins with what a spreadsheet would run."""
    ivy = await meet(cast["ivy"])
    await console_site.sign_in(ivy, path="/console/audit")
    async with ivy.page.expect_download() as waiting:
        await ivy.button("Export CSV").click()
    path = await (await waiting.value).path()
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) > 5
    cells = [cell for line in lines for cell in line.split(",")]
    assert [cell for cell in cells if cell.strip('"').startswith(("=", "+", "@", "\t", "\r"))] == []
