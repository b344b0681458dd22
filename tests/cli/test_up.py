"""`recovery up` for real: embedded servers, worker and doors from nothing, and everything gone afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pyotp
import pytest

from starter.running.processes import CHECKOUT
from starter.running.record import running
from tests.support import waiting

PATIENCE_SECONDS = 90


class Machine:
    """A data folder and a person's state folder, with commands run as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECOVERY_", "TEMPORAL_"))}
        self.environment = kept | {
            "RECOVERY_DATA": str(self.data),
            "RECOVERY_API_PORT": "0",
            "RECOVERY_DIRECTORY_PORT": "0",
            "XDG_STATE_HOME": str(folder / "state"),
        }

    def start(self) -> subprocess.Popen[str]:
        """`recovery up`, ready."""
        process = subprocess.Popen(
            [sys.executable, "-m", "starter", "up", "--json"],
            cwd=CHECKOUT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        self.announced = self._document(process)
        return process

    def run(self, *arguments: str, lines: str = "") -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "starter", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            input=lines,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def processes(self) -> list[str]:
        """The command lines of living processes that work in the folder or have a file of it open."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                links = [entry / "cwd", *(entry / "fd").iterdir()]
                targets = [str(link.readlink()) for link in links if link.is_symlink()]
                if int(entry.name) != os.getpid() and any(one.startswith(str(self.folder)) for one in targets):
                    found.append((entry / "cmdline").read_text(encoding="utf-8"))
            except OSError:
                continue
        return found

    def _document(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout
        text = ""
        for line in process.stdout:
            text += line
            if line == "}\n":
                break
        found: dict[str, Any] = json.loads(text)
        return found


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A machine on which nothing of ours runs when the test is over."""
    with tempfile.TemporaryDirectory(prefix="recovery-up-", ignore_cleanup_errors=True) as folder:
        place = Path(folder).resolve()
        # As root, PostgreSQL runs as another user and must be able to pass.
        place.chmod(0o711)
        it = Machine(place)
        try:
            yield it
            assert it.processes() == []
        finally:
            left = running(it.data)
            if left:
                os.kill(left.process.pid, signal.SIGTERM)


@pytest.mark.timeout(180)
def test_up_answers_and_down_stops_everything(machine: Machine) -> None:
    """From nothing to a signed-in agent; no secret in an argument; `down` leaves nothing running (R44)."""
    with machine.start() as up:
        url = machine.announced["api_url"]
        with build_opener(ProxyHandler({})).open(f"{url}/healthz", timeout=10) as answer:
            assert answer.status == 200
        login = next(one for one in machine.announced["sample_logins"] if one["roles"] == "agent")
        code = pyotp.TOTP(login["factor"].split()[-1]).now()
        signed_in = machine.run("login", login["login"], lines=f"{login['password']}\n{code}\n")
        assert (signed_in.returncode, signed_in.stderr) == (0, "")
        assert json.loads(machine.run("whoami", "--json").stdout)["roles"] == ["agent"]
        assert json.loads(machine.run("case", "list", "--json").stdout) == {"cases": []}
        secrets = [one.read_text(encoding="utf-8").strip() for one in machine.data.glob("*.password")]
        assert len(secrets) == 3
        assert not [one for one in machine.processes() for secret in secrets if secret in one]
        again = machine.run("up")
        assert (again.returncode, again.stderr.splitlines()[-1].split(":")[0]) == (1, "already_running")
        assert machine.run("clean").returncode == 1
        down = machine.run("down")
        assert (down.returncode, down.stdout) == (0, "Stopped.\n")
        assert up.wait(timeout=PATIENCE_SECONDS) == 0
    assert machine.run("down").stdout == "Nothing runs here.\n"
    assert machine.run("clean").returncode == 0
    assert not machine.data.exists()


@pytest.mark.timeout(180)
def test_up_ends_when_a_part_of_it_dies(machine: Machine) -> None:
    """A worker that dies ends the product with 3 and is named; a killed product leaves nothing running."""
    with machine.start() as up:
        record = running(machine.data)
        assert record
        os.kill(record.children["worker"].pid, signal.SIGKILL)
        _, errors = up.communicate(timeout=PATIENCE_SECONDS)
        assert up.returncode == 3
        assert re.search(r"^process_died: .*\(worker, ", errors.splitlines()[-1])
    assert machine.processes() == []
    with machine.start() as up:
        up.send_signal(signal.SIGKILL)
        up.communicate(timeout=PATIENCE_SECONDS)
        waiting.until_now(lambda: not machine.processes(), patience=PATIENCE_SECONDS)
