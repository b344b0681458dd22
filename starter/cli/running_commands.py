"""The commands that run something: up, down, clean, demo, worker, serve, migrate; heavy imports wait until needed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli.context import Surroundings, at_hand
from starter.cli.directory_commands import read_document
from starter.cli.errors import DatabaseAddressMissing
from starter.cli.language import spoken
from starter.cli.options import AsJson
from starter.cli.showing import print_facts, print_json, print_line, print_table, say, shown

if TYPE_CHECKING:
    from starter.running import RunningProduct

People = Annotated[
    Path | None,
    typer.Option(
        "--people",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="The founding people, imported when their tenant is new.",
    ),
]

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def worker(context: typer.Context) -> None:
    """Run the worker: the workflow and its activities, until it is told to stop."""
    here = at_hand(context)
    _configure_logging(here)
    asyncio.run(here.processes.worker(here.settings))


def serve(context: typer.Context) -> None:
    """Run the doors: HTTP API and console, the directory's own origin, relay and head keeper, until told to stop."""
    here = at_hand(context)
    _configure_logging(here)
    asyncio.run(here.processes.serve(here.settings))


def migrate(context: typer.Context, *, people: People = None, as_json: AsJson = False) -> None:
    """As the database's owner: make the login roles, bring both schemas up to date, and import founding people."""
    here = at_hand(context)
    settings = here.settings
    if settings.database_url is None:
        raise DatabaseAddressMissing
    owner_url = settings.database_url.get_secret_value()
    document = read_document(people) if people else None
    set_up = here.processes.set_up()

    async def run() -> tuple[list[str], bool]:
        applied = list(await set_up.migrate(owner_url, settings.secrets_folder))
        return applied, document is not None and await set_up.found(settings, owner_url, document)

    applied, founded = asyncio.run(run())
    if as_json:
        print_json({"applied": applied, "founded": founded})
        return
    done = spoken("{count} migrations applied.", count=len(applied))
    print_line(done if applied else spoken("The database is up to date."))
    if founded:
        print_line(spoken("The founding people were imported."))


def up(context: typer.Context, *, people: People = None, as_json: AsJson = False) -> None:
    """Run everything on this machine until Ctrl-C: PostgreSQL, Temporal, the worker and the doors.

    Servers that RECOVERY_DATABASE_URL or TEMPORAL_ADDRESS name are used instead of the embedded ones. A new
    installation begins with sample people, or with those of --people.
    """
    from starter.running import product  # noqa: PLC0415 - heavy
    from starter.running.foreground import until_stopped  # noqa: PLC0415 - heavy
    from starter.running.record import kill_children, real  # noqa: PLC0415 - heavy

    here = at_hand(context)

    async def run() -> None:
        async with product(here.settings, here.processes.set_up(), people=people, tell=say) as running:
            _announce(running, as_json=as_json)
            await running.watch()

    asyncio.run(
        until_stopped(
            run(),
            stopping=lambda: say(spoken("Stopping … (once more to stop at once)")),
            force=lambda: kill_children(real(here.settings.data)),
        )
    )
    say(spoken("Stopped."))


def down(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Stop what runs on the data folder; the data stays."""
    from starter.running.ending import stop  # noqa: PLC0415 - heavy

    stopped = asyncio.run(stop(at_hand(context).settings.data))
    if as_json:
        print_json({"stopped": stopped})
    else:
        print_line(spoken("Stopped.") if stopped else spoken("Nothing runs here."))


def clean(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Remove the data folder with everything in it, if it is ours and nothing runs in it."""
    from starter.running.ending import clean as remove  # noqa: PLC0415 - heavy

    removed = asyncio.run(remove(at_hand(context).settings.data))
    if as_json:
        print_json({"removed": removed})
    else:
        print_line(spoken("The data folder was removed.") if removed else spoken("There is no data folder."))


def demo(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Play whole recoveries and refused ones on this machine, and explain them."""
    here = at_hand(context)
    raise typer.Exit(asyncio.run(here.processes.demo(here.settings, as_json)))


def _configure_logging(here: Surroundings) -> None:
    from transport.logs import configure_logging  # noqa: PLC0415 - heavy

    configure_logging(level=here.settings.log_level, as_json=here.settings.log_json)


def _announce(running: RunningProduct, *, as_json: bool) -> None:
    addresses = {
        "api_url": running.api_url,
        "console_url": f"{running.settings.console_url}/console",
        "directory_url": running.directory_origin,
        "temporal_ui_url": running.temporal_ui_url,
        "logs": str(running.logs),
    }
    logins = _sample_logins(running)
    if as_json:
        print_json({**addresses, "sample_logins": logins})
        return
    print_facts(
        {
            "console": f"{running.settings.console_url}/console",
            "HTTP API": running.api_url,
            "directory": running.directory_origin,
            "Temporal UI": running.temporal_ui_url,
            "logs": str(running.logs),
        }
    )
    if logins:
        print_line(spoken("Sample people: sample data that everybody knows, never to be used for anything real."))
        print_table(
            ["sample login", "sample password", "sample factor", "roles"], [list(one.values()) for one in logins]
        )
        print_line(
            spoken(
                "Sample passkeys sign in with: recovery login LOGIN --authenticator examples/acme-authenticators.json"
            )
        )
        if not {running.settings.api_host, running.settings.directory_host} <= _LOOPBACK:
            say(spoken("Warning: other machines can reach this, and everybody knows the sample people's secrets."))
    print_line(spoken("Ready. Ctrl-C stops everything."))


def _sample_logins(running: RunningProduct) -> list[dict[str, object]]:
    from starter.running.founding import SAMPLE_PEOPLE  # noqa: PLC0415 - heavy

    if not running.has_sample_people:
        return []
    rows: list[dict[str, object]] = []
    for person in read_document(SAMPLE_PEOPLE).get("people", []):  # type: ignore[attr-defined] # our own file
        totp = next((one["secret"] for one in person["factors"] if one["kind"] == "totp"), None)
        rows.append(
            {
                "login": person["login"],
                "password": person["password"],
                "factor": f"TOTP {totp}" if totp else "passkey",
                "roles": ", ".join(shown(role) for role in person["roles"]) or "—",
            }
        )
    return rows
