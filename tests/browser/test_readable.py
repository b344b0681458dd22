"""Every page of the directory on a phone, in the light and in the dark, and with German as the browser's language."""

from __future__ import annotations

import pytest

from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.directory_site import give_password, show_code
from tests.browser.product import Product
from tests.browser.someone import APP_CODE, DESKTOP, PHONE, Machine, Someone

MACHINES = [
    pytest.param(Machine(size=size, scheme=scheme), id=f"{size[0]} {scheme}")
    for size in (DESKTOP, PHONE)
    for scheme in ("light", "dark")
]


async def _is_fine(one: Someone) -> None:
    await one.fits()
    await one.nothing_found()


@pytest.mark.parametrize("machine", MACHINES)
async def test_the_pages_of_a_subject(meet: Meet, cast: Cast, product: Product, machine: Machine) -> None:
    """WCAG 2.2 AA: axe finds nothing and nothing is cut off, from the sign-in over the waiting code to the profile."""
    one = await meet(cast.subject(), machine)
    await show_code(one)
    await _is_fine(one)
    await one.press("Stop waiting")
    await _is_fine(one)
    await one.open(f"{product.directory_url}/waiting")
    await _is_fine(one)
    await one.open(f"{product.directory_url}/enrol")
    await _is_fine(one)
    await one.open(f"{product.directory_url}/sign-in")
    await _is_fine(one)
    await give_password(one)
    await _is_fine(one)
    await one.field(APP_CODE).fill("000000")
    await one.press("Continue")
    await _is_fine(one)
    await one.field(APP_CODE).fill(await one.code())
    await one.press("Continue")
    assert await one.heading() == "Your profile"
    await _is_fine(one)
    await one.press("Change the authenticator app")
    await _is_fine(one)


@pytest.mark.parametrize("machine", MACHINES)
async def test_the_pages_of_an_enrolment(meet: Meet, cast: Cast, product: Product, machine: Machine) -> None:
    """WCAG 2.2 AA: the same for setting up a factor, up to the codes to save."""
    one = await meet(cast.without_factor(), machine)
    await product.require_mfa(one.person)
    await give_password(one)
    await _is_fine(one)
    await one.press("Set up a passkey or security key")
    await _is_fine(one)
    await one.press("Set up now")
    await _is_fine(one)
    await one.press("Show my backup codes")
    await _is_fine(one)
    await one.field("I have saved the codes").check()
    await one.press("Finish")
    await _is_fine(one)
