"""The console script `recovery` and `python -m starter`: the only place in `starter` that knows the wiring."""

from __future__ import annotations

import asyncio
import sys


def main() -> None:
    import worker
    from settings import Settings
    if sys.argv[1]=="worker":
        from transport.logs import configure_logging
        configure_logging(as_json=False)
        asyncio.run(worker.run(Settings()))
    raise SystemExit(0)


if __name__ == "__main__":
    main()
