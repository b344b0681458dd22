"""`.ci/run` runs everything once, the failed tests of `make test` apart (F10)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("demo", "test", "test-machine", "test-browser")
MAKE = """#!/bin/sh
for one; do case "$one" in demo|test|test-machine|test-browser) target=$one ;; esac; done
echo "$target" >>made
[ "$target" != "$BROKEN" ] || exit 1
[ "$target" != demo ] || echo '{"ok": true}'
"""
PYTEST = """#!/bin/sh
echo "python $*" >>made
"""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing but the script, a make that breaks where it is told to, and a Python that is seen."""
    for name, content in ((".ci/run", ""), ("bin/make", MAKE), (".venv/bin/python", PYTEST)):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content or (ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
        file.chmod(0o755)
    return tmp_path


def run(checkout: Path, broken: str) -> tuple[int, list[str]]:
    """How the script ends, and what it had made."""
    path = f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        [checkout / ".ci/run"],
        env={**os.environ, "PATH": path, "BROKEN": broken},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, (checkout / "made").read_text(encoding="utf-8").split("\n")[:-1]


def test_everything_is_made_once(checkout: Path) -> None:
    """Green is the demo, the tests, the suites beside them and the browser's, each once and in this order."""
    assert run(checkout, broken="") == (0, list(STEPS))


@pytest.mark.parametrize("broken", [step for step in STEPS if step != "test"])
def test_what_fails_has_failed(checkout: Path, broken: str) -> None:
    """F10: nothing is tried again, neither the step nor its failed tests alone; what comes after is not begun."""
    code, made = run(checkout, broken)
    assert code != 0
    assert made == list(STEPS[: STEPS.index(broken) + 1])


def test_what_failed_in_make_test_is_run_alone(checkout: Path) -> None:
    """F10, still to go: the failed tests run once more by themselves, and nothing else does."""
    code, made = run(checkout, broken="test")
    assert code == 0
    assert [line for line in made if line.startswith("python")] == [
        "python -m pytest -m not slow --last-failed --last-failed-no-failures none tests"
    ]
    assert [line for line in made if not line.startswith("python")] == list(STEPS)
