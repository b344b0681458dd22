"""The running product's own bookkeeping, with stand-ins for the worker and the doors and no servers at all."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from settings import Settings
from starter.embedded.errors import DataFolderForeign, PortInUse
from starter.embedded.folder import MARKER
from starter.embedded.processes import Process, identify, is_alive
from starter.running import RunningProduct, SetUp, product
from starter.running.ending import clean, stop
from starter.running.errors import AlreadyRunning, OwnerAddressMissing, ProcessDied, ProcessNotReady
from starter.running.processes import CHECKOUT
from starter.running.record import kill_children, running, write_record
from transport.errors import KeyringMissing
from transport.keys import load_keyring

OWNER = "postgresql://owner:owner-secret@db.example/recovery"
STAND_IN = """
    import http.server, json, os, signal, sys, time
    if os.environ.get("STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    folder = os.environ["RECOVERY_DATA"]
    with open(f"{folder}/{sys.argv[1]}.seen", "w") as file:
        json.dump({"argv": sys.argv, "environment": dict(os.environ)}, file)
    if os.environ.get("SICK") == sys.argv[1]:
        sys.exit(7)
    if sys.argv[1] == "worker":
        if os.environ.get("SILENT") != "worker":
            print("worker_ready", flush=True)
        time.sleep(120)
    class Healthy(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()
    http.server.HTTPServer(("127.0.0.1", int(os.environ["RECOVERY_API_PORT"])), Healthy).serve_forever()
"""


@dataclass(frozen=True)
class Logins:
    """Logins as the wiring derives them."""

    store: str = "postgresql://recovery_app:store-secret@db.example/recovery"
    directory: str = "postgresql://directory_app:directory-secret@db.example/recovery"


@dataclass
class Stage:
    """A data folder, settings with servers elsewhere, and a wiring that remembers what it was asked."""

    settings: Settings
    applied: list[str] = field(default_factory=lambda: ["0001_cases"])
    founded: list[dict[str, Any]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.settings.data

    def run(self, **options: Any) -> AbstractAsyncContextManager[RunningProduct]:
        """The product."""

        async def migrate(owner_url: str, _secrets: Path) -> list[str]:
            assert owner_url == OWNER
            return self.applied

        async def found(_settings: Settings, owner_url: str, document: Any) -> bool:
            assert owner_url == OWNER
            self.founded.append(document)
            return True

        set_up = SetUp(migrate=migrate, logins=lambda *_, **__: Logins(), found=found)
        return product(self.settings, set_up, **options)

    def seen(self, process: str) -> dict[str, Any]:
        """What a stand-in was started with."""
        content: dict[str, Any] = json.loads((self.data / f"{process}.seen").read_text(encoding="utf-8"))
        return content


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Stand-ins instead of our processes."""
    script = tmp_path / "stand_in.py"
    script.write_text(textwrap.dedent(STAND_IN), encoding="utf-8")
    monkeypatch.setattr("starter.running.processes.OUR_COMMAND", [sys.executable, str(script)])
    monkeypatch.setattr("starter.running.processes.STOP_SECONDS", 5.0)
    monkeypatch.setenv("RECOVERY_DATABASE_URL", OWNER)
    settings = Settings().model_copy(
        update={
            "data": tmp_path / "data",
            "database_url": SecretStr(OWNER),
            "temporal_address": "temporal.example:7233",
            "api_port": 0,
            "directory_port": 0,
        }
    )
    return Stage(settings)


async def test_addresses_travel_in_the_environment_and_the_owners_login_does_not(stage: Stage) -> None:
    """Our processes get their own logins by environment, no secret by argument, and never the owner's (R03, R44)."""
    async with stage.run() as it:
        for name in ("worker", "serve"):
            seen = stage.seen(name)
            assert seen["argv"][1:] == [name]
            assert "secret" not in _command_line((it.worker if name == "worker" else it.doors).child.pid)
            environment = seen["environment"]
            assert environment["RECOVERY_STORE_DATABASE_URL"] == Logins().store
            assert environment["RECOVERY_DIRECTORY_DATABASE_URL"] == Logins().directory
            assert environment["TEMPORAL_ADDRESS"] == "temporal.example:7233"
            assert "owner-secret" not in json.dumps(environment)
        assert "owner-secret" not in repr(it)


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


async def test_free_ports_are_kept_and_the_origin_follows(stage: Stage) -> None:
    """Port 0 takes a free port, the same one next time, and the directory's origin names it."""
    async with stage.run() as first:
        assert first.directory_origin == f"http://localhost:{first.settings.directory_port}"
        assert first.api_url == f"http://127.0.0.1:{first.settings.api_port}"
    async with stage.run() as second:
        assert second.api_url == first.api_url


async def test_a_port_of_somebody_else_is_named(stage: Stage) -> None:
    """A wanted port that is taken is refused before anything starts."""
    async with stage.run() as first:
        other = Stage(
            stage.settings.model_copy(
                update={"data": stage.data.with_name("other"), "api_port": first.settings.api_port}
            )
        )
        with pytest.raises(PortInUse):
            async with other.run():
                pass


async def test_only_one_product_runs_on_a_folder(stage: Stage) -> None:
    """A second start is refused and leaves the first one alone; the folder is not removed meanwhile."""
    async with stage.run() as it:
        with pytest.raises(AlreadyRunning):
            async with stage.run():
                pass
        with pytest.raises(AlreadyRunning):
            await clean(stage.data)
        found = running(stage.data)
        assert found
        assert found.api_url == it.api_url
    assert running(stage.data) is None
    assert await clean(stage.data)
    assert not stage.data.exists()


@pytest.mark.parametrize("name", ["worker", "serve"])
async def test_a_process_that_dies_is_named(stage: Stage, name: str) -> None:
    """When one of ours ends by itself the product says which, and the other one is stopped."""
    async with stage.run() as it:
        child = (it.worker if name == "worker" else it.doors).child
        other = identify((it.doors if name == "worker" else it.worker).child.pid)
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(ProcessDied, match=name):
            async with asyncio.timeout(10):
                await it.watch()
    assert other
    assert not is_alive(other)


@pytest.mark.parametrize("name", ["worker", "serve"])
async def test_a_process_that_cannot_start_is_named(stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends during the start is named, and nothing stays behind."""
    monkeypatch.setenv("SICK", name)
    with pytest.raises(ProcessDied, match=name):
        async with stage.run():
            pass
    assert running(stage.data) is None


async def test_a_worker_that_says_nothing_is_not_waited_for_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start ends with an error when a process does not become ready in time."""
    monkeypatch.setenv("SILENT", "worker")
    monkeypatch.setattr("starter.running.processes.READY_SECONDS", 0.5)
    with pytest.raises(ProcessNotReady):
        async with stage.run():
            pass


async def test_a_process_that_ignores_the_request_to_stop_is_killed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping ends in time even when a process does not listen."""
    monkeypatch.setenv("STUBBORN", "yes")
    monkeypatch.setattr("starter.running.processes.STOP_SECONDS", 0.3)
    async with asyncio.timeout(20):
        async with stage.run() as it:
            processes = [identify(one.child.pid) for one in (it.worker, it.doors)]
    assert [one and is_alive(one) for one in processes] == [False, False]


async def test_processes_of_a_killed_owner_are_ended_by_the_next_one(stage: Stage) -> None:
    """What a killed owner left running is stopped before the next start, and known by more than its number."""
    left = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)")
    bystander = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)")
    try:
        async with stage.run():
            pass
        record = {
            "process": [left.pid, "another life"],
            "children": {"worker": [left.pid, identify(left.pid).born], "serve": [bystander.pid, "another life"]},  # type: ignore[union-attr] # it lives
            "api_url": "",
            "directory_origin": "",
        }
        (stage.data / "product.json").write_text(json.dumps(record), encoding="utf-8")
        (stage.data / "product.json").chmod(0o600)
        async with stage.run():
            async with asyncio.timeout(10):
                assert await left.wait() == -signal.SIGTERM
            assert bystander.returncode is None
            assert identify(bystander.pid)
    finally:
        for one in (left, bystander):
            if one.returncode is None:
                one.kill()
            await one.wait()


async def test_a_given_database_gets_no_sample_people_unasked(stage: Stage, tmp_path: Path) -> None:
    """Credentials that everybody knows never reach a database that an operator brought; people that are named do."""
    async with stage.run() as it:
        assert (it.founded, it.has_sample_people, stage.founded) == (False, False, [])
    people = tmp_path / "people.json"
    people.write_text('{"tenant": {"slug": "ours"}}', encoding="utf-8")
    async with stage.run(people=people) as it:
        assert (it.founded, stage.founded) == (True, [{"tenant": {"slug": "ours"}}])


async def test_a_lost_keyring_is_not_replaced(stage: Stage) -> None:
    """With a database that is older than the keyring, a new keyring would make everything unreadable: refused (R44)."""
    async with stage.run():
        pass
    before = load_keyring(stage.data / "keyring.json").active("payload")
    stage.applied = []
    (stage.data / "keyring.json").rename(stage.data / "kept.json")
    with pytest.raises(KeyringMissing):
        async with stage.run():
            pass
    assert not (stage.data / "keyring.json").exists()
    (stage.data / "kept.json").rename(stage.data / "keyring.json")
    async with stage.run():
        assert load_keyring(stage.data / "keyring.json").active("payload") == before


async def test_an_older_embedded_database_without_its_keyring_is_not_started(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for the embedded database, which is then not even started."""
    (stage.data / "postgres" / "data").mkdir(parents=True)
    (stage.data / MARKER).write_text("1\n", encoding="ascii")
    stage.data.chmod(0o700)
    stage.settings = stage.settings.model_copy(update={"database_url": None})
    with pytest.raises(KeyringMissing):
        async with stage.run():
            pass


async def test_logins_without_the_owner_are_refused(stage: Stage) -> None:
    """Half-given addresses must not start an embedded database beside the one that was meant."""
    stage.settings = stage.settings.model_copy(
        update={"database_url": None, "store_database_url": SecretStr(Logins().store)}
    )
    with pytest.raises(OwnerAddressMissing):
        async with stage.run():
            pass
    assert not stage.data.exists()


@pytest.mark.parametrize("damage", ["mode", "link", "dead", "nonsense"])
async def test_a_record_that_others_could_have_written_is_not_believed(tmp_path: Path, damage: str) -> None:
    """The command line takes addresses, and a process to stop, only from a private record of a living process."""
    write_record(tmp_path, api_url="http://127.0.0.1:1", directory_origin="http://localhost:2", children={})
    file = tmp_path / "product.json"
    assert running(tmp_path)
    if damage == "mode":
        file.chmod(0o620)
    elif damage == "link":
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    elif damage == "dead":
        file.write_text(file.read_text(encoding="utf-8").replace(str(os.getpid()), "999999999"), encoding="utf-8")
    else:
        file.write_text('{"process": 7}', encoding="utf-8")
    assert running(tmp_path) is None
    assert await stop(tmp_path) is False


async def test_a_folder_that_is_not_ours_is_not_removed(tmp_path: Path) -> None:
    """Only a folder with our mark is removed, not even an empty one without it."""
    for content in ([], ["thesis.txt"]):
        folder = tmp_path / f"folder{len(content)}"
        folder.mkdir(mode=0o700)
        for name in content:
            (folder / name).touch()
        with pytest.raises(DataFolderForeign):
            await clean(folder)
        assert sorted(one.name for one in folder.iterdir()) == content
    assert await clean(tmp_path / "nothing") is False


def test_the_recorded_children_can_be_killed_at_once(tmp_path: Path) -> None:
    """An operator who does not want to wait ends the recorded processes, and no other of the same number."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        write_record(tmp_path, api_url="", directory_origin="", children={"worker": child.pid})
        file = tmp_path / "product.json"
        genuine = file.read_text(encoding="utf-8")
        born = Process(child.pid, identify(child.pid).born).born  # type: ignore[union-attr] # it lives
        file.write_text(genuine.replace(born, "another life"), encoding="utf-8")
        kill_children(tmp_path)
        assert child.poll() is None
        file.write_text(genuine, encoding="utf-8")
        kill_children(tmp_path)
        assert child.wait(timeout=10) == -signal.SIGKILL


FOREGROUND = """
    import asyncio, sys
    from starter.running.foreground import until_stopped

    async def work():
        print("working", flush=True)
        try:
            await asyncio.sleep(60)
        finally:
            print("cleaning", flush=True)
            await asyncio.sleep({cleaning})

    print(asyncio.run(until_stopped(work(), force=lambda: print("forced", flush=True))), flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_cleanly(number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and a closed terminal let everything be stopped in order."""
    with _foreground(cleaning=0.05) as process:
        process.send_signal(number)
        assert process.communicate(timeout=20)[0].split() == ["cleaning", "True"]
        assert process.returncode == 0


def test_the_second_signal_does_not_wait() -> None:
    """A second Ctrl-C ends the process at once."""
    with _foreground(cleaning=60) as process:
        process.send_signal(signal.SIGINT)
        assert process.stdout
        assert process.stdout.readline() == "cleaning\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[0].split() == ["forced"]
        assert process.returncode == 130


def _foreground(*, cleaning: float) -> subprocess.Popen[str]:
    script = textwrap.dedent(FOREGROUND).format(cleaning=cleaning)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
    assert process.stdout
    assert process.stdout.readline() == "working\n"
    return process
