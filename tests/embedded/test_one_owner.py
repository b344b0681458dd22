"""One owner at a time, and what a killed owner left behind is recognised, ended and taken over."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client

from starter.embedded import PostgresSettings, TemporalSettings, embedded, processes
from starter.embedded.binaries import temporal_program
from starter.embedded.errors import (
    DataFolderExposed,
    DataFolderForeign,
    DataFolderInUse,
    DataFolderUnreachableForPostgres,
    PortInUse,
)
from starter.embedded.ports import choose_ports

AS_ROOT = os.geteuid() == 0
Owner = Callable[..., Any]


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


async def test_a_second_owner_is_refused(place: Path) -> None:
    """While one owner lives nobody else gets the folder; afterwards the next one does."""
    async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
        with pytest.raises(DataFolderInUse) as refused:
            async with embedded(place / "data", postgres=FAST, temporal=None):
                pass
        assert refused.value.code == "data_folder_in_use"
        assert await _run(servers.database_url, "SELECT 1") == 1
    async with embedded(place / "data", postgres=FAST, temporal=None):
        pass


async def test_an_owner_in_another_process_is_left_alone(place: Path, owner: Owner) -> None:
    """A second process is refused, and the first one's servers go on answering."""
    async with owner(place / "data", "postgres") as (_, said):
        with pytest.raises(DataFolderInUse):
            async with embedded(place / "data", postgres=FAST, temporal=None):
                pass
        assert await _run(said["database_url"], "SELECT 1") == 1


