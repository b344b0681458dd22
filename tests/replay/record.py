"""`python -m tests.replay.record`: play every scene and keep its history. The commit says why it was needed (F1)."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from starter.embedded import PostgresSettings, embedded
from tests.replay.keyring import write_keyring
from tests.replay.scenes import SCENES
from tests.support import servers, world
from workflows.attributes import NAMES_AND_TYPES

HISTORIES = Path(__file__).parent / "histories"
_WHO_AND_WHERE = frozenset({"identity", "lastWorkerIdentity"})
_PROCESS = re.compile(r"\d+@")


async def record(names: list[str]) -> None:
    """Record these scenes on real servers of this process, or on the PostgreSQL that tests use."""
    folder = Path(tempfile.mkdtemp(prefix="recovery-record-"))
    async with AsyncExitStack() as stack:
        given = os.environ.get("RECOVERY_TEST_DATABASE_URL")
        if given is None:
            settings = PostgresSettings(fsync=False)
            running = await stack.enter_async_context(embedded(folder / "data", postgres=settings, temporal=None))
            given = running.database_url
        environment = await stack.enter_async_context(servers.time_skipping_temporal(NAMES_AND_TYPES))
        write_keyring(folder / "keyring.json")
        prepared = await world.prepare(given, folder)
        stack.push_async_callback(servers.drop_database, given, servers.database_of(given, prepared.template))
        HISTORIES.mkdir(exist_ok=True)
        for name in names:
            async with asyncio.timeout(60), world.world(given, environment, prepared) as w:
                case_id, continuation = await SCENES[name](w)
                await w.until_closed(case_id)
                handle = w.handle(case_id, continuation)
                result = await handle.result()
                history = await handle.fetch_history()
            content = {"workflow_id": handle.id, "history": _anonymous(json.loads(history.to_json()))}
            (HISTORIES / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            sys.stdout.write(f"{name}: {len(history.events)} events, {result.outcome}\n")


def _anonymous(value: Any) -> Any:
    """Without process numbers and host names."""
    if isinstance(value, dict):
        return {key: "recorded" if key in _WHO_AND_WHERE else _anonymous(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_anonymous(one) for one in value]
    return "recorded" if isinstance(value, str) and _PROCESS.match(value) else value


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:] or list(SCENES)))
