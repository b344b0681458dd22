"""The image, checked without building it: pinned, without rights, without anything that should stay at home."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED_IN_IMAGE = [
    "pyproject.toml",
    "requirements.lock",
    "README.md",
    "LICENSE",
    "worker.py",
    "settings.py",
]


def _instructions() -> list[str]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _of(word: str) -> list[str]:
    return [line.split(" ", 1)[1] for line in _instructions() if line.startswith(f"{word} ")]


def test_the_image_is_built_in_two_stages_on_glibc() -> None:
    """The wheels exist for glibc only, and the last stage starts from a clean slate."""
    stages = _of("FROM")
    assert len(stages) == len({"build", "run"})
    assert all(re.match(r"python:3\.1[1-9]-slim\b", stage) for stage in stages)


def test_the_image_installs_only_locked_hashes() -> None:
    """Nothing is installed that the lock does not name with its hash."""
    installs = [line for line in _of("RUN") if "pip install" in line]
    assert any("--require-hashes" in line and "-r requirements.lock" in line for line in installs)
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_the_image_runs_without_rights_and_hears_signals() -> None:
    """The last stage runs as a numbered user, and `recovery` itself is what SIGTERM reaches (temporal.md I1)."""
    last = "\n".join(_instructions()).rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["recovery"\]$', last, re.MULTILINE)
    assert "STOPSIGNAL SIGTERM" in last


def test_the_image_carries_no_secret() -> None:
    """Everything is kept out of the build unless it is named, so a secret lying about cannot become a layer."""
    lines = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert lines[0] == "*"
    assert not [line for line in lines if re.search(r"secrets|\.data|\.env|\.git", line)]
    assert not [line for line in _instructions() if re.match(r"(ARG|ENV) .*(PASSWORD|SECRET|TOKEN|KEY)", line)]


@pytest.mark.parametrize("package", sorted(path.parent.name for path in ROOT.glob("*/__init__.py")))
def test_every_package_is_in_the_image(package: str) -> None:
    """A new package that the image would miss is noticed here."""
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert f"!{package}" in allowed
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.parametrize("name", NEEDED_IN_IMAGE)
def test_every_needed_file_is_in_the_image(name: str) -> None:
    """What the installation and the processes read at the top level comes along."""
    assert f"!{name}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
