"""Asking the embedded Temporal how it is, over its HTTP interface: without the SDK, which belongs to the service."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from starter.embedded.ports import LOOPBACK

_ANSWER_SECONDS = 5.0


async def answers(port: int, http_port: int, namespace: str) -> bool:
    """Whether the namespace can be read and the port for clients accepts a connection."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            _, client = await asyncio.open_connection(LOOPBACK, port)
            client.close()
            return "namespaceInfo" in await _read(http_port, f"/api/v1/namespaces/{quote(namespace)}")
    return False


async def search_attributes(http_port: int, namespace: str) -> set[str]:
    """The names of the search attributes that were added to the namespace; empty when it does not answer."""
    path = f"/cluster/namespaces/{quote(namespace)}/search-attributes"
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            return set((await _read(http_port, path)).get("customAttributes", {}))
    return set()


async def _read(http_port: int, path: str) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection(LOOPBACK, http_port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {LOOPBACK}\r\n\r\n".encode("ascii"))
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    if b" 200 " not in head.partition(b"\r\n")[0]:
        return {}
    with suppress(ValueError):
        answer = json.loads(body)
        return answer if isinstance(answer, dict) else {}
    return {}
