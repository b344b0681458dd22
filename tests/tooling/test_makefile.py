"""What `make` does on machines that lack something, and in folders with awkward names."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ["awk", "cksum", "cut", "make", "pwd", "rm", "sh", "touch"]
TARGETS = [
    "bench",
    "campaign-bench",
    "clean",
    "demo",
    "down",
    "format",
    "help",
    "lint",
    "lock",
    "model",
    "rules",
    "screenshots",
    "test",
    "test-browser",
    "test-machine",
    "test-slow",
    "up",
]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A checkout in a folder with a space, and beside it a `bin` with the few tools that make needs and no Python."""
    checkout = tmp_path / "a folder"
    checkout.mkdir()
    (tmp_path / "bin").mkdir()
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-browser.lock",
    ):
        shutil.copy(ROOT / name, checkout)
    for tool in TOOLS:
        if found := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def _make(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    assert make
    return subprocess.run(
        [make, "--no-print-directory", *arguments],
        cwd=machine / "a folder",
        env={"PATH": str(machine / "bin"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def _python(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_make_alone_prints_every_target(bare_machine: Path) -> None:
    """`make` without arguments explains itself and does nothing else."""
    result = _make(bare_machine)
    assert result.returncode == 0
    assert sorted(re.findall(r"^  make (\S+)", result.stdout, re.MULTILINE)) == TARGETS
    assert not (bare_machine / "a folder" / ".venv").exists()


@pytest.mark.parametrize("target", ["demo", "test"])
def test_a_machine_without_python_is_told_so(bare_machine: Path, target: str) -> None:
    """Without a Python that is new enough there is one clear line and no half-made environment."""
    _python(bare_machine, "python3", "exit 1")
    result = _make(bare_machine, target)
    assert result.returncode != 0
    assert result.stderr.startswith("Python 3.11 or newer is needed")
    assert not (bare_machine / "a folder" / ".venv").exists()


def test_a_python_that_cannot_make_environments_is_told_so(bare_machine: Path) -> None:
    """A Python without ensurepip, as Debian ships it, leads to the name of the missing package."""
    _python(bare_machine, "python3", 'case "$2" in *ensurepip*) exit 1;; esac; exit 0')
    result = _make(bare_machine, "demo")
    assert result.returncode != 0
    assert result.stderr.startswith("python3 cannot make virtual environments")
    assert "python3-venv" in result.stderr


def test_the_python_that_was_asked_for_comes_first(bare_machine: Path) -> None:
    """`make PYTHON=…` is tried before anything on the path, and broken candidates are passed over."""
    for name in ("python3.13", "python3"):
        _python(bare_machine, name, f'case "$2" in import*|"") exit 0;; *) echo {name} >&2; exit 1;; esac')
    _python(bare_machine, "mine", 'case "$1" in -c) exit 0;; *) echo "mine $*" >&2; exit 1;; esac')
    assert "mine -m venv --clear .venv" in _make(bare_machine, "demo", "PYTHON=mine").stderr


def test_an_interrupted_environment_is_made_anew(bare_machine: Path) -> None:
    """A .venv without its mark of completion is cleared, one with another folder's mark too."""
    _python(bare_machine, "python3", 'case "$1" in -c) exit 0;; *) echo "python3 $*" >&2; exit 1;; esac')
    environment = bare_machine / "a folder" / ".venv"
    environment.mkdir()
    (environment / ".ready-1").touch()
    (environment / ".runtime-1").touch()
    assert "python3 -m venv --clear .venv" in _make(bare_machine, "demo").stderr


def test_the_targets_are_documented_and_phony() -> None:
    """No file of the same name can hide a target."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    assert sorted(phony.group(1).split()) == TARGETS
