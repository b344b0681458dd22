"""axe-core over a page as it stands: nothing may be found against WCAG 2.2 at the levels A and AA."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def nothing_found(page: Page) -> None:
    """Fail with each violation's id, help and elements."""
    if not await page.evaluate("() => 'axe' in window"):
        # Through the debugger, because the page's own policy rightly forbids foreign scripts. The session is not
        # detached: with it would go the page's virtual authenticator.
        session = await page.context.new_cdp_session(page)
        await session.send("Runtime.evaluate", {"expression": _source()})
    report: dict[str, Any] = await page.evaluate(
        "(tags) => window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", _TAGS
    )
    found = [
        f"{one['id']}: {one['help']} at {', '.join(str(node['target']) for node in one['nodes'])}"
        for one in report["violations"]
    ]
    assert not found, f"{page.url}: " + "; ".join(found)


@cache
def _source() -> str:
    return _AXE.read_text(encoding="utf-8")
