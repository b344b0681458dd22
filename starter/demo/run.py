"""Starts a product of its own on fresh data, plays, reports, and stops it again."""

from __future__ import annotations

import json
import secrets
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from domain.errors import RecoveryError
from postgres.errors import DatabaseError
from starter.demo.backstage import Play
from starter.demo.cast import prepared, read_cast
from starter.demo.desk import ApiRefused
from starter.demo.play import play
from starter.demo.stage import ExpectationFailed, Stage
from starter.running import SAMPLE_PEOPLE, product
from starter.running.ending import clean
from transport.connect import connect
from transport.keys import load_keyring

if TYPE_CHECKING:
    from temporalio.client import Client

    from settings import Settings
    from starter.running import RunningProduct, SetUp

FAILED, PLAYED = 1, 0


async def demo(settings: Settings, set_up: SetUp, *, as_json: bool) -> int:
    """Play every case; returns the exit code: 0 only if every expectation held.

    The data folder is the settings' with “-demo” behind its name, emptied first. In a database that was brought
    along a tenant of a new name is made for each play.
    """
    # Free ports unless some were asked for: a product that runs beside it must not be in the way.
    ports = {name: 0 for name in ("api_port", "directory_port") if name not in settings.model_fields_set}
    settings = settings.model_copy(update={"data": settings.data.with_name(settings.data.name + "-demo"), **ports})
    stage = Stage((lambda _: None) if as_json else _tell)
    began = time.monotonic()
    await clean(settings.data)
    with TemporaryDirectory(prefix="recovery-demo-") as folder:
        people = _people(settings, Path(folder))
        async with product(settings, set_up, people=people / "acme.json", demo=True, tell=stage.note) as running:
            stage.note(f"ready after {time.monotonic() - began:.1f} s")
            report = await _play(running, stage, people)
    report["seconds"] = round(time.monotonic() - began, 1)
    if as_json:
        sys.stdout.write(json.dumps(report) + "\n")
    else:
        _tell(_last_line(report))
    return PLAYED if report["ok"] else FAILED


async def _play(running: RunningProduct, stage: Stage, people: Path) -> dict[str, Any]:
    settings = running.settings

    async def temporal() -> Client:
        keyring = load_keyring(settings.keyring_file)
        return await connect(running.temporal_address, settings.temporal_namespace, keyring, worker=False)

    tenant, cast = read_cast(people)
    this = Play(
        api_url=running.api_url,
        directory_url=running.directory_url,
        directory_origin=settings.directory_origin,
        temporal_address=running.temporal_address,
        temporal_namespace=settings.temporal_namespace,
        temporal_ui_url=running.temporal_ui_url,
        connect_temporal=temporal,
        tenant=tenant,
        cast=cast,
        stage=stage,
    )
    try:
        return await play(this)
    except (ExpectationFailed, ApiRefused, RecoveryError, DatabaseError) as error:
        stage.note(f"✗ {error}")
        return {**this.report(), "ok": False, "failed": str(error)}


def _people(settings: Settings, folder: Path) -> Path:
    """The sample people; for a database that lives on, under a tenant and with passkeys of their own."""
    slug = None if settings.database_url is None else f"acme-{secrets.token_hex(3)}"
    prepared(SAMPLE_PEOPLE.parent, folder, slug=slug)
    return folder


def _last_line(report: dict[str, Any]) -> str:
    if not report["ok"]:
        return f"\nNot as expected: {report['failed']}"
    cases, refusals = len(report["cases"]), len(report["refusals"])
    seconds = report["seconds"]
    return f"\nEverything as expected: {cases} cases, {refusals} refusals, in {seconds} s with start and stop."


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
