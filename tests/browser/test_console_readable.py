"""Every main page of every role, on a desktop and on a phone, in the light and in the dark (WCAG 2.2 AA)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import console_site
from tests.browser.desks import desk, verified_case
from tests.browser.someone import DESKTOP, PHONE, Machine

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product

PAGES = {
    "bo": ("inbox", "people", "cases", "settings", "settings/policy"),
    "cleo": ("inbox", "cases", "settings"),
    "sol": ("security", "audit", "ops", "campaigns", "settings/policy"),
    "ivy": ("audit", "ops", "security"),
    "ari": (
        "settings/policy/document",
        "settings/policy/versions",
        "settings/policy/proposals",
        "settings/policy/explain",
        "settings/members",
        "campaigns",
    ),
}
MACHINES = [
    pytest.param(Machine(size=size, scheme=scheme), id=f"{size[0]}-{scheme}")
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark"))
]
SMALLEST_TARGET = 24
_TARGETS = """
() => [...document.querySelectorAll("button, select, input:not([type=hidden]), summary, nav a, .button")]
  .filter((one) => one.checkVisibility())
  .map((one) => ({ name: one.innerText || one.name, ...one.getBoundingClientRect().toJSON() }))
  .filter((one) => one.width > 1 && (one.height < %d || one.width < %d))
  .map((one) => `${one.name} ${one.width}x${one.height}`)
"""


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("who", sorted(PAGES))
async def test_the_main_pages(product: Product, meet: Meet, cast: Cast, who: str, machine: Machine) -> None:
    """Axe finds nothing, nothing needs scrolling sideways, and what is pressed is large enough (WCAG 2.5.8)."""
    one = await meet(cast[who], machine)
    await console_site.sign_in(one)
    for path in PAGES[who]:
        await one.open(f"{product.web_url}/console/{path}")
        assert await one.heading() not in {"This was not done", "Sign in to the console"}, path
        await one.page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        await one.fits()
        await one.nothing_found()
        assert await one.page.evaluate(_TARGETS % (SMALLEST_TARGET, SMALLEST_TARGET)) == [], path


@pytest.mark.parametrize("machine", MACHINES)
async def test_the_pages_of_a_case(product: Product, meet: Meet, cast: Cast, machine: Machine) -> None:
    """The same for a person's page, a case, its request, its decrypted history and an audit event."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await verified_case(product, cast, agent, subject)
    one = await meet(cast["sol"], machine)
    account = await product.account_id(subject)
    await console_site.sign_in(one)
    for path in (
        f"people/{account}",
        f"cases/{case['reference']}",
        f"cases/{case['reference']}/cancel",
        f"cases/{case['reference']}/history",
        "audit/1",
    ):
        await one.open(f"{product.web_url}/console/{path}")
        assert await one.heading() != "This was not done", path
        await one.page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        await one.fits()
        await one.nothing_found()
