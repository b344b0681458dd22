"""Everything but passkeys works in a browser that runs no scripts."""

from __future__ import annotations

from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.directory_site import code_shown, give_password, save_codes, set_up_app, show_code, sign_in
from tests.browser.product import Product
from tests.browser.someone import Machine

PLAIN = Machine(scripts=False)


async def test_sign_in(meet: Meet, cast: Cast) -> None:
    """Password and code suffice; the button for passkeys is off and says why."""
    one = await meet(cast.subject(), PLAIN)
    await sign_in(one)
    assert await one.heading() == "Your profile"
    cleo = await meet(cast["cleo"], PLAIN)
    await give_password(cleo)
    assert await cleo.button("Use passkey or security key").is_disabled()
    assert "need JavaScript" in await cleo.page.inner_text("main")


async def test_first_enrolment(meet: Meet, cast: Cast, product: Product) -> None:
    """R40: a first app is set up without a script."""
    one = await meet(cast.without_factor(), PLAIN)
    await product.require_mfa(one.person)
    await give_password(one)
    await set_up_app(one)
    await save_codes(one)
    assert await one.heading() == "Done"


async def test_presence(meet: Meet, cast: Cast) -> None:
    """R36: the code is shown, and the page looks again by itself."""
    one = await meet(cast.subject(), PLAIN)
    code = await show_code(one)
    await one.page.wait_for_event("framenavigated", timeout=20_000)
    assert await code_shown(one) == code
