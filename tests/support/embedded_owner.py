"""Run as a process of its own: owns a data folder, says on one line what runs, and stays until its input ends."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from starter.embedded import PostgresSettings, TemporalSettings, embedded
from starter.embedded.errors import EmbeddedError


async def _own(folder: Path, servers: str) -> None:
    try:
        async with embedded(
            folder,
            postgres=PostgresSettings(fsync=False) if "postgres" in servers else None,
            temporal=TemporalSettings() if "temporal" in servers else None,
        ) as running:
            answer = {
                "database_url": running.database_url if "postgres" in servers else "",
                "temporal_address": running.temporal_address if "temporal" in servers else "",
            }
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)
    except EmbeddedError as error:
        sys.stdout.write(json.dumps({"code": error.code}) + "\n")


if __name__ == "__main__":
    if "careless" in sys.argv[3:]:
        # As where the system has no signal for an owner's death: the servers live on.
        vars(sys.modules["starter.embedded.child"])["LINUX"] = False
    asyncio.run(_own(Path(sys.argv[1]), sys.argv[2]))
