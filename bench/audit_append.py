"""Audit events per second, chained and signed, against plain inserts of the same rows in the same call.

Usage: RECOVERY_BENCH_DATABASE_URL=postgresql://superuser@host/postgres python bench/audit_append.py [seconds]
Makes a database of its own on that server and drops it. Writers are connections of one process; every event is a
transaction of its own, as in the product at its busiest.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.audit import ActorKind, AuditEvent, EventType
from postgres.migrations import migrate
from postgres.pool import connect
from store.audit.append import append
from store.setup import APPLICATION_ROLE
from store.statements import SCHEMA, SCHEMA_FOLDER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WRITERS = 8
TENANTS = (1, 8)
PLAIN_TABLE = "CREATE TABLE public.plain (LIKE recovery.audit_events INCLUDING ALL)"
PLAIN_INSERT = """INSERT INTO public.plain
    (tenant_id, seq, id, at, type, actor_kind, actor_id, subject_id, case_id, outcome, text, hash, signature, key_id)
    VALUES ($1, $2, $3, clock_timestamp(), $4, $5, $6, $7, $8, 'success', $9, $10, $11, 'bench')"""


class Key:
    """An Ed25519 key, as the product uses."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    def sign(self, data: bytes) -> tuple[str, bytes]:
        """The key's name and its signature."""
        return "bench", self._key.sign(data)


def an_event() -> AuditEvent:
    """An event of usual size."""
    return AuditEvent(
        type=EventType.VERIFICATION_RECORDED,
        actor_kind=ActorKind.PERSON,
        actor_id=str(uuid4()),
        subject_id=str(uuid4()),
        case_id=uuid4(),
        data={"method": "in_person", "plan": secrets.token_hex(32), "version": 3},
    )


async def chained(connection: asyncpg.Connection, tenant_id: UUID, _: int, key: Key) -> None:
    """One event through the product."""
    async with connection.transaction():
        await append(connection, tenant_id, [an_event()], key)


async def plain(connection: asyncpg.Connection, tenant_id: UUID, number: int, _: Key) -> None:
    """One row of the same size and indexes without lock, chain or signature."""
    one = an_event()
    text = json.dumps(one.data) + "x" * 480
    async with connection.transaction():
        await connection.execute(
            PLAIN_INSERT, tenant_id, number, uuid4(), one.type, str(one.actor_kind), one.actor_id, one.subject_id,
            one.case_id, text, bytes(32), bytes(64),
        )  # fmt: skip


async def rate(
    connections: list[asyncpg.Connection],
    tenants: list[UUID],
    write: Callable[[asyncpg.Connection, UUID, int, Key], Awaitable[None]],
    seconds: float,
) -> float:
    """Events per second over all connections."""
    key = Key()
    end = time.perf_counter() + seconds

    async def work(index: int, connection: asyncpg.Connection) -> int:
        done = 0
        while time.perf_counter() < end:
            done += 1
            # Numbers of different writers never meet: plain rows have the same primary key.
            await write(connection, tenants[index % len(tenants)], secrets.randbits(62) + 1, key)
        return done

    began = time.perf_counter()
    counts = await asyncio.gather(*(work(index, one) for index, one in enumerate(connections)))
    return sum(counts) / (time.perf_counter() - began)


async def measure(url: str, seconds: float) -> dict[str, object]:
    """Rates and ratios for one and for eight tenants."""
    owner = await connect(url, application="bench")
    with suppress(asyncpg.DuplicateObjectError):
        await owner.execute(f'CREATE ROLE "{APPLICATION_ROLE}" LOGIN')
    await migrate(owner, SCHEMA_FOLDER, schema=SCHEMA)
    await owner.execute(PLAIN_TABLE)
    connections = [await connect(url, application="bench") for _ in range(WRITERS)]
    results = {}
    for count in TENANTS:
        tenants = [uuid4() for _ in range(count)]
        for tenant_id in tenants:
            await owner.execute("INSERT INTO recovery.tenants VALUES ($1, $2, 'Bench')", tenant_id, f"t-{tenant_id}")
        for warm_up in (plain, chained):
            await rate(connections, tenants, warm_up, 0.3)
        # Interleaved, so that a slow moment of the machine meets both.
        rates: dict[str, list[float]] = {"plain": [], "chained": []}
        for _ in range(4):
            rates["plain"].append(await rate(connections, tenants, plain, seconds / 4))
            rates["chained"].append(await rate(connections, tenants, chained, seconds / 4))
        mean = {name: sum(some) / len(some) for name, some in rates.items()}
        results[f"{count}_tenants"] = {
            "events_per_second": round(mean["chained"]),
            "plain_inserts_per_second": round(mean["plain"]),
            "ratio": round(mean["chained"] / mean["plain"], 3),
        }
    synchronous = await owner.fetchval(
        "SELECT current_setting('fsync') || '/' || current_setting('synchronous_commit')"
    )
    for connection in (*connections, owner):
        await connection.close()
    return {"writers": WRITERS, "seconds_each": seconds, "fsync/synchronous_commit": synchronous, **results}


async def main() -> None:
    """Measure in a database of its own and print one JSON object."""
    server = os.environ["RECOVERY_BENCH_DATABASE_URL"]
    seconds = float(sys.argv[1]) if sys.argv[1:] else 8.0
    name = f"bench_{secrets.token_hex(6)}"
    administrator = await connect(server, application="bench")
    await administrator.execute(f'CREATE DATABASE "{name}"')
    try:
        url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        print(json.dumps(await measure(url, seconds), indent=2))
    finally:
        await administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await administrator.close()


if __name__ == "__main__":
    asyncio.run(main())
