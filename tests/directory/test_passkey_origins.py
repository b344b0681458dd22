"""Where a passkey may be used: registered at the directory, shown by staff at the console's origin too (R27, B24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from compose.provider import directory_settings
from directory.errors import CredentialRefused
from directory.own_account import StepUpAnswer
from directory.records import SignInStarted, WebAuthnResponse
from directory.services import DirectoryServices, build_services
from directory.settings import DirectorySettings, may_use
from settings import Settings
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import KEYS, ORIGIN, PASSWORD, SETTINGS, World

if TYPE_CHECKING:
    from pathlib import Path

CONSOLE = "https://recovery.id.example.test"
FOREIGN = "https://evil.id.example.test"
CASE = b"case 1 with plan 7"


def beside_a_console(world: World) -> DirectoryServices:
    """The same directory, told where the console is."""
    settings = DirectorySettings(
        rp_id=SETTINGS.rp_id, origin=ORIGIN, assertion_origins=(CONSOLE,), argon2=SETTINGS.argon2
    )
    return build_services(world.pool, settings=settings, keys=KEYS, totp_clock=world.clock)


def shown(world: World, options: str | None, origin: str) -> WebAuthnResponse:
    """Kim's key, used on a page of that origin."""
    assert options is not None
    return WebAuthnResponse(world.key.get(options, origin))


@pytest.mark.parametrize("origin", [ORIGIN, CONSOLE])
async def test_staff_use_their_key_at_the_console(world: World, origin: str) -> None:
    """R27: a sign-in and a step-up of staff are answered at the directory's origin or at the console's."""
    door = beside_a_console(world).authentication
    begun = await door.start_sign_in(world.tenant_id, "kim", PASSWORD)
    assert (await door.finish_sign_in(begun.transaction_id, shown(world, begun.webauthn_options, origin))).aal == 3
    started = await door.start_step_up(world.kim, CASE)
    answer = shown(world, started.webauthn_options, origin)
    assert (await door.finish_step_up(started.transaction_id, answer, CASE)).aal == 3


async def test_staff_use_it_nowhere_else(world: World) -> None:
    """B24: an origin that is not named is refused, one below the same domain too."""
    door = beside_a_console(world).authentication
    for origin in (FOREIGN, "http://recovery.id.example.test", f"{CONSOLE}:8443", f"{CONSOLE}.evil.test"):
        started = await door.start_step_up(world.kim, CASE)
        with pytest.raises(CredentialRefused):
            await door.finish_step_up(started.transaction_id, shown(world, started.webauthn_options, origin), CASE)
        await world.pool.execute("DELETE FROM directory.throttles WHERE tenant_id = $1", world.tenant_id)


async def test_the_directorys_own_pages_take_their_own_origin_only(world: World) -> None:
    """B24: the console's origin signs nobody in to the directory, and proves nothing to the profile."""
    services = beside_a_console(world)
    started = await services.sign_in.start(world.tenant_id, "kim", PASSWORD)
    assert isinstance(started, SignInStarted)
    with pytest.raises(CredentialRefused):
        await services.sign_in.finish(started.transaction_id, shown(world, started.webauthn_options, CONSOLE))
    issued = await services.sign_in.finish(started.transaction_id, shown(world, started.webauthn_options, ORIGIN))
    begun = await services.profile.start_step_up(issued.token)
    with pytest.raises(CredentialRefused):
        await services.profile.regenerate_backup_codes(
            issued.token, StepUpAnswer(begun.transaction_id, shown(world, begun.webauthn_options, CONSOLE))
        )


async def test_nothing_is_registered_at_the_console(world: World) -> None:
    """R36: a key is set up at the directory's origin alone."""
    services = beside_a_console(world)
    await world.wipe(world.ann)
    browser = await world.granted(world.ann)
    await services.enrolment.begin(browser)
    options = await services.enrolment.offer_webauthn(browser)
    with pytest.raises(CredentialRefused):
        await services.enrolment.confirm_webauthn(browser, SoftAuthenticator().create(options, CONSOLE))
    options = await services.enrolment.offer_webauthn(browser)
    await services.enrolment.confirm_webauthn(browser, SoftAuthenticator().create(options, ORIGIN))


@pytest.mark.parametrize(
    ("origin", "domain", "allowed"),
    [
        ("http://localhost:8080", "localhost", True),
        ("https://recovery.example.com", "example.com", True),
        ("https://example.com", "example.com", True),
        ("https://example.com", "id.example.com", False),
        ("https://notexample.com", "example.com", False),
        ("https://recovery.example.com", "com", False),
        ("http://127.0.0.1:8080", "0.0.1", False),
        ("http://127.0.0.1:8080", "localhost", False),
    ],
)
def test_the_domain_of_passkeys(origin: str, domain: str, allowed: bool) -> None:
    """A passkey's domain is the host or a parent domain of it, as browsers judge it."""
    assert may_use(origin, domain) is allowed


def configured(tmp_path: Path, **given: Any) -> DirectorySettings:
    """The directory of a product with these settings."""
    return directory_settings(Settings(data=tmp_path, **given))


def test_beside_each_other_on_this_machine(tmp_path: Path) -> None:
    """Without any setting the console's port of localhost may use the directory's passkeys."""
    found = configured(tmp_path)
    assert (found.rp_id, found.origin) == ("localhost", "http://localhost:8081")
    assert found.assertion_origins == ("http://localhost:8080",)


def test_a_domain_above_both(tmp_path: Path) -> None:
    """Two hosts of one domain share their passkeys when the domain is named."""
    found = configured(
        tmp_path,
        directory_origin="https://id.example.com",
        console_origin="https://recovery.example.com",
        passkey_domain="example.com",
    )
    assert found.rp_id == "example.com"
    assert found.assertion_origins == ("https://recovery.example.com",)


@pytest.mark.parametrize(
    "given",
    [
        {"passkey_domain": "example.com"},
        {"directory_origin": "https://id.example.com", "console_origin": "https://recovery.example.com"},
        {"passkey_domain": "com", "directory_origin": "https://id.a.com", "console_origin": "https://c.a.com"},
    ],
)
def test_a_domain_that_does_not_fit_is_refused_at_start(tmp_path: Path, given: dict[str, str]) -> None:
    """Nobody finds out in the middle of a call that their key cannot be used here."""
    with pytest.raises(SystemExit, match="passkey_domain_unusable"):
        configured(tmp_path, **given)


def test_a_console_nobody_configured_goes_without(tmp_path: Path) -> None:
    """An existing set-up whose directory is elsewhere still starts; its console takes no passkeys until it is named."""
    assert configured(tmp_path, directory_origin="https://id.example.com").assertion_origins == ()
    with pytest.raises(ValueError, match="passkey domain"):
        DirectorySettings(rp_id="a.test", origin="https://b.test")
