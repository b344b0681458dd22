"""What a policy rollout campaign costs a person, at 1,000, 10,000 and 100,000 people, and how much memory it takes.

Usage: python bench/campaign.py [people …]. Starts a PostgreSQL (with fsync) and a Temporal server of its own, fills the
built-in directory by SQL, and runs each size in a process of its own: worker, doors and relay together. The rate limit
is lifted, because it would be all that is measured; the grace period is jumped over by the rules' test clock. Each
person is told, reminded once where they have no factor (four of five), and put under the policy with an audit event.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from compose.addresses import Addresses, role_password
from compose.engine import connect_to_engine
from compose.parts import Parts, open_parts
from compose.set_up import migrate
from directory.settings import Argon2Parameters, DirectorySettings
from domain.campaign import CampaignAct, CampaignActKind, Stage, Terms
from domain.ids import rollout_id
from domain.messages import CampaignResult, Doorbell
from domain.people import Actor, Role
from postgres.pool import connect
from postgres.roles import url_for_role
from starter.embedded import TemporalSettings, embedded
from starter.relay.campaign_bells import CampaignBells
from store.campaigns import CampaignBook, begin
from transport.keys import load_keyring, make_keyring
from worker import build_worker
from workflows.attributes import NAMES_AND_TYPES
from workflows.campaign import PolicyRollout

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from domain.campaign import Campaign

SIZES = (1_000, 10_000, 100_000)
WARM_UP = 400
LIFTED = 1_000_000
PATIENCE_SECONDS = 600.0
FILL = (
    "INSERT INTO recovery.tenants (id, slug, name) VALUES ($1, 'bench-' || $2::int, 'Bench')",
    "INSERT INTO directory.tenants (id, slug, name) VALUES ($1, 'bench-' || $2::int, 'Bench')",
    "INSERT INTO directory.persons (tenant_id, external_key) SELECT $1, n::text FROM generate_series(1, $2::int) AS n",
    """INSERT INTO directory.accounts (tenant_id, external_key, person_id, login, display_name, mfa, created_at)
       SELECT $1, p.external_key, p.id, 'person-' || p.external_key, 'Person', 'optional', now()
       FROM directory.persons AS p WHERE p.tenant_id = $1 AND $2::int > 0""",
    """INSERT INTO directory.group_members (tenant_id, name, account_id)
       SELECT $1, 'staff', a.id FROM directory.accounts AS a WHERE a.tenant_id = $1 AND $2::int > 0""",
    """INSERT INTO directory.factors (account_id, kind, label, enrolled_at)
       SELECT a.id, 'totp', 'App', now() FROM directory.accounts AS a
       WHERE a.tenant_id = $1 AND $2::int > 0 AND a.external_key::int % 5 = 0""",
)


@dataclasses.dataclass(frozen=True)
class Measured:
    """One size: seconds of work in all three stages, and what it left behind."""

    people: int
    seconds: float
    peak_megabytes: float
    runs: int
    counts: dict[str, int]

    @property
    def milliseconds_per_person(self) -> float:
        """The cost of one person."""
        return self.seconds / self.people * 1000


class Bench:
    """One campaign in this process."""

    def __init__(self, parts: Parts, bells: CampaignBells, owner: asyncpg.Connection, tenant_id: UUID) -> None:
        self._book = CampaignBook(parts.ledger)
        self._bells = bells
        self._owner = owner
        self._tenant_id = tenant_id
        self.campaign_id = uuid4()
        self.act_id = uuid4()

    async def start(self, people: int) -> None:
        """Start it past the door's limits: a rate that no administrator may ask for."""
        async with self._book.ledger.unit(self._tenant_id) as unit:
            now = await unit.now()
            terms = Terms(
                tenant_id=self._tenant_id, group="staff", people=people, grace_days=14, remind_days=(3,),
                per_second=LIFTED, enforce_at=now + timedelta(days=14),
            )  # fmt: skip
            actor = Actor(account_id="bench", person_id="bench", roles=frozenset({Role.ADMIN}))
            act = CampaignAct(
                id=self.act_id, campaign_id=self.campaign_id, seq=1, at=now, kind=CampaignActKind.START, actor=actor,
                terms=terms,
            )  # fmt: skip
            await begin(unit, act, key=str(self.campaign_id), digest="bench")
        await self._bells.ring()

    async def jump(self, days: float) -> None:
        """Move the rules' clock."""
        await self._owner.execute(
            "INSERT INTO recovery.test_clock AS c (tenant_id, ahead) VALUES ($1, $2) "
            "ON CONFLICT (tenant_id) DO UPDATE SET ahead = c.ahead + excluded.ahead",
            self._tenant_id,
            timedelta(days=days),
        )

    async def until(self, wanted: Callable[[Campaign], bool]) -> Campaign:
        """Look at the store until it is so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                campaign, _ = await self._book.read(self._tenant_id, self.campaign_id)
                if wanted(campaign):
                    return campaign
                await asyncio.sleep(0.05)


async def one_size(people: int) -> Measured:
    """Fill a tenant and run its campaign, measuring the work and not the waiting."""
    url, temporal, folder = os.environ["BENCH_DATABASE"], os.environ["BENCH_TEMPORAL"], Path(os.environ["BENCH_FOLDER"])
    keyring = load_keyring(folder / "keyring.json")
    addresses = Addresses(
        store=url_for_role(url, "recovery_app", role_password(folder, "recovery_app")),
        directory=url_for_role(url, "directory_app", role_password(folder, "directory_app")),
        temporal=temporal,
        namespace="default",
    )
    settings = DirectorySettings(rp_id="localhost", origin="http://localhost", argon2=Argon2Parameters.cheapest())
    client = await connect_to_engine(addresses, keyring, worker=True)
    owner, tenant_id, queue = await connect(url, application="bench"), uuid4(), f"bench-{people}"
    for statement in FILL:
        await owner.execute(statement, tenant_id, people)
    await owner.execute("VACUUM ANALYZE")
    async with (
        open_parts(addresses, keyring, settings, application="bench") as parts,
        build_worker(client, parts, task_queue=queue),
    ):
        bells = CampaignBells(parts.ledger, client, task_queue=queue)
        bench = Bench(parts, bells, owner, tenant_id)
        handle = client.get_workflow_handle(rollout_id(bench.campaign_id), result_type=CampaignResult)
        seconds = 0.0
        for days, done in (
            (0.0, lambda one: one.place.stage is Stage.WAITING),
            (11.0, lambda one: one.place.reminded is not None),
            (3.0, lambda one: one.outcome is not None),
        ):
            await bench.jump(days)
            began = time.perf_counter()
            if days:
                await handle.execute_update(PolicyRollout.act_recorded, Doorbell(act_id=bench.act_id))
            else:
                await bench.start(people)
            await bench.until(done)
            seconds += time.perf_counter() - began
        counts = (await handle.result()).counts.model_dump()
        runs = sum([1 async for _ in client.list_workflows(f"WorkflowId = '{rollout_id(bench.campaign_id)}'")])
    await owner.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    expected = (people, people - people // 5, people, people // 5)
    if (counts["told"], counts["reminded"], counts["enforced"], counts["had_factor"]) != expected:
        raise SystemExit(f"campaign_bench_wrong: {counts}")
    return Measured(people, seconds, peak, runs, counts)


async def measure(sizes: tuple[int, ...]) -> list[Measured]:
    """Servers of our own, and a process for each size; the first, small one only warms the servers up."""
    folder = Path(tempfile.mkdtemp(prefix="campaign-bench-"))
    try:
        temporal = TemporalSettings(search_attributes=NAMES_AND_TYPES)
        async with embedded(folder / "data", temporal=temporal) as servers:
            make_keyring(folder / "keyring.json")
            await migrate(servers.database_url, folder)
            given = {
                "BENCH_DATABASE": servers.database_url,
                "BENCH_TEMPORAL": servers.temporal_address,
                "BENCH_FOLDER": str(folder),
            }
            found = [await _in_a_process(people, {**os.environ, **given}) for people in (WARM_UP, *sizes)]
            return found[1:]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _in_a_process(people: int, environment: dict[str, str]) -> Measured:
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, f"--one={people}", env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(process.returncode)
    return Measured(**json.loads(output.splitlines()[-1]))


def main(arguments: list[str]) -> None:
    """Print a table and one JSON object."""
    if arguments and arguments[0].startswith("--one="):
        measured = asyncio.run(one_size(int(arguments[0].removeprefix("--one="))))
        print(json.dumps(dataclasses.asdict(measured)))
        return
    found = asyncio.run(measure(tuple(int(one) for one in arguments) or SIZES))
    print(f"{'people':>8} {'seconds':>9} {'ms/person':>10} {'peak MB':>8} {'runs':>5}")
    for one in found:
        print(
            f"{one.people:>8} {one.seconds:>9.1f} {one.milliseconds_per_person:>10.3f} {one.peak_megabytes:>8.0f} "
            f"{one.runs:>5}"
        )
    print(
        json.dumps(
            {
                "rate_limit": "lifted",
                "sizes": [
                    {
                        "people": one.people,
                        "seconds": round(one.seconds, 2),
                        "milliseconds_per_person": round(one.milliseconds_per_person, 3),
                        "peak_megabytes": round(one.peak_megabytes),
                        "workflow_runs": one.runs,
                        **one.counts,
                    }
                    for one in found
                ],
                "ratio_last_to_first": round(found[-1].milliseconds_per_person / found[0].milliseconds_per_person, 2),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
