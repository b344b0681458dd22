"""What every process of the product stands on: the store, the identity provider, the keys, the activities."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compose.activities import all_activities
from compose.provider import directory_keys, open_provider
from store.ledger import Ledger, open_ledger
from transport.signers import ActSigner, AuditSigner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from compose.addresses import Addresses
    from connectors.builtin import BuiltinDirectory
    from connectors.builtin_import import BuiltinImport
    from directory.services import DirectoryServices
    from directory.settings import DirectorySettings
    from service.stop_tokens import Secret
    from transport.keys import Keyring


@dataclass(frozen=True)
class Parts:
    """One process's parts. `feed` is the provider as accounts, effects and events; a worker registers `activities`."""

    keyring: Keyring
    ledger: Ledger
    directory: DirectoryServices
    feed: BuiltinDirectory
    people: BuiltinImport
    forget_expired: Callable[[], Awaitable[None]]
    audit: AuditSigner
    activities: Sequence[Callable[..., object]]


@asynccontextmanager
async def open_parts(
    addresses: Addresses, keyring: Keyring, directory: DirectorySettings, *, application: str
) -> AsyncIterator[Parts]:
    """Store, directory and activities, until the block ends. Raises `DatabaseUnreachable`."""
    audit = AuditSigner(keyring)
    async with (
        open_ledger(
            addresses.store, application=application, act_signer=ActSigner(keyring), audit_signer=audit
        ) as ledger,
        open_provider(addresses.directory, directory_keys(keyring), directory, application=application) as provider,
    ):
        yield Parts(
            keyring=keyring,
            ledger=ledger,
            directory=provider.services,
            feed=provider.accounts,
            people=provider.people,
            forget_expired=provider.forget_expired,
            audit=audit,
            activities=all_activities(ledger, provider.accounts, provider.services),
        )


def stop_secret(these: Parts) -> Secret:
    """The doors' secret, an older one by its id."""
    return lambda key_id=None: these.keyring.secret("token", key_id)
