"""The pages in the visitor's language, which they may choose; and the phrase of a bound browser."""

from __future__ import annotations

from tests.directory.world import World
from tests.directory_pages.browser import Browser, code_on
from tests.directory_pages.journey import confirm, with_new_app


async def test_the_language_is_the_browsers_until_one_is_chosen(browser: Browser) -> None:
    """Accept-Language first; a choice is kept, leads back to the page, and never anywhere else."""
    browser.client.headers["Accept-Language"] = "de-AT,de;q=0.9,en;q=0.5"
    page = await browser.get("/waiting")
    assert page.read.lang == "de"
    page = await browser.submit(page, "/language", language="en")
    assert (page.read.lang, page.path) == ("en", "/waiting")
    page = await browser.submit(page, "/language", language="xx", back="https://evil.example/waiting")
    assert (page.read.lang, page.path) == ("en", "/sign-in")


async def test_what_cannot_be_had_again_has_no_language_choice(world: World, browser: Browser) -> None:
    """Choosing a language must not lose codes that are shown once."""
    page, _ = await with_new_app(world, browser)
    shown = await browser.submit(page, "/enrol/codes")
    assert "/language" not in {one.action for one in shown.read.forms}
    assert "/language" in {one.action for one in (await browser.get("/enrol")).read.forms}


async def test_approver_and_caller_see_the_same_phrase(world: World, browser: Browser) -> None:
    """R36: after the code was entered, both sides see the same words, and no other presence has them."""
    page = await browser.wait()
    assert 'class="phrase"' not in page.html
    presence_id = await confirm(world, page)
    waiting = await browser.get("/waiting")
    phrase = await world.administration.presence_phrase(presence_id)
    assert len(phrase.split()) == 3
    assert f'<p class="phrase">{phrase}</p>' in waiting.html
    renewed = await browser.submit(await browser.get("/waiting"), "/waiting/stop")
    assert phrase not in renewed.html
    second = await confirm(world, await browser.wait())
    assert await world.administration.presence_phrase(second) != phrase


async def test_the_waiting_page_says_what_happens(browser: Browser) -> None:
    """R36: what will happen, until when, and what to say if nobody asked; without a script it reloads itself."""
    page = await browser.wait()
    assert code_on(page)
    for words in ("What will happen", "I did not ask for this", "only this browser can set up your new factor"):
        assert words in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.html
    assert "data-countdown" in page.html
