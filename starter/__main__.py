"""The console script `recovery` and `python -m starter`: the only place in `starter` that knows the wiring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starter.cli import Processes, build_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from settings import Settings
    from starter.running import SetUp

# The wiring imports everything there is: commands that only talk to the HTTP API do without.
# ruff: noqa: PLC0415


async def _worker(settings: Settings) -> None:
    import worker

    await worker.run(settings)


async def _serve(settings: Settings) -> None:
    import compose

    await compose.serve(settings)


async def _demo(settings: Settings, as_json: bool) -> int:
    from starter.demo.run import demo

    return await demo(settings, _set_up(), as_json=as_json)


async def _found(settings: Settings, owner_url: str, document: Mapping[str, Any]) -> bool:
    import compose

    return await compose.found(settings, owner_url, dict(document))


def _set_up() -> SetUp:
    import compose
    from starter.running import SetUp

    return SetUp(migrate=compose.migrate, logins=compose.addresses_of, found=_found)


def main() -> None:
    """Run the command line."""
    build_app(Processes(worker=_worker, serve=_serve, demo=_demo, set_up=_set_up))()


if __name__ == "__main__":
    main()
