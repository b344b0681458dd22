"""One process of B18: waits for a line, appends events one transaction each, and may hang before its last commit."""

from __future__ import annotations

import asyncio
import os
import sys
from uuid import UUID

from domain.audit import ActorKind, AuditEvent, EventType
from postgres.pool import connect
from store.audit.append import append
from tests.store.audit.keys import KEY


def say(word: str) -> None:
    """Tell the test where this process stands."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


async def main(tenant_id: UUID, count: int, *, hang: bool) -> None:
    """Append `count` events, then, if asked to, one more that is never committed."""
    connection = await connect(os.environ["AUDIT_WRITER_URL"], application="audit-writer")
    say("ready")
    sys.stdin.readline()
    for number in range(count):
        async with connection.transaction():
            await append(connection, tenant_id, [_event(number)], KEY)
    if hang:
        async with connection.transaction():
            await append(connection, tenant_id, [_event(count), _event(count + 1)], KEY)
            say("holding")
            await asyncio.Event().wait()
    await connection.close()


def _event(number: int) -> AuditEvent:
    return AuditEvent(
        type=EventType.CASE_OPENED,
        actor_kind=ActorKind.SYSTEM,
        actor_id="writer",
        data={"number": number, "process": os.getpid()},
    )


if __name__ == "__main__":
    asyncio.run(main(UUID(sys.argv[1]), int(sys.argv[2]), hang=sys.argv[3:] == ["hang"]))
