"""The way to Temporal, for the worker and for the doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transport.connect import connect

if TYPE_CHECKING:
    from temporalio.client import Client

    from compose.addresses import Addresses
    from transport.keys import Keyring


async def connect_to_engine(addresses: Addresses, keyring: Keyring, *, worker: bool, lazy: bool = False) -> Client:
    """A client with our converter and interceptors; a lazy one connects when it is needed, again and again."""
    return await connect(addresses.temporal, addresses.namespace, keyring, worker=worker, lazy=lazy)
