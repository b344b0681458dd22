"""A database that goes away while the API runs: problems instead of stack traces, and recovery without a restart."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx2
import pytest

from compose.addresses import Addresses
from compose.parts import open_parts
from compose.ways_in import build_doors
from directory.settings import Argon2Parameters, DirectorySettings
from postgres.roles import url_for_role
from starter.api.app import create_app
from starter.web_services import WebServices
from tests.api.world import ORIGIN, opening
from tests.support.servers import ROLE_PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from tests.api.world import ApiWorld, Bell


class Wire:
    """A connection between application and database that a test can cut and mend."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for one in self._writers:
            one.transport.abort()
        self._writers.clear()

    def url(self) -> str:
        host = f"{self._target.netloc.rpartition('@')[0]}@127.0.0.1:{self.port}"
        return urlunsplit(self._target._replace(netloc=host, query=""))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = parse_qs(self._target.query).get("host")
        there, back = await (
            asyncio.open_unix_connection(f"{folder[0]}/.s.PGSQL.{self._target.port or 5432}")
            if folder
            else asyncio.open_connection(self._target.hostname, self._target.port)
        )
        self._writers += [writer, back]
        await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.transport.abort()


@asynccontextmanager
async def behind_a_wire(wire: Wire, world: ApiWorld, app: FastAPI, bell: Bell) -> AsyncIterator[httpx2.AsyncClient]:
    """The application over the wire, called as a member of the world."""
    addresses = Addresses(
        store=url_for_role(wire.url(), "recovery_app", ROLE_PASSWORD),
        directory=url_for_role(wire.url(), "directory_app", ROLE_PASSWORD),
        temporal="",
        namespace="tests",
    )
    directory = DirectorySettings(rp_id="localhost", origin=ORIGIN, argon2=Argon2Parameters.cheapest())
    ada = await world.signed_in("ada")
    async with open_parts(addresses, world.parts.keyring, directory, application="tests") as parts:
        known: WebServices = app.state.services
        doors = build_doors(parts, bell)  # type: ignore[arg-type] # all that it needs of an outbox
        cut_off = create_app(WebServices(doors, known.trail, known.people, known.temporal_answers))
        transport = httpx2.ASGITransport(cut_off, raise_app_exceptions=False)
        headers = {"Authorization": ada.http.headers["authorization"], "Idempotency-Key": "k"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://api.test", headers=headers) as http:
            yield http


async def test_outage(api_database: str, world: ApiWorld, app: FastAPI, bell: Bell) -> None:
    """While the database is away every door answers 503 with a stable code; afterwards all is well."""
    wire = Wire(api_database)
    await wire.mend()
    async with asyncio.timeout(40), behind_a_wire(wire, world, app, bell) as http:
        assert (await http.get("/api/v1/me")).status_code == 200
        await wire.cut()
        for _ in range(3):
            answers = [
                await http.get("/api/v1/me"),
                await http.post("/api/v1/cases", json=opening("kim.reyes")),
                await http.post("/api/v1/sign-in", json={"tenant": world.slug, "login": "a", "password": "b"}),
            ]
            assert [answer.status_code for answer in answers] == [503] * 3
            assert {answer.json()["code"] for answer in answers} == {"database_unreachable"}
            assert {answer.headers["retry-after"] for answer in answers} == {"2"}
        health = await http.get("/healthz")
        assert (health.status_code, health.json()["database"]) == (503, "unreachable")
        await wire.mend()
        assert (await http.post("/api/v1/cases", json=opening("kim.reyes"))).status_code == 201
        assert (await http.get("/healthz")).json()["status"] == "ok"
        await wire.cut()


@pytest.mark.slow
async def test_locked_database(world: ApiWorld) -> None:
    """A case that another caller holds for long is answered 503 with its own code, and nothing is recorded."""
    case = await world.opened()
    ada = await world.signed_in("ada")
    async with world.owner.transaction():
        await world.owner.execute("SELECT FROM recovery.cases WHERE id = $1::uuid FOR UPDATE", case["id"])
        async with asyncio.timeout(20):
            answer = await ada.post(f"/cases/{case['id']}/cancel", {"reason": "suspicious"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
    assert await world.acts(case["id"]) == ["open"]
