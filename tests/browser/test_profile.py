"""The profile: what people change themselves, without a case (R3)."""

from __future__ import annotations

from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.directory_site import give_password, sign_in
from tests.browser.someone import APP_CODE, Someone


async def _prove(one: Someone) -> None:
    """The fresh proof that a change asks for, where it does."""
    if await one.heading() == "Show that it is you":
        await one.field(APP_CODE).fill(await one.code())
        await one.press("Continue")


async def test_change_the_app(meet: Meet, cast: Cast) -> None:
    """R3: a new app replaces the old one, whose codes no longer sign in."""
    one = await meet(cast.subject())
    await sign_in(one)
    old = one.person.totp
    await one.press("Change the authenticator app")
    await _prove(one)
    secret = await one.page.locator(".secret").inner_text()
    one.person.totp, one.person.last_step = secret.replace(" ", ""), 0
    await one.field(APP_CODE).fill(await one.code())
    await one.press("Change to this app")
    assert await one.heading() == "Your profile"
    thief = await meet(one.person)
    new, one.person.totp = one.person.totp, old
    await give_password(thief)
    await thief.field(APP_CODE).fill(await thief.code())
    await thief.press("Continue")
    assert await thief.heading() == "Sign in: second factor"
    one.person.totp = new


async def test_new_backup_codes(meet: Meet, cast: Cast) -> None:
    """R12: ten new codes are shown once, and one of them signs in."""
    one = await meet(cast.subject())
    await sign_in(one)
    await one.press("Make ten new codes")
    await _prove(one)
    codes = await one.page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    other = await meet(one.person)
    await give_password(other)
    await other.field("One of your backup codes").fill(codes[0])
    await other.press("Use backup code")
    assert await other.heading() == "Your profile"
    assert await other.page.get_by_text("9 left").is_visible()


async def test_end_another_session(meet: Meet, cast: Cast) -> None:
    """A session that is ended from the profile is over in the other browser."""
    one = await meet(cast.subject())
    await sign_in(one)
    other = await meet(one.person)
    await sign_in(other)
    async with one.page.expect_navigation():
        await one.page.reload()
    async with one.page.expect_navigation():
        await one.page.locator("form[action='/profile/sessions/end'] button").click()
    await _prove(one)
    await other.page.reload()
    assert await other.heading() == "Sign in"


async def test_add_a_passkey(meet: Meet, cast: Cast) -> None:
    """R3: after a fresh proof a passkey is added under a name of one's own, and signs in beside the app."""
    one = await meet(cast.subject())
    await sign_in(one)
    await one.press("Add a passkey or security key")
    await _prove(one)
    await one.page.get_by_label("Name").fill("Work laptop")
    await one.press("Set up now")
    assert await one.page.get_by_text("Work laptop").first.is_visible()
    await one.press("Sign out")
    await give_password(one)
    await one.press("Use passkey or security key")
    assert await one.heading() == "Your profile"