async def test_an_unknown_holder_of_the_lock_is_not_touched(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a process that we cannot recognise still holds the servers' lock, the folder counts as in use."""
    monkeypatch.setattr("starter.embedded.folder.ORPHAN_PATIENCE_SECONDS", 0.2)
    async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
        assert servers.database_url
    lock = os.open(place / "data" / "servers.lock", os.O_RDWR)
    sleeper = await asyncio.create_subprocess_exec("/bin/sleep", "30", stdin=lock)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(lock)
    try:
        with pytest.raises(DataFolderInUse):
            async with embedded(place / "data", postgres=FAST, temporal=None):
                pass
        assert sleeper.returncode is None
    finally:
        sleeper.kill()
        await sleeper.wait()


@pytest.mark.parametrize("record", ["kept", "lost"])
async def test_orphans_of_a_killed_owner_are_taken_over(place: Path, owner: Owner, record: str) -> None:
    """Servers that outlive a SIGKILL of their owner are ended, by record or by place, and the data is still there."""
    async with owner(place / "data", careless=True) as (process, said):
        await _run(said["database_url"], "CREATE TABLE kept AS SELECT 7 AS it", "SELECT 1")
        client = await Client.connect(said["temporal_address"])
        await client.start_workflow("waiting", id="kept", task_queue="nobody")
        process.kill()
        await process.wait()
        assert await _run(said["database_url"], "SELECT it FROM kept") == 7, "the orphans still run"
        if record == "lost":
            (place / "data" / "processes.json").write_text("{ damaged")
        async with embedded(place / "data") as servers:
            assert servers.temporal_address == said["temporal_address"]
            assert await _run(servers.database_url, "SELECT it FROM kept") == 7
            client = await Client.connect(servers.temporal_address)
            description = await client.get_workflow_handle("kept").describe()
            assert description.close_time is None


async def test_orphans_are_found_without_proc(place: Path, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no /proc the servers of a killed owner are recognised by their command line."""
    async with owner(place / "data", "postgres", careless=True) as (process, _):
        process.kill()
        await process.wait()
        (place / "data" / "processes.json").unlink()
        monkeypatch.setattr(processes, "LINUX", False)
        async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
            assert await _run(servers.database_url, "SELECT 1") == 1


@pytest.mark.skipif(not processes.LINUX, reason="only Linux has a signal for the owner's death")
async def test_servers_die_with_their_owner(place: Path, owner: Owner) -> None:
    """On Linux a SIGKILL of the owner ends its servers without further help."""
    async with owner(place / "data") as (process, _):
        servers = _servers(place / "data")
        assert len(servers) > 1
        process.kill()
        await process.wait()
        async with asyncio.timeout(10):
            await processes._all_gone(servers)


def _servers(folder: Path) -> list[processes.Process]:
    postgres = processes.working_in(folder / "postgres" / "data", "postgres")
    return [*postgres, *processes.working_in(folder / "temporal", "temporal")]


async def test_a_recycled_number_is_nobody_of_ours(place: Path) -> None:
    """A stale postmaster.pid and a record whose number now belongs to another process stop neither us nor it."""
    async with embedded(place / "data", postgres=FAST, temporal=None):
        pass
    bystander = await asyncio.create_subprocess_exec("/bin/sleep", "30")
    try:
        folder = place / "data" / "postgres"
        _make_socket_folder(folder)
        text = (
            f"{bystander.pid}\n{folder / 'data'}\n1764000000\n5432\n{folder / 'run'}\n\n  1234567         0\nready   \n"
        )
        for stale in (folder / "data" / "postmaster.pid", folder / "run" / ".s.PGSQL.5432.lock"):
            stale.write_text(text)
            os.chown(stale, folder.stat().st_uid, folder.stat().st_gid)
        (place / "data" / "processes.json").write_text(f'{{"postgres": [{bystander.pid}, "another birth"]}}')
        async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
            assert await _run(servers.database_url, "SELECT 1") == 1
        assert bystander.returncode is None
    finally:
        bystander.kill()
        await bystander.wait()


async def test_a_foreign_folder_is_refused(place: Path) -> None:
    """A folder that holds anything we did not make is left exactly as it is."""
    (place / "photo.jpg").touch()
    with pytest.raises(DataFolderForeign) as refused:
        async with embedded(place):
            pass
    assert refused.value.code == "data_folder_foreign"
    assert [one.name for one in _entries(place)] == ["photo.jpg"]


async def test_a_folder_open_to_everybody_is_refused(place: Path) -> None:
    """Where everybody may write, another user could replace our files: refused, and not repaired behind one's back."""
    folder = place / "data"
    folder.mkdir()
    _set_rights(folder, 0o777)
    with pytest.raises(DataFolderExposed):
        async with embedded(folder):
            pass
    assert _rights(folder) == 0o777


async def test_a_link_in_place_of_our_folder_is_refused(place: Path) -> None:
    """A symbolic link where a server's folder should be is not followed."""
    async with embedded(place / "data", postgres=FAST, temporal=None):
        pass
    (place / "elsewhere").mkdir()
    (place / "data" / "temporal").symlink_to(place / "elsewhere")
    with pytest.raises(DataFolderForeign):
        async with embedded(place / "data", postgres=None):
            pass
    assert _entries(place / "elsewhere") == []


@pytest.mark.parametrize("which", ["port", "ui_port"])
async def test_a_port_in_use_is_named(place: Path, which: str) -> None:
    """A port that was asked for and is taken is refused by its number."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=str(number)) as refused:
            async with embedded(place / "data", postgres=None, temporal=TemporalSettings(**{which: number})):
                pass
        assert refused.value.code == "port_in_use"


@pytest.mark.parametrize("which", ["temporal", "ui"])
async def test_a_port_taken_in_between_is_noticed(place: Path, which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another process takes a chosen port before our server does, the server moves to new ports."""
    thief: list[socket.socket] = []

    def choose_and_lose(*arguments: Any) -> dict[str, int]:
        ports = choose_ports(*arguments)
        if not thief:
            thief.append(socket.create_server(("127.0.0.1", ports[which])))
        return ports

    monkeypatch.setattr("starter.embedded.temporal.choose_ports", choose_and_lose)
    try:
        async with embedded(place / "data", postgres=None) as servers:
            assert servers.ports[which] != thief[0].getsockname()[1]
            await Client.connect(servers.temporal_address)
    finally:
        thief[0].close()


@pytest.mark.skipif(not AS_ROOT, reason="needs root to become another user")
async def test_runs_as_a_normal_user(place: Path, owner: Owner) -> None:
    """A user without any rights gets both servers in a folder of its own."""
    nobody = pwd.getpwnam("nobody").pw_uid
    python = _python_for(nobody, place)
    if python is None:
        pytest.skip("that user can run no Python of this version")
    os.chown(place, nobody, nobody)
    async with owner(place / "data", user=nobody, python=python) as (_, said):
        assert await _run(said["database_url"], "SELECT 1") == 1
        assert {one.stat().st_uid for one in _entries(place / "data")} == {nobody}


def _python_for(user: int, place: Path) -> str | None:
    """An interpreter that the user can run, with our commands beside it; None where ours lies in a private home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (str(Path(sys.executable).resolve()), f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
        try:
            subprocess.run([python, "-c", ""], user=user, group=user, cwd="/", check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        commands = place / "environment" / "bin"
        commands.mkdir(parents=True)
        (commands.parent / "pyvenv.cfg").write_text(f"home = {Path(python).parent}\n")
        (commands / "python").symlink_to(python)
        (commands / "temporal").symlink_to(temporal_program())
        return str(commands / "python")
    return None


def _make_socket_folder(home: Path) -> None:
    folder = home / "run"
    folder.mkdir(mode=0o700)
    os.chown(folder, home.stat().st_uid, home.stat().st_gid)


def _rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _set_rights(path: Path, mode: int) -> None:
    path.chmod(mode)


def _user_of(pid: int) -> int:
    return Path("/proc", str(pid)).stat().st_uid


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.skipif(not AS_ROOT, reason="is about root")
async def test_root_with_a_reachable_folder_runs_postgres_as_nobody(place: Path) -> None:
    """Root gives PostgreSQL to an unprivileged user where that user can reach the folder."""
    _set_rights(place, 0o711)
    async with embedded(place / "data", postgres=FAST, temporal=None) as servers:
        assert servers._postgres
        assert _user_of(servers._postgres.child.pid) == pwd.getpwnam("nobody").pw_uid


@pytest.mark.skipif(not AS_ROOT, reason="is about root")
async def test_root_without_namespaces_is_told_the_reason(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a private folder and without user namespaces root is refused, and no folder is opened for it."""
    monkeypatch.setattr("starter.embedded.server_user.LINUX", False)
    with pytest.raises(DataFolderUnreachableForPostgres) as refused:
        async with embedded(place / "data", postgres=FAST, temporal=None):
            pass
    assert refused.value.code == "data_folder_unreachable_for_postgres"
    assert _rights(place) == 0o700


async def test_a_stopped_server_may_be_stopped_again(place: Path) -> None:
    """Stopping is idempotent, and a server that ignores the first signal is killed."""
    async with embedded(place / "data", postgres=None) as servers:
        assert servers._temporal
        child = servers._temporal.child
        os.kill(child.pid, signal.SIGSTOP)
        async with asyncio.timeout(5):
            await child.stop(signal.SIGTERM, patience=0.2)
        await servers._temporal.stop()
        assert child.ended
