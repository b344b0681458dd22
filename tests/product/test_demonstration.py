"""The command that a stranger types first, and what it leaves readable behind."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.audit import RECOVERY_SEQUENCE
from starter.demo.cast import read_cast

CHECKOUT = Path(__file__).parents[2]
PATIENCE_SECONDS = 280


@dataclass
class Played:
    """A demonstration that has ended."""

    code: int
    report: dict[str, Any]
    data: Path
    output: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """`recovery demo --json` as a process of its own, logging at DEBUG."""
    folder = tmp_path_factory.mktemp("demo")
    # A private parent: PostgreSQL must not need more rights than the folder gives it.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RECOVERY_", "TEMPORAL_"))}
    environment |= {"RECOVERY_DATA": str(folder / "data"), "RECOVERY_LOG_LEVEL": "DEBUG"}
    environment |= {"RECOVERY_API_PORT": "0", "RECOVERY_DIRECTORY_PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "starter",
        "demo",
        "--json",
        cwd=CHECKOUT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    report = json.loads(out.decode().strip().splitlines()[-1]) if out.strip() else {"ok": False}
    return Played(process.returncode or 0, report, folder / "data-demo", err.decode())


@pytest.mark.timeout(300)
async def test_every_expectation_held(played: Played) -> None:
    """The demonstration ends with "ok": true and exit code 0, having played eight cases to their outcomes."""
    assert played.report["ok"], (played.report.get("failed"), played.output)
    assert played.code == 0
    outcomes = {case["scenario"]: case["outcome"] for case in played.report["cases"]}
    assert outcomes == {
        "lost_phone": "recovered",
        "codes_left": "self_service",
        "device_in_other_hands": "recovered",
        "disputed": "disputed",
        "privileged": "recovered",
        "expired_enrolment": "enrolment_expired",
        "reopened": "recovered",
        "held": "cancelled",
    }


@pytest.mark.timeout(300)
async def test_the_sequence_of_the_first_case(played: Played) -> None:
    """R43: the four names stand in the audit of a recovery in their order, and the chain is verified (R42)."""
    for case in played.report["cases"]:
        if case["outcome"] == "recovered":
            assert [one for one in case["audit"] if one in RECOVERY_SEQUENCE] == list(RECOVERY_SEQUENCE)
    assert played.report["audit"]["verified"] is True


@pytest.mark.timeout(300)
async def test_nothing_secret_or_personal_stands_readable(played: Played) -> None:
    """R44, B09: no secret and no personal datum is readable in Temporal's file or in any log, at DEBUG."""
    files = [path for path in played.data.rglob("*") if path.is_file() and _is_watched(path)]
    names = {path.name for path in files}
    assert {"worker.log", "serve.log"} <= names
    assert any("temporal" in name for name in names)
    assert any("postgres" in name for name in names)
    # The search would find something: what Temporal keeps in clear is there.
    assert any(b"recovery_case" in path.read_bytes() for path in files if path.name == "temporal.db")
    for path in files:
        content = path.read_bytes().lower()
        readable = [what for what, canary in _canaries().items() if canary.lower().encode() in content]
        assert readable == [], f"{path.name} holds {readable}"


def _is_watched(path: Path) -> bool:
    is_log = path.suffix == ".log" or path.parent.name == "logs"
    return is_log or path.suffix in {".db", ".db-wal"}


def _canaries() -> dict[str, str]:
    _, cast = read_cast(CHECKOUT / "examples")
    document = json.loads((CHECKOUT / "examples" / "acme.json").read_text())
    canaries = {
        "the statement": "from a colleague's desk",
        "evidence": "Rang the desk number on record",
        "a reference": "call log of today",
        "a new password": "granite-sparrow-evening",
    }
    for person in cast.values():
        canaries |= {f"{person.key}'s {what}": value for what, value in _secrets_of(person).items()}
    for entry in document["people"]:
        canaries |= {f"{entry['key']}'s {one['kind']}": one["value"] for one in entry["contacts"]}
    return canaries


def _secrets_of(person: Any) -> dict[str, str]:
    found = {"password": person.password, "name": person.name, "login": person.login}
    if person.totp:
        found["seed"] = person.totp
    return found | {f"backup code {number}": code for number, code in enumerate(person.backup_codes)}
