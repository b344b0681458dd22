"""No test sleeps, and none is decided by a clock on the wall: it waits for the event itself (F10, M15)."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import Source, parse, sources

PAUSES = {"sleep": 0, "wait_for_timeout": 0}
"""What pauses for as long as its first argument says: asyncio's, time's, anyio's, and Playwright's."""
WALL_CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "time", "time_ns"}

MAY_PAUSE = {
    "tests/browser/cast.py": "an authenticator's codes change every thirty seconds, and each works once",
    "tests/recovery/test_at_the_same_instant.py": "moves the start of one of two racers; every outcome is asserted",
    "tests/support/waiting.py": "the one helper that looks again, with a deadline that only ends a failed test",
    "tests/support/world.py": "looks again for a case, with a deadline that only ends a failed test",
}
MAY_READ_THE_TIME = {
    "tests/browser/cast.py": "an authenticator's codes are of the present half minute",
    "tests/model/explore.py": "a person bounds an exploration; how many states were seen is asserted elsewhere",
    "tests/model/proof.py": "says how long a proof took, and nobody compares it",
    "tests/support/world.py": "lets the relay's own timing go first, and helps a bell along only after it",
    "tests/support/people.py": "an authenticator's codes are of the present half minute",
}


def pauses(source: Source) -> list[int]:
    """Lines that sleep, for however long; giving the others a turn with `sleep(0)` is none."""
    return [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and _name(node.func) in PAUSES
        # A workflow's own timers are moved by the test.
        and not (isinstance(node.func, ast.Attribute) and _name(node.func.value) == "workflow")
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]


def readings(source: Source) -> list[int]:
    """Lines that ask a clock on the wall, which is how something measured comes to decide."""
    return [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and not node.args and not node.keywords and _reads_wall_clock(node.func)
    ]


def _reads_wall_clock(called: ast.expr) -> bool:
    name = _name(called)
    if name != "time":
        return name in WALL_CLOCKS
    # `time.time()` and a loop's `time()`, and not a datetime's or a model's.
    return isinstance(called, ast.Attribute) and _name(called.value) in {"time", "loop", "get_running_loop"}


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Call):
        return _name(called.func)
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _of_tests() -> list[Source]:
    return [one for one in sources() if one.package == "tests"]


def test_no_test_sleeps() -> None:
    """F10: a fixed pause is too short on a busy machine and too long on every other."""
    assert {one.path for one in _of_tests() if pauses(one)} == set(MAY_PAUSE)


def test_no_clock_on_the_wall_decides() -> None:
    """M15: what a test measures says how busy the machine is."""
    assert {one.path for one in _of_tests() if readings(one)} == set(MAY_READ_THE_TIME)


@pytest.mark.parametrize(
    "code",
    [
        "await asyncio.sleep(0.3)",
        "time.sleep(1)",
        "sleep(seconds)",
        "await page.wait_for_timeout(500)",
        "await anyio.sleep(delay=2)",
    ],
)
def test_pauses_are_found(code: str) -> None:
    """The rule sees what it looks for."""
    assert pauses(parse("tests/x.py", code)) == [1]


@pytest.mark.parametrize(
    "code",
    ["await asyncio.sleep(0)", "await workflow.sleep(60)", "monkeypatch.setattr(time, 'sleep', quick)", "sleeping(3)"],
)
def test_giving_a_turn_is_no_pause(code: str) -> None:
    """The rule sees nothing more."""
    assert pauses(parse("tests/x.py", code)) == []


@pytest.mark.parametrize(
    "code",
    [
        "assert time.monotonic() - began < 2",
        "began = perf_counter()",
        "assert asyncio.get_running_loop().time() - began >= 0.5",
        "now = time.time()",
        "until = loop.time() + 3",
    ],
)
def test_readings_are_found(code: str) -> None:
    """The rule sees what it looks for."""
    assert readings(parse("tests/x.py", code)) == [1]


@pytest.mark.parametrize(
    "code", ["moment.time()", "datetime.now(UTC)", "clock()", "monkeypatch.setattr(m, 'monotonic', made)"]
)
def test_other_times_are_none(code: str) -> None:
    """The rule sees nothing more."""
    assert readings(parse("tests/x.py", code)) == []
