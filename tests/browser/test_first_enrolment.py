"""Setting up a first factor after a campaign asked for one, in a real browser (R40)."""

from __future__ import annotations

from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.directory_site import give_password, save_codes, set_up_app, set_up_passkey, sign_in
from tests.browser.product import Product


async def test_by_app(meet: Meet, cast: Cast, product: Product) -> None:
    """R40: the password leads to the choice; the key beside the QR code makes an app that signs in from then on."""
    one = await meet(cast.without_factor())
    await product.require_mfa(one.person)
    await give_password(one)
    assert await one.page.get_by_role("heading", name="Choose your new factor").is_visible()
    await set_up_app(one)
    assert len(set(await save_codes(one))) == 10
    assert await one.heading() == "Done"
    again = await meet(one.person)
    await sign_in(again)
    assert await again.heading() == "Your profile"


async def test_by_passkey(meet: Meet, cast: Cast, product: Product) -> None:
    """R40: a passkey made in this browser signs in from then on."""
    one = await meet(cast.without_factor())
    await product.require_mfa(one.person)
    await give_password(one)
    await set_up_passkey(one)
    await save_codes(one)
    await one.follow("Go to your profile")
    await one.press("Sign out")
    await give_password(one)
    await one.press("Use passkey or security key")
    assert await one.heading() == "Your profile"
    assert one.authenticator
    [made] = await one.authenticator.credentials()
    assert made["rpId"] == "localhost"


async def test_no_way_around_it(meet: Meet, cast: Cast, product: Product) -> None:
    """R35, R40: between the password and the saved codes there is no session."""
    one = await meet(cast.without_factor())
    await product.require_mfa(one.person)
    await give_password(one)
    await set_up_app(one)
    await one.open(f"{product.directory_url}/profile")
    assert await one.heading() == "Sign in"
