"""What one routine case costs the database: statements and commits, through the HTTP API, on servers of its own.

Usage: python bench/case_cost.py [cases]
Prints one JSON line. The database counts by itself (pg_stat_statements, pg_stat_database); what the product does
while nothing happens is measured first and subtracted.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import asyncpg

from compose.addresses import addresses_of
from compose.set_up import found, migrate
from domain.messages import Phase
from settings import Settings
from starter.demo.backstage import Play
from starter.demo.cast import prepared, read_cast
from starter.demo.desk import Desk
from starter.demo.stage import Stage
from starter.embedded import PostgresSettings
from starter.running import SAMPLE_PEOPLE, SetUp, product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starter.demo.cast import Person
    from starter.running import RunningProduct

IDLE_SECONDS = 10.0
CASES = (("kim", "ada"), ("mara", "bo"))
"""Who is recovered, and by which agent: people without backup codes, so that the case is a routine one."""


@dataclass(frozen=True)
class Counted:
    """What the database had done at an instant."""

    statements: int
    commits: int
    at: float


async def counted(owner: asyncpg.Connection) -> Counted:
    """Every statement of the logins of the product, and every commit of its database."""
    statements = await owner.fetchval(
        "SELECT coalesce(sum(s.calls), 0)::bigint FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid "
        "WHERE r.rolname IN ('recovery_app', 'directory_app')"
    )
    commits = await owner.fetchval("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    return Counted(statements, commits, time.monotonic())


async def routine_case(play: Play, subject: Person, agent: Desk) -> str:
    """From the call to `recovered`, without anything that is refused; returns the case's id."""
    async with play.browser() as browser:
        case = await agent.open(subject, "lost_phone")
        case_id = str(case["id"])
        case = await agent.until(case_id, Phase.VERIFICATION)
        approver = play.drawn(case)[0]
        await approver.verdict(
            case_id,
            "in_person",
            seen="Met at the desk, badge and face compared with the record",
            reference="visit log 12",
        )
        await agent.until(case_id, Phase.PRESENCE)
        shown = await browser.wait_for_help(subject)
        await approver.presence(case_id, shown)
        await agent.until(case_id, Phase.STEP_UP)
        await agent.reset(case_id)
        await browser.until_let_on()
        await browser.enrol(subject)
        await browser.finish()
        closed = await agent.until(case_id, Phase.CLOSED)
        if closed["outcome"] != "recovered":
            raise SystemExit(f"the case ended as {closed['outcome']}")
    return case_id


async def measure(running: RunningProduct, people: Path, cases: int) -> Mapping[str, object]:
    """Play the cases one after the other and print what each has cost."""
    tenant, cast = read_cast(people)

    async def no_temporal() -> object:
        raise NotImplementedError

    play = Play(
        api_url=running.api_url,
        directory_url=running.directory_url,
        directory_origin=running.settings.directory_origin,
        temporal_address=running.temporal_address,
        temporal_namespace=running.settings.temporal_namespace,
        temporal_ui_url=None,
        connect_temporal=no_temporal,  # type: ignore[arg-type]
        tenant=tenant,
        cast=cast,
        stage=Stage(lambda _: None),
    )
    owner = await asyncpg.connect(running.database_url)
    try:
        await owner.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        for key in ("ada", "bo", "cleo", "dev"):
            play.desks[key] = await Desk(cast[key], play.api_url, play.directory_origin, tenant).__aenter__()
        before = await counted(owner)
        await asyncio.sleep(IDLE_SECONDS)
        idle = await counted(owner)
        pace = (idle.at - before.at, idle.statements - before.statements, idle.commits - before.commits)
        found = []
        for subject, agent in CASES[:cases]:
            began = await counted(owner)
            case_id = await routine_case(play, cast[subject], play.desks[agent])
            ended = await counted(owner)
            seconds = ended.at - began.at
            rows = await owner.fetch(
                "SELECT (SELECT count(*) FROM recovery.acts WHERE case_id = $1::uuid), "
                "(SELECT count(*) FROM recovery.audit_events WHERE case_id = $1::uuid)",
                case_id,
            )
            acts, events = rows[0]
            found.append(
                (
                    ended.statements - began.statements - pace[1] * seconds / pace[0],
                    ended.commits - began.commits - pace[2] * seconds / pace[0],
                    seconds,
                    acts,
                    events,
                )
            )
    finally:
        for desk in play.desks.values():
            await desk.__aexit__(None, None, None)
        await owner.close()
    statements, commits, seconds, acts, events = (
        round(statistics.median(column), 1) for column in zip(*found, strict=True)
    )
    return {
        "cases": len(found),
        "statements_per_case": statements,
        "commits_per_case": commits,
        "seconds_per_case": seconds,
        "acts": acts,
        "audit_events": events,
        "idle_statements_per_second": round(pace[1] / pace[0], 1),
        "idle_commits_per_second": round(pace[2] / pace[0], 1),
    }


async def main() -> None:
    """Start a product of its own, measure, stop it."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else len(CASES)
    with TemporaryDirectory(prefix="recovery-bench-") as folder:
        people = Path(folder) / "people"
        people.mkdir()
        prepared(SAMPLE_PEOPLE.parent, people, slug=None)
        settings = Settings(data=Path(folder) / "data", api_port=0, directory_port=0)
        server = PostgresSettings(fsync=False, preload="pg_stat_statements")
        async with product(
            settings,
            SetUp(migrate=migrate, logins=addresses_of, found=found),
            people=people / "acme.json",
            postgres=server,
            demo=True,
        ) as running:
            sys.stdout.write(json.dumps(await measure(running, people, cases)) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
