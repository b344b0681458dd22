"""The harness itself: what it says it notices, it notices."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Route

from tests.browser.cast import Cast
from tests.browser.product import Product
from tests.browser.someone import Machine, Someone, someone

_POLICY = "default-src 'none'; script-src 'nonce-ours'"
_GOOD = "<!doctype html><html lang=en><title>Fine</title><main><h1>Fine</h1>"


async def _shown(chromium: Browser, product: Product, cast: Cast, body: str) -> Someone:
    one = await someone(chromium, product, cast["mara"], Machine())

    async def answer(route: Route) -> None:
        if route.request.resource_type == "document":
            headers = {"Content-Security-Policy": _POLICY, "Content-Type": "text/html"}
            await route.fulfill(body=_GOOD + body, headers=headers)
        else:
            await route.continue_()

    await one.page.route("**/*", answer)
    await one.page.goto(product.web_url)
    return one


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<script>document.title = 'run'</script>", "content policy violated"),
        ("<p style='color: red'>x</p>", "content policy violated"),
        ("<script nonce=ours>console.error('oh')</script>", "console: oh"),
        ("<script nonce=ours>throw new Error('oh')</script>", "error in a script"),
        ("<script nonce=ours src='http://198.51.100.1/x.js'></script>", "foreign request"),
        ("<script nonce=ours src='/no/such.js'></script>", "404 for the script"),
    ],
)
async def test_the_guard_notices(chromium: Browser, product: Product, cast: Cast, body: str, problem: str) -> None:
    """B26: each thing that no page may do is a problem that fails its test."""
    one = await _shown(chromium, product, cast, body)
    assert [found for found in one.guard.problems if problem in found]
    await one.context.close()


async def test_axe_and_the_width_notice(chromium: Browser, product: Product, cast: Cast) -> None:
    """A field without a label and a page that is too wide are found."""
    one = await _shown(chromium, product, cast, f"<input name=a><p>{'wide' * 500}</p>")
    with pytest.raises(AssertionError, match="label: "):
        await one.nothing_found()
    with pytest.raises(AssertionError, match="px wide"):
        await one.fits()
    await one.context.close()


async def test_presses_are_counted(chromium: Browser, product: Product, cast: Cast) -> None:
    """Clicks, Tab, Enter and choices count, typing does not."""
    form = (
        "<label>Name <input name=name></label> <label>Long <textarea name=long></textarea></label>"
        "<label for=kind>Kind</label> <select id=kind name=kind><option>a<option>b</select>"
        "<button type=button>Go</button>"
    )
    one = await _shown(chromium, product, cast, form)
    await one.field("Name").press_sequentially("two words")
    await one.page.keyboard.press("Tab")
    await one.page.keyboard.type("a\nb")
    await one.field("Kind").select_option("b")
    await one.button("Go").click()
    await one.button("Go").press("Enter")
    assert one.presses.made == ["Tab at input name", "choice kind", "click button Go", "Enter at button Go"]
    await one.context.close()
