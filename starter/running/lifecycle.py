"""Starting everything in order, watching it, and stopping it in the opposite order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from settings import Settings
from starter.embedded import EmbeddedServers, PostgresSettings, TemporalSettings, embedded, prepare_data_folder
from starter.running.addresses import Logins, process_environment, resolved, url_of
from starter.running.errors import OwnerAddressMissing, ProcessDied
from starter.running.founding import SAMPLE_PEOPLE, keyring_after_migrations, keyring_before_start, read_people
from starter.running.processes import OurProcess, start_process, stop_processes, wait_for_doors, wait_for_worker
from starter.running.record import end_left_behind, only_one, remove_record, write_record


@dataclass(frozen=True, kw_only=True)
class SetUp:
    """What only the wiring can do, handed in by `starter.__main__`.

    `migrate(owner_url, secrets_folder)` returns the names of the migrations applied now. `logins(settings,
    owner_url=…, temporal_address=…)` gives the addresses of the two database logins. `found(settings, owner_url,
    document)` imports founding people if their tenant is new, and returns whether it was.
    """

    migrate: Callable[[str, Path], Awaitable[Sequence[str]]]
    logins: Callable[..., Logins]
    found: Callable[[Settings, str, Mapping[str, Any]], Awaitable[bool]]


@dataclass(frozen=True, kw_only=True)
class RunningProduct:
    """A product that answers. `settings` are the ones its processes have; `database_url` is the owner's, a secret."""

    settings: Settings
    temporal_address: str
    temporal_ui_url: str | None
    database_url: str = field(repr=False)
    founded: bool
    has_sample_people: bool
    logs: Path
    worker: OurProcess
    doors: OurProcess
    servers: EmbeddedServers

    @property
    def api_url(self) -> str:
        """The HTTP API and the console, as this machine reaches them."""
        return self.settings.api_url

    @property
    def directory_url(self) -> str:
        """The directory, as this machine reaches it."""
        return url_of(self.settings.directory_host, self.settings.directory_port)

    @property
    def directory_origin(self) -> str:
        """The directory's origin, as browsers must name it: passkeys are bound to its host."""
        return self.settings.directory_origin

    async def watch(self) -> None:
        """Wait for as long as all is well; raises `ProcessDied` or `EmbeddedServerDied`, saying which."""
        waiting = {asyncio.ensure_future(one.child.wait()): one.child for one in (self.worker, self.doors)}
        servers = asyncio.ensure_future(self.servers.watch())
        try:
            done, _ = await asyncio.wait([*waiting, servers], return_when=asyncio.FIRST_COMPLETED)
            # The others follow a database that dies: it is the one to name.
            if servers in done:
                servers.result()
            first = waiting[next(one for one in waiting if one in done)]
            raise ProcessDied(f"{first.name}, {first.log}")
        finally:
            for one in (*waiting, servers):
                one.cancel()


@asynccontextmanager
async def product(
    settings: Settings,
    set_up: SetUp,
    *,
    people: Path | None = None,
    postgres: PostgresSettings | None = None,
    demo: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[RunningProduct]:
    """Run PostgreSQL, Temporal, the worker and the doors for as long as the block lasts.

    Addresses in `settings` win over the embedded servers. `people` is the founding document, imported when its
    tenant is new; without it the sample people, but only into an embedded database. `demo` trades safety at a
    power cut for speed. `tell` hears one sentence a step. Leaving the block stops everything, the doors first.
    Raises the errors of `starter.running.errors`, `starter.embedded.errors`, `transport.errors`, `postgres.errors`.
    """
    if settings.database_url is None and (settings.store_database_url or settings.directory_database_url):
        raise OwnerAddressMissing
    folder = prepare_data_folder(settings.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(only_one(folder))
        await end_left_behind(folder)
        settings = resolved(settings, folder)
        stack.callback(remove_record, folder)
        _record(settings, {})
        has_keyring = keyring_before_start(settings, embedded=settings.database_url is None)
        tell(_starting(settings))
        servers = await stack.enter_async_context(_servers(settings, postgres, demo=demo))
        owner_url = settings.database_url.get_secret_value() if settings.database_url else servers.database_url
        temporal_address = settings.temporal_address or servers.temporal_address
        ui_url = settings.temporal_ui_url or (None if settings.temporal_address else servers.temporal_ui_url)
        tell("Preparing the database …")
        applied = await set_up.migrate(owner_url, settings.secrets_folder)
        if not has_keyring:
            keyring_after_migrations(settings, applied)
        founded = await _found(settings, set_up, owner_url, people)
        tell("Starting the worker and the doors …")
        environment = process_environment(
            settings,
            set_up.logins(settings, owner_url=owner_url, temporal_address=temporal_address),
            temporal_address=temporal_address,
            temporal_ui_url=ui_url,
        )
        logs = folder / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        worker, doors = await _our_processes(stack, settings, environment, logs)
        yield RunningProduct(
            settings=settings,
            temporal_address=temporal_address,
            temporal_ui_url=ui_url,
            database_url=owner_url,
            founded=founded,
            has_sample_people=people is None and settings.database_url is None,
            logs=logs,
            worker=worker,
            doors=doors,
            servers=servers,
        )


@asynccontextmanager
async def _servers(
    settings: Settings, postgres: PostgresSettings | None, *, demo: bool
) -> AsyncIterator[EmbeddedServers]:
    from workflows.attributes import NAMES_AND_TYPES  # noqa: PLC0415 - brings in the whole SDK, which commands do without

    engine = TemporalSettings(namespace=settings.temporal_namespace, search_attributes=NAMES_AND_TYPES, demo=demo)
    async with embedded(
        settings.data,
        postgres=None if settings.database_url else postgres or PostgresSettings(),
        temporal=None if settings.temporal_address else engine,
    ) as servers:
        yield servers


async def _found(settings: Settings, set_up: SetUp, owner_url: str, people: Path | None) -> bool:
    # The sample's passwords and keys are public: a database that an operator brought gets none of them unasked.
    if people is None and settings.database_url is not None:
        return False
    return await set_up.found(settings, owner_url, read_people(people or SAMPLE_PEOPLE))


async def _our_processes(
    stack: AsyncExitStack, settings: Settings, environment: Mapping[str, str], logs: Path
) -> tuple[OurProcess, OurProcess]:
    started: list[OurProcess] = []
    stack.push_async_callback(stop_processes, started)
    for command in ("worker", "serve"):
        started.append(await start_process(command, environment=environment, logs=logs))
        _record(settings, {one.child.name: one.child.pid for one in started})
    worker, doors = started
    await asyncio.gather(wait_for_worker(worker), wait_for_doors(doors, settings.api_url))
    return worker, doors


def _record(settings: Settings, children: Mapping[str, int]) -> None:
    write_record(settings.data, api_url=settings.api_url, directory_origin=settings.directory_origin, children=children)


def _starting(settings: Settings) -> str:
    ours = [
        name
        for name, given in (("PostgreSQL", settings.database_url), ("Temporal", settings.temporal_address))
        if not given
    ]
    return f"Starting {' and '.join(ours)} …" if ours else "Using the servers that were given …"
