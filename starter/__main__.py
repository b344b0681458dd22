"""The console script `recovery` and `python -m starter`: the only place in `starter` that knows the wiring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starter.cli import Processes, build_app

if TYPE_CHECKING:
    from settings import Settings
    from starter.running import SetUp

# The wiring imports everything there is: commands that only talk to the HTTP API do without.
# ruff: noqa: PLC0415


async def _worker(settings: Settings) -> None:
    import worker

    await worker.run(settings)


async def _serve(settings: Settings) -> None:
    from compose.serving import serve

    if settings.identity_twin_port is None:
        await serve(settings)
        return
    # Development on this machine: production never loads a twin.
    from starter.running.identity_provider import twin_beside

    settings, twin = twin_beside(settings)
    await serve(settings, beside=twin)


async def _demo(settings: Settings, as_json: bool) -> int:
    from starter.demo.run import demo

    return await demo(settings, _set_up(), as_json=as_json)


def _set_up() -> SetUp:
    from compose.addresses import addresses_of
    from compose.set_up import found, migrate
    from starter.running import SetUp

    return SetUp(migrate=migrate, logins=addresses_of, found=found)


def main() -> None:
    """Run the command line."""
    build_app(Processes(worker=_worker, serve=_serve, demo=_demo, set_up=_set_up))()


if __name__ == "__main__":
    main()
