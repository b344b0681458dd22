"""The embedded servers start from nothing, stop cleanly, keep their data and say when they die."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from starter.embedded import EmbeddedServers, PostgresSettings, TemporalSettings, embedded
from starter.embedded.binaries import postgres_programs, temporal_program
from starter.embedded.errors import EmbeddedBinaryMissing, EmbeddedServerDied, EmbeddedServerOff

# A killed process loses nothing without fsync; only a power cut would.
FAST = PostgresSettings(fsync=False)


async def _run(url: str, *statements: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_both_servers_start_from_nothing_and_keep_their_data_and_addresses(place: Path) -> None:
    """A second start finds the rows, the namespace and the same addresses, and adds search attributes that are new."""
    first_settings = TemporalSettings(namespace="recovery", search_attributes={"Phase": "Keyword"})
    async with embedded(place / "data", temporal=first_settings) as servers:
        address, page = servers.temporal_address, servers.temporal_ui_url
        made = await _run(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS it", "SELECT it FROM kept")
        assert made == 7
        await Client.connect(address, namespace="recovery")
    later_settings = TemporalSettings(namespace="recovery", search_attributes={"Phase": "Keyword", "Tier": "Int"})
    async with embedded(place / "data", temporal=later_settings) as servers:
        assert (servers.temporal_address, servers.temporal_ui_url) == (address, page)
        assert await _run(servers.database_url, "SELECT it FROM kept") == 7
        client = await Client.connect(address, namespace="recovery")
        listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="recovery"))
        assert {"Phase", "Tier"} <= set(listed.custom_attributes)


async def test_postgres_opens_no_port_and_needs_the_password(place: Path) -> None:
    """The database is reached through a private socket only, and not without the password."""
    async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
        assert await _run(servers.database_url, "SELECT current_setting('listen_addresses')") == ""
        assert servers.ports == {}
        password = servers.database_url.split(":")[2].split("@")[0]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(servers.database_url.replace(password, "guess"), timeout=10)
        assert password not in repr(servers)
        assert password.encode() not in _all_arguments()


def _all_arguments() -> bytes:
    shown = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            shown.append((process / "cmdline").read_bytes())
    return b"".join(shown)


def _rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _exists(path: Path) -> bool:
    return path.exists()


def _environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def _kill_a_session(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    pid = connection.get_server_pid()
    running = asyncio.create_task(connection.fetchval(statement))
    async with asyncio.timeout(10):
        while not await _run(url, f"SELECT state = 'active' FROM pg_stat_activity WHERE pid = {pid}"):  # noqa: ASYNC110
            await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises((asyncpg.PostgresError, ConnectionError)):
            await running


async def test_no_personal_datum_reaches_the_servers_log(place: Path) -> None:
    """Values in a failing statement's error or detail, and the statement a killed session ran, stay out of the log."""
    async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
        await _run(servers.database_url, "CREATE TABLE one (it text UNIQUE)", "INSERT INTO one VALUES ('canary')")
        for failing in ("INSERT INTO one VALUES ('canary')", "SELECT 'canary'::uuid", "SELECT canary"):
            with pytest.raises(asyncpg.PostgresError):
                await _run(servers.database_url, failing)
        await _kill_a_session(servers.database_url, "SELECT pg_sleep(50), 'canary'")
    assert "canary" not in (place / "data" / "logs" / "postgres.log").read_text()


async def test_all_files_are_private_and_no_existing_folder_changes_its_rights(place: Path) -> None:
    """Rights of parents and of an existing data folder stay as they are, and nothing made is open to others."""
    folder = place / "data"
    folder.mkdir(mode=0o750)
    before = [stat.S_IMODE(one.stat().st_mode) for one in (place, folder, postgres_programs())]
    async with embedded(folder):
        for one in folder.rglob("*"):
            assert not one.is_file() or not stat.S_IMODE(one.stat().st_mode) & 0o077, one
    assert [stat.S_IMODE(one.stat().st_mode) for one in (place, folder, postgres_programs())] == before


async def test_our_environment_does_not_reach_the_servers(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret in our environment is not in theirs."""
    monkeypatch.setenv("RECOVERY_SECRET", "canary")
    async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
        assert servers._postgres
        assert b"canary" not in _environment_of(servers._postgres.child.pid)


async def test_cancelling_stops_the_servers(place: Path) -> None:
    """A task that is cancelled while its servers run, and again while they stop, leaves no process."""
    started = asyncio.Event()

    async def hold() -> None:
        async with embedded(place / "data", postgres=FAST, temporal=None):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    async with asyncio.timeout(30):
        await started.wait()
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("moment", [0.01, 0.2])
async def test_cancelling_a_start_leaves_nothing(place: Path, moment: float) -> None:
    """A start that is cancelled at any moment leaves no process, and the next start succeeds."""

    async def hold() -> None:
        async with embedded(place / "data", postgres=FAST, temporal=None):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(moment):
            await hold()
    async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
        assert await _run(servers.database_url, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["postgres", "temporal"])
async def test_a_server_that_dies_is_reported(place: Path, name: str) -> None:
    """`watch` raises with the code and the log's path when a server ends by itself."""
    only = {"postgres": FAST, "temporal": None} if name == "postgres" else {"postgres": None}
    async with embedded(place / "data", **only) as servers:
        running = servers._postgres or servers._temporal
        assert running
        os.kill(running.child.pid, signal.SIGKILL)
        with pytest.raises(EmbeddedServerDied) as died:
            async with asyncio.timeout(10):
                await servers.watch()
        assert died.value.code == "embedded_server_died"
        assert str(place / "data" / "logs" / f"{name}.log") in str(died.value)


async def test_a_long_folder_name_still_gives_a_short_socket(place: Path) -> None:
    """Where the socket's path would be too long it lies in a private folder elsewhere."""
    async with embedded(place / ("long" * 25), postgres=FAST, temporal=None) as servers:
        assert await _run(servers.database_url, "SELECT 1") == 1
        sockets = Path(parse_qs(urlsplit(servers.database_url).query)["host"][0])
        assert not sockets.is_relative_to(place)
        assert _rights(sockets) == 0o700
    assert not _exists(sockets)


async def test_servers_that_are_switched_off_touch_nothing(place: Path) -> None:
    """With both servers given by the caller no folder appears, and asking for an address is an error."""
    async with embedded(place / "data", postgres=None, temporal=None) as servers:
        with pytest.raises(EmbeddedServerOff):
            _ = servers.database_url
        with pytest.raises(EmbeddedServerOff):
            _ = servers.temporal_address
    assert not (place / "data").exists()


def test_a_missing_binary_says_what_to_set_instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no bundled server exists the error names the variable that points to one."""
    monkeypatch.setattr("starter.embedded.binaries.find_spec", lambda _name: None)
    monkeypatch.setattr("sysconfig.get_path", lambda *_arguments: str(tmp_path))
    with pytest.raises(EmbeddedBinaryMissing, match="RECOVERY_DATABASE_URL"):
        postgres_programs()
    with pytest.raises(EmbeddedBinaryMissing, match="TEMPORAL_ADDRESS"):
        temporal_program()


def test_an_empty_facade_needs_no_loop() -> None:
    """The facade alone runs nothing."""
    assert EmbeddedServers(postgres=None, temporal=None).ports == {}
    assert PostgresSettings().fsync
