"""How long the embedded servers take to start from nothing, to start again, and to stop; prints seconds."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from starter.embedded import embedded

ROUNDS = 5


async def _measure(folder: Path) -> tuple[float, float]:
    begun = time.perf_counter()
    async with embedded(folder):
        ready = time.perf_counter()
    return ready - begun, time.perf_counter() - ready


async def _main() -> None:
    place = Path(tempfile.mkdtemp(prefix="embedded-bench-"))
    try:
        start, stop = await _measure(place / "data")
        print(f"from nothing: start {start:.2f} stop {stop:.2f}")
        for _ in range(ROUNDS):
            start, stop = await _measure(place / "data")
            print(f"again:        start {start:.2f} stop {stop:.2f}")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    asyncio.run(_main())
