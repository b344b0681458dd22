"""The identity provider, here the built-in directory: its keys and settings, and what reaches it for whom."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from connectors.builtin import BuiltinDirectory
from connectors.builtin_import import BuiltinImport
from directory.housekeeping import purge
from directory.services import DirectoryServices, build_services
from directory.settings import Argon2Parameters, DirectoryKeys, DirectorySettings, host_of, may_use
from postgres.pool import open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from settings import Settings
    from transport.keys import Keyring


@dataclass(frozen=True)
class Provider:
    """The directory behind one login: its services, and the connectors over them.

    `forget_expired` deletes what no caller can use any more; call it about once an hour.
    """

    services: DirectoryServices
    accounts: BuiltinDirectory
    people: BuiltinImport
    forget_expired: Callable[[], Awaitable[None]]


@asynccontextmanager
async def open_provider(
    url: str, keys: DirectoryKeys, settings: DirectorySettings, *, application: str
) -> AsyncIterator[Provider]:
    """The directory, until the block ends. Raises `DatabaseUnreachable`."""
    pool = await open_pool(url, application=application)
    try:
        services = build_services(pool, settings=settings, keys=keys)
        yield Provider(
            services=services,
            accounts=BuiltinDirectory(services.administration),
            people=BuiltinImport(pool, keys=keys, settings=settings),
            forget_expired=partial(purge, pool),
        )
    finally:
        await pool.close()


def directory_keys(keyring: Keyring) -> DirectoryKeys:
    """The directory's own two keys."""
    return DirectoryKeys(seed_key=keyring.secret("directory_seed")[1], code_key=keyring.secret("directory_code")[1])


def directory_settings(settings: Settings, argon2: Argon2Parameters | None = None) -> DirectorySettings:
    """The directory as its origin is configured, and the console's origin, where its passkeys may be used too."""
    named = settings.passkey_domain or settings.console_origin
    rp_id = settings.passkey_domain or host_of(settings.directory_origin)
    # A console that no setting names, beside a directory elsewhere, goes without passkeys.
    beside = (settings.console_url,) if named or may_use(settings.console_url, rp_id) else ()
    try:
        return DirectorySettings(
            rp_id=rp_id,
            origin=settings.directory_origin,
            assertion_origins=beside,
            argon2=argon2 or Argon2Parameters(),
            secure_cookies=settings.directory_origin.startswith("https:"),
        )
    except ValueError:
        raise SystemExit("passkey_domain_unusable: look at RECOVERY_PASSKEY_DOMAIN and both origins") from None
