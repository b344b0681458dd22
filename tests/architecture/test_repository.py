"""What must never be committed: addresses in locks, paths of one machine, secrets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files

_ADDRESS = re.compile(r"\w+://|\s@\s|--(?:index-url|extra-index-url|find-links|trusted-host)")
_PERSONAL_PATH = re.compile(r"(?<![\w.])/(?:home|Users)/[a-z][\w.-]*/|(?<![\w./])/root/\w|[A-Z]:\\Users\\\w")
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")


def addresses(lock: str) -> list[str]:
    """Lines of a lock file that say where to download from instead of what."""
    return [line for line in lock.splitlines() if _ADDRESS.search(line)]


def machine_paths(text: str, *, checkout: Path = ROOT) -> list[str]:
    """Paths in the text that exist on one machine only: a person's home, or this very checkout."""
    found = [match.group() for match in _PERSONAL_PATH.finditer(text)]
    # A checkout directly below the root, say /app in an image, is too short to tell from ordinary text.
    if len(checkout.parts) > len(Path("/a/b").parts) - 1 and str(checkout) in text:
        found.append(str(checkout))
    return found


def _texts() -> list[tuple[str, str]]:
    texts = []
    for name in files():
        try:
            texts.append((name, (ROOT / name).read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return texts


def test_locks_pin_hashes_and_say_no_address() -> None:
    """A committed lock fits every registry mirror and every package in it has a hash."""
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-browser.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert addresses(text) == []
        pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pinned
        assert all("==" in line and line.endswith("\\") for line in pinned)
    assert "uv.lock" not in files()


def test_the_development_lock_contains_the_other_one() -> None:
    """Both locks name the same versions, so one environment serves `make demo` and `make test`."""
    runtime, development = (
        {line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if "==" in line}
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime - development == set()


def test_no_file_names_a_path_of_one_machine() -> None:
    """What is committed works on every machine, so it names none."""
    assert {name: found for name, text in _texts() if (found := machine_paths(text))} == {}


def test_no_private_key_is_committed() -> None:
    """Keys are made on first start or mounted, never shipped."""
    assert [name for name, text in _texts() if _PRIVATE_KEY.search(text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "a @ " + "https" + "://example.org/a.whl",
        "a==1 --index-url=x",
        "--find-links wheels",
        "--extra-index-url " + "http" + "://x",
    ],
)
def test_an_address_in_a_lock_is_noticed(line: str) -> None:
    """Every way a lock can name a place is reported."""
    assert addresses(f"b==2 \\\n{line}\n") == [line]


@pytest.mark.parametrize(
    "text", ["/ho" + "me/alice/x", "see /Us" + "ers/bob/src", "cd /ro" + "ot/src", "/srv/ours/it/a.py"]
)
def test_a_path_of_one_machine_is_noticed(text: str) -> None:
    """A home folder or the checkout's own path is reported."""
    assert len(machine_paths(text, checkout=Path("/srv/ours/it"))) == 1
