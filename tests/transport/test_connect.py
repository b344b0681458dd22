"""Connecting: a limit in time, a known error, and an identity that names nobody."""

from __future__ import annotations

import asyncio
import atexit
import re
import socket
import time
from typing import TYPE_CHECKING

import pytest
from temporalio.common import HeaderCodecBehavior

from tests.transport.conftest import Clients
from transport import connect as connecting
from transport.connect import Tls, connect, opaque_identity
from transport.errors import ReadableFieldRefused, TemporalUnreachable

if TYPE_CHECKING:
    from transport.keys import Keyring

pytestmark = pytest.mark.timeout(30)


async def test_nobody_listens(keyring: Keyring) -> None:
    """A closed port is `temporal_unreachable`, which may be tried again."""
    with pytest.raises(TemporalUnreachable) as caught:
        await connect("127.0.0.1:1", "default", keyring, worker=False)
    assert caught.value.retryable


async def test_somebody_listens_and_says_nothing(keyring: Keyring) -> None:
    """A server that never answers costs no more than the time-out."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        async with asyncio.timeout(10):
            with pytest.raises(TemporalUnreachable):
                await connect(address, "default", keyring, worker=False, connect_timeout=0.3)


async def test_unusable_certificates(keyring: Keyring) -> None:
    """Certificates that cannot be read are the same error, without their content."""
    with pytest.raises(TemporalUnreachable) as caught:
        await connect("127.0.0.1:1", "default", keyring, worker=False, tls=Tls(server_ca=b"canary"))
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(Tls(client_key=b"canary"))


@pytest.mark.parametrize("identity", ["12@laptop", "maria", "worker/laptop", "worker/"])
async def test_identity_names_neither_host_nor_user(keyring: Keyring, identity: str) -> None:
    """R44, G: the identity stands readable in every event."""
    with pytest.raises(ReadableFieldRefused):
        await connect("127.0.0.1:1", "default", keyring, worker=False, identity=identity)


async def test_client_is_set_up(clients: Clients) -> None:
    """Headers are encoded, the identity is opaque, and two identities differ."""
    config = clients.door.config()
    assert config["header_codec_behavior"] == HeaderCodecBehavior.CODEC
    assert re.fullmatch(r"door/[0-9a-f]{12}", clients.door.service_client.config.identity)
    assert opaque_identity("worker") != opaque_identity("worker")


async def test_short_commands_pause_before_they_end(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends right after a call gives the SDK's threads time to return, or it may abort."""
    registered: list[object] = []
    monkeypatch.setattr(atexit, "register", lambda *call: registered.append(call))
    connecting._pause_at_exit.cache_clear()
    for _ in range(2):
        with pytest.raises(TemporalUnreachable):
            await connect("127.0.0.1:1", "default", keyring, worker=False)
    assert registered == [(time.sleep, connecting.EXIT_PAUSE_SECONDS)]
