"""The way to Temporal: one client with our converter, interceptor and an identity that names no person or machine."""

from __future__ import annotations

import asyncio
import atexit
import functools
import logging
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from temporalio.client import Client
from temporalio.common import HeaderCodecBehavior
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RPCError, TLSConfig

from transport.converter import data_converter
from transport.errors import ReadableFieldRefused, TemporalUnreachable
from transport.interceptors import TransportInterceptor

if TYPE_CHECKING:
    from transport.keys import Keyring

CONNECT_TIMEOUT_SECONDS = 10.0
EXIT_PAUSE_SECONDS = 0.1
CORE_LOGGER = "temporalio.core"
_IDENTITY = re.compile(r"[a-z-]{1,20}/[0-9a-f]{6,32}")


@dataclass(frozen=True, kw_only=True)
class Tls:
    """PEM bytes for TLS, never paths: the reader of the settings reads the files.

    Without `server_ca` the system's authorities are trusted; certificate and key go together (mutual TLS).
    """

    server_ca: bytes | None = None
    server_name: str | None = None
    client_certificate: bytes | None = None
    client_key: bytes | None = field(default=None, repr=False)


async def connect(
    address: str,
    namespace: str,
    keyring: Keyring,
    *,
    worker: bool,
    identity: str | None = None,
    tls: Tls | None = None,
    api_key: str | None = None,
    metrics_address: str | None = None,
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
    lazy: bool = False,
) -> Client:
    """Connect to `address` (host:port) within `connect_timeout` seconds.

    `worker` chooses the converter's temper (see `data_converter`). `identity` is stored readably with every event:
    take it from `opaque_identity`. `metrics_address` (host:port) serves Prometheus metrics; the first call of a
    process decides. A `lazy` client connects at its first call, whose failure is then a `RuntimeError`, and tries
    again at the next. Raises `TemporalUnreachable`, or `ReadableFieldRefused` for any other form of identity.
    """
    identity = identity or opaque_identity("worker" if worker else "door")
    if not _IDENTITY.fullmatch(identity):
        raise ReadableFieldRefused
    _pause_at_exit()
    connecting = Client.connect(
        address,
        namespace=namespace,
        data_converter=data_converter(keyring, namespace, worker=worker),
        interceptors=[TransportInterceptor()],
        # Headers are refused and encrypted like everything else; by default they travel in clear.
        header_codec_behavior=HeaderCodecBehavior.CODEC,
        identity=identity,
        tls=_tls(tls),
        api_key=api_key,
        runtime=core_runtime(metrics_address),
        lazy=lazy,
    )
    try:
        return await asyncio.wait_for(connecting, connect_timeout)
    except (RPCError, RuntimeError, OSError, TimeoutError) as error:
        raise TemporalUnreachable from error


def opaque_identity(role: str) -> str:
    """An identity such as "worker/3f9c01ab44de": the role and a random number, neither host nor user."""
    return f"{role}/{secrets.token_hex(6)}"


def core_runtime(metrics_address: str | None = None) -> Runtime:
    """The process's one runtime of the SDK's core, whose log goes to our logging; made before any client."""
    return _runtime(metrics_address)


@functools.lru_cache(maxsize=1)
def _runtime(metrics_address: str | None) -> Runtime:
    forwarding = LogForwardingConfig(
        logger=logging.getLogger(CORE_LOGGER),
        append_target_to_name=False,
        prepend_target_on_message=True,
        # The fields hold whole failures and activations.
        append_log_fields_to_message=False,
    )
    return Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding),
            metrics=PrometheusConfig(bind_address=metrics_address) if metrics_address else None,
        )
    )


@functools.lru_cache(maxsize=1)
def _pause_at_exit() -> None:
    # Threads of the SDK's core that return from a call while the interpreter shuts down abort the process
    # (temporalio/sdk-python#300): one in five short commands ended with SIGABRT after having succeeded.
    atexit.register(time.sleep, EXIT_PAUSE_SECONDS)


def _tls(tls: Tls | None) -> TLSConfig | bool | None:
    if tls is None:
        return None
    return TLSConfig(
        server_root_ca_cert=tls.server_ca,
        domain=tls.server_name,
        client_cert=tls.client_certificate,
        client_private_key=tls.client_key,
    )
