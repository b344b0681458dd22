"""A scanner that follows every link of the console changes nothing (B05, B20, B22)."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest

from tests.browser import console_site
from tests.browser.desks import desk, verified_case

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product

MOST_PAGES = 60
_HREF = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
# Reading, and what is refused to be read, is put on record; that is all it may do.
READINGS = (
    "recovery.accounts_looked_up",
    "recovery.access_refused",
    "audit.exported",
    "recovery.history_read",
    "recovery.staff_signed_in",
    "recovery.notice_settled",
)
_ROWS = """
SELECT (SELECT count(*) FROM recovery.cases) AS cases,
    (SELECT count(*) FROM recovery.acts WHERE kind <> 'notice') AS acts,
    (SELECT count(*) FROM recovery.policies) AS policies, (SELECT count(*) FROM recovery.members) AS members,
    (SELECT count(*) FROM recovery.policy_proposals) AS proposals,
    (SELECT count(*) FROM recovery.campaigns) AS campaigns,
    (SELECT count(*) FROM recovery.step_ups) AS step_ups,
    (SELECT count(*) FROM directory.sessions WHERE ended_at IS NULL) AS sessions
"""


async def state(product: Product) -> tuple[dict[str, int], Counter[str]]:
    """What a click might have changed."""
    [rows] = await product.rows(_ROWS)
    events = await product.rows("SELECT type FROM recovery.audit_events WHERE type <> ALL($1)", list(READINGS))
    return dict(rows), Counter(str(one["type"]) for one in events)


@pytest.mark.parametrize("who", ["cleo", "sol", "ari", "ivy", "bo"])
async def test_every_link_is_followed(product: Product, meet: Meet, cast: Cast, who: str) -> None:
    """B20, B22: by GET and HEAD, breadth first, as each role; no page breaks, nothing changes, nobody is signed out."""
    async with desk(product, cast, cast.agent()) as agent:
        case = await verified_case(product, cast, agent, cast.subject())
    one = await meet(cast[who])
    await console_site.sign_in(one)
    # Loose ends of the case itself, such as its notices, come to rest first.
    async with desk(product, cast, cast.agent()) as other:
        await other.until_seen(case["id"], lambda seen: all(row["state"] == "accepted" for row in seen["notices"]))
    before = await state(product)
    start = f"{product.web_url}/console"
    todo, seen = [start, f"{start}/cases/{case['reference']}"], {start}
    answers: list[tuple[str, int]] = []
    while todo and len(answers) < MOST_PAGES:
        address = todo.pop(0)
        head = await one.context.request.head(address, max_redirects=3)
        answer = await one.context.request.get(address, max_redirects=3)
        answers.append((address, max(answer.status, 200 if head.status == 405 else head.status)))
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        found = [urljoin(address, unescape(href)) for href in _HREF.findall(await answer.text())]
        for link in (urldefrag(href).url for href in found):
            if urlsplit(link).netloc == urlsplit(start).netloc and link not in seen:
                seen.add(link)
                todo.append(link)
    assert [(address, status) for address, status in answers if status >= 500] == []
    assert len(answers) > 8, answers
    assert await state(product) == before
    await one.open(start)
    assert await one.heading() == "Inbox"
