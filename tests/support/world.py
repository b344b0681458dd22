"""A whole product within one test process: real PostgreSQL, real Temporal, real directory, the sample tenant."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from temporalio.client import Client as TemporalClient
from temporalio.common import HeaderCodecBehavior

import worker as worker_module
from compose.addresses import Addresses
from compose.parts import Parts, open_parts
from compose.provider import directory_keys
from compose.set_up import migrate
from compose.ways_in import build_doors
from directory import import_document, importer
from directory.settings import Argon2Parameters, DirectorySettings
from domain.acts import (
    CodesUnavailable,
    CodesUnavailableBody,
    Delivery,
    Evidence,
    ExecuteBody,
    Method,
    NoticeBody,
    ObjectionBody,
    PresenceBody,
    Ruling,
    RulingBody,
    Verdict,
    VerdictBody,
)
from domain.case import Case, Compromised, Intake, Reason
from domain.ids import watch_id, workflow_id
from domain.messages import CaseResult, Phase
from domain.people import Member, Role
from domain.policy.document import BrakePolicy, CoolingOffPolicy, Policy, VerificationPolicy
from postgres.pool import connect
from postgres.roles import url_for_role
from service import deciding, opening, sessions, step_up
from starter.relay import outbox as outbox_module
from starter.relay.follower import Follower
from starter.relay.outbox import Outbox
from starter.relay.overdue import OverdueEnrolments
from starter.relay.sweep import Sweep
from store.policies import put_policy
from store.setup import StoreOwner
from tests.support import servers
from tests.support.cast import whole_cast, whole_document
from tests.support.database import pool_of
from tests.support.people import Person
from tests.support.worker_process import Order, WorkerProcess, worker_process
from transport.converter import data_converter
from transport.interceptors import TransportInterceptor
from transport.keys import load_keyring, make_keyring
from workflows.recovery import RecoveryCase
from workflows.watch import RecoveryWatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from temporalio.client import Client, WorkflowHandle
    from temporalio.testing import WorkflowEnvironment
    from temporalio.worker import Worker

    from domain.acts import Act, Body
    from service.doors import Doors
    from service.sessions import Session
    from transport.keys import Keyring

ORIGIN = "http://localhost:8081"
CALM = Policy(
    demonstration=True,
    cooling_off=CoolingOffPolicy(weak_seconds=0, privileged_seconds=0),
    verification=VerificationPolicy(draw_approver=False),
    brakes=BrakePolicy(agent_openings_a_day=100, approver_verdicts_a_day=50, pair_a_day=20, wipes_an_hour=200),
)
"""The tests' own policy: cooling-off, the drawing of approvers and the brakes have tests of their own."""
PATIENCE = 40.0


@dataclass(repr=False)
class World:
    """What a test can do: act as people, wait for a phase, move time, stop and start the worker."""

    owner_url: str
    addresses: Addresses
    keyring_path: Path
    parts: Parts
    doors: Doors
    client: Client
    outbox: Outbox
    follower: Follower
    sweep: Sweep
    tenant_id: UUID
    task_queue: str
    environment: WorkflowEnvironment
    accounts: dict[str, str]
    people: dict[str, Person] = field(default_factory=whole_cast)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def session(self, key: str) -> Session:
        """Sign this person in once; another caller waits meanwhile, for a passkey's counter only goes up."""
        async with self._signing_in:
            if key not in self._sessions:
                person = self.people[key]
                challenge = await sessions.start_sign_in(self.doors, "acme", person.login, person.password)
                response = person.respond(challenge.kinds, challenge.webauthn_options, ORIGIN)
                signed_in = await sessions.finish_sign_in(self.doors, "acme", challenge.transaction, response)
                self._sessions[key] = signed_in.session
        return self._sessions[key]

    async def open(self, agent: str, subject: str, reason: Reason = Reason.LOST_PHONE, **intake: object) -> UUID:
        """Open a case as this agent."""
        stated = Intake.model_validate(
            {"reason": reason, "cannot_complete_mfa": True, "password_compromised": Compromised.NO, **intake}
        )
        login = self.people[subject].login if subject in self.people else subject
        return await opening.open_case(
            self.doors, await self.session(agent), subject=login, intake=stated, key=str(uuid4())
        )

    async def decide(self, who: str, case_id: UUID, body: Body, *, key: str | None = None, proved: bool = True) -> None:
        """Record a decision as this person, with a step-up where one is needed."""
        session = await self.session(who)
        answer = await self.step_up(who, case_id, body) if proved else None
        await deciding.decide(self.doors, session, case_id, body, key=key or str(uuid4()), answer=answer)

    async def step_up(self, who: str, case_id: UUID, body: Body) -> step_up.StepUpAnswer:
        """Prove this decision."""
        challenge = await deciding.begin_step_up(self.doors, await self.session(who), case_id, body)
        response = self.people[who].respond(challenge.challenge.kinds, challenge.challenge.webauthn_options, ORIGIN)
        return step_up.StepUpAnswer(challenge.id, response)

    async def case(self, case_id: UUID) -> tuple[Case, list[Act]]:
        """The case as the store has it."""
        file = await self.parts.ledger.read_file(self.tenant_id, case_id)
        return file.case, list(file.acts)

    async def until(self, case_id: UUID, wanted: Callable[[Case], bool], *, patience: float = PATIENCE) -> Case:
        """Wait until the case is as wanted; asks the store, for so many seconds at most."""
        started = asyncio.get_running_loop().time()
        looked_at: object = None
        async with asyncio.timeout(patience):
            while True:
                if (now := asyncio.get_running_loop().time()) > started + 1:
                    started = now
                    await self.hurry()
                await self.follower.follow()
                await self.outbox.deliver_waiting()
                # Reading a case verifies what it rests on; a row that is the same transaction's has nothing new.
                written = await pool_of(self.parts.ledger).fetchval(
                    "SELECT xmin::text FROM recovery.cases WHERE tenant_id = $1 AND id = $2", self.tenant_id, case_id
                )
                if written is None or written != looked_at:
                    looked_at = written
                    case, _ = await self.case(case_id)
                    if wanted(case):
                        return case
                await asyncio.sleep(0.02)

    async def until_idle(self, case_id: UUID, *, patience: float = PATIENCE) -> None:
        """Wait until every act is applied, no bell is on its way, and the workflow does nothing but wait.

        The server schedules a workflow's next task in the transaction that ends an activity, so a workflow without
        a pending task or activity waits for a person or the clock.
        """
        async with asyncio.timeout(patience):
            while True:
                case = await self.until(case_id, lambda one: one.applied_seq == one.act_seq, patience=patience)
                shown = (await self.handle(case_id).describe()).raw_description
                busy = shown.pending_activities or shown.HasField("pending_workflow_task")
                bells = await self.owner(
                    "SELECT count(*) AS waiting FROM recovery.outbox WHERE case_id = $1 AND done_at IS NULL", case_id
                )
                if not busy and not bells and (await self.case(case_id))[0].version == case.version:
                    return
                await asyncio.sleep(0.02)

    async def until_phase(self, case_id: UUID, phase: Phase) -> Case:
        """Wait for a phase."""
        return await self.until(case_id, lambda case: case.phase is phase)

    async def until_closed(self, case_id: UUID) -> Case:
        """Wait for the outcome."""
        return await self.until(case_id, lambda case: case.outcome is not None)

    async def audit_types(self, case_id: UUID) -> list[str]:
        """The types of the case's audit events, in order."""
        rows = await pool_of(self.parts.ledger).fetch(
            "SELECT type FROM recovery.audit_events WHERE case_id = $1 ORDER BY seq", case_id
        )
        return [row["type"] for row in rows]

    async def verify(self, case_id: UUID, approver: str, method: Method, **evidence: object) -> None:
        """Give a verified verdict."""
        await self.decide(approver, case_id, await self.verdict(case_id, method, **evidence))

    async def verdict(self, case_id: UUID, method: Method, **evidence: object) -> VerdictBody:
        """A verified verdict with evidence that fits the method."""
        case, _ = await self.case(case_id)
        facts: dict[str, object] = {"seen": "Recognised the voice, asked what was lost", "reference": "call log 17"}
        if method is Method.CALLBACK:
            facts["contact_id"] = next(one.id for one in case.snapshot.contacts if one.kind == "desk_phone")
        if method is Method.VIDEO_CALL:
            facts["record_since"] = case.opened_at - timedelta(days=400)
        if method is Method.CORROBORATING_TICKET:
            facts |= {
                "author_id": case.snapshot.manager_id,
                "ticket_opened_at": case.opened_at,
                "author_confirmed": "callback",
                "quotes_case": True,
                "seen": "The manager's ticket, confirmed by callback",
            }
        return VerdictBody(
            verdict=Verdict.VERIFIED, method=method, evidence=Evidence.model_validate({**facts, **evidence})
        )

    async def confirm_presence(self, case_id: UUID, approver: str, code: str) -> None:
        """Enter the code that the subject reads out."""
        session = await self.session(approver)
        presence = await deciding.confirm_presence(self.doors, session, case_id, code)
        await self.decide(approver, case_id, PresenceBody(presence_id=presence))

    async def execute(self, case_id: UUID, agent: str) -> None:
        """Ask for the reset."""
        await self.decide(agent, case_id, ExecuteBody())

    async def state_codes_unavailable(self, case_id: UUID, agent: str) -> None:
        """Say why the codes cannot be used."""
        body = CodesUnavailableBody(
            why=CodesUnavailable.LOST_WITH_DEVICE, statement="The printout was in the bag that was lost"
        )
        await self.decide(agent, case_id, body, proved=False)

    async def rule(self, officer: str, case_id: UUID, ruling: Ruling) -> None:
        """A security officer rules on what was objected to."""
        await self.decide(officer, case_id, RulingBody(ruling=ruling, because="Rang the person at the desk number"))

    async def tell(self, case_id: UUID, contact_kind: str = "email", delivery: Delivery = Delivery.ACCEPTED) -> None:
        """What became of a notice to the subject's contact point of this kind, as the relay would record it."""
        case, _ = await self.case(case_id)
        contact = next(one.id for one in case.snapshot.contacts if one.kind == contact_kind)
        await self.product_act(
            case_id, NoticeBody(notice_id=uuid4(), occasion="opened", contact_id=contact, delivery=delivery)
        )

    async def object(self, case_id: UUID, contact_kind: str = "email") -> None:
        """The reader of this contact point says on the stop page that it is not them."""
        case, _ = await self.case(case_id)
        contact = next(one.id for one in case.snapshot.contacts if one.kind == contact_kind)
        await self.product_act(case_id, ObjectionBody(contact_id=contact))

    async def product_act(self, case_id: UUID, body: Body) -> None:
        """Something that the product records and nobody signs for; the workflow is rung."""
        async with self.parts.ledger.page(self.tenant_id, case_id) as page:
            _, row = await page.add_act(act_id=uuid4(), actor=None, body=body)
        await self.outbox.deliver_now(row)

    def handle(self, case_id: UUID, continuation: int = 0) -> WorkflowHandle[RecoveryCase, CaseResult]:
        """The case's workflow."""
        return self.client.get_workflow_handle(workflow_id(case_id, continuation), result_type=CaseResult)

    async def audit(self, case_id: UUID, event_type: str | None = None) -> list[dict[str, Any]]:
        """The case's audit events in order, each with type, actor, outcome and data."""
        rows = await pool_of(self.parts.ledger).fetch(
            "SELECT text::jsonb AS event FROM recovery.audit_events WHERE case_id = $1 ORDER BY seq", case_id
        )
        events: list[dict[str, Any]] = [row["event"] for row in rows]
        return [one for one in events if event_type in {None, one["type"]}]

    async def owner(self, statement: str, *values: Any) -> Any:
        """Run a statement as the database's owner, as an insider with that login could; returns its first value."""
        connection = await connect(self.owner_url, application="test-owner")
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    async def give_roles(
        self,
        key: str,
        *roles: Role | str,
        founding: bool = True,
        since: datetime | None = None,
        granted_by: str | None = None,
    ) -> None:
        """Give this person exactly these roles, signed as the doors do; they sign in anew. `granted_by` is a key."""
        account = await self.parts.feed.read(self.accounts[key])
        async with self.parts.ledger.unit(self.tenant_id) as unit:
            member = Member(
                account_id=account.id,
                person_id=account.person_id,
                roles=frozenset(Role(one) for one in roles),
                since=since or await unit.now(),
                founding=founding,
            )
            await unit.put_member(member, granted_by=self.accounts[granted_by] if granted_by else None)
        self._sessions.pop(key, None)

    async def set_policy(self, policy: Policy) -> None:
        """Give the tenant this policy from now on, as its founding document would."""
        await self.owner("DELETE FROM recovery.policies WHERE tenant_id = $1", self.tenant_id)
        async with self.parts.ledger.unit(self.tenant_id) as unit:
            await put_policy(unit, policy, at=await unit.now(), by=None)

    def watch_handle(self, case_id: UUID) -> WorkflowHandle[RecoveryWatch, None]:
        """The watch over the account that this case recovered."""
        return self.client.get_workflow_handle(watch_id(case_id))

    async def nudge(self) -> None:
        """Do once what the relay does all the time."""
        await self.hurry()
        await self.follower.follow()
        await self.outbox.deliver_waiting()

    async def hurry(self) -> None:
        """Let the outbox look at once at what it would look at in some seconds."""
        await self.owner("UPDATE recovery.outbox SET next_at = clock_timestamp() WHERE done_at IS NULL")

    async def pass_time(self, case_id: UUID, by: timedelta, continuation: int = 0) -> None:
        """Move the rules' clock and this case's workflow by the same time."""
        await self.forward(by)
        await self.environment.fast_forward(self.handle(case_id, continuation), by)

    async def wait_in_browser(self, key: str, *, with_password: bool = True) -> tuple[str, str]:
        """The subject's browser starts to wait; returns its token and the code it shows."""
        person = self.people[key]
        started = await self.parts.directory.presence.begin(
            self.tenant_id, person.login, person.password if with_password else None
        )
        return started.browser_token, started.code

    async def forward(self, by: timedelta) -> None:
        """Move the rules' clock, in store and directory alike."""
        owner = await connect(self.owner_url, application="test-clock")
        try:
            for clock, column in (("recovery.test_clock", "ahead"), ("directory.test_clock", '"offset"')):
                await owner.execute(
                    f"INSERT INTO {clock} AS c (tenant_id, {column}) VALUES ($1, $2) "
                    f"ON CONFLICT (tenant_id) DO UPDATE SET {column} = c.{column} + excluded.{column}",
                    self.tenant_id,
                    by,
                )
        finally:
            await owner.close()

    def worker(self, *, parts: Parts | None = None, grace: timedelta | None = None, cached: int = 50) -> Worker:
        """A worker for this world's queue, to be entered with `async with`; `grace` 0 stops it mid-activity."""
        with mock.patch.object(worker_module, "GRACE", worker_module.GRACE if grace is None else grace):
            return worker_module.build_worker(
                self.client, parts or self.parts, task_queue=self.task_queue, max_cached_workflows=cached
            )

    def worker_process(self, point: str, *, subject: str) -> AbstractAsyncContextManager[WorkerProcess]:
        """A worker in a process of its own, whose activities stop at this point of this subject's case."""
        return worker_process(
            Order(
                store=self.addresses.store, directory=self.addresses.directory, namespace=self.addresses.namespace,
                temporal=self.environment.client.service_client.config.target_host, keyring=str(self.keyring_path),
                queue=self.task_queue, point=point, subject=self.accounts[subject],
            )
        )  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """A database that was migrated and filled once, to be copied for each test."""

    template: str
    keyring_path: Path
    tenant_id: UUID
    accounts: dict[str, str]


DIRECTORY = DirectorySettings(rp_id="localhost", origin=ORIGIN, argon2=Argon2Parameters.cheapest())


async def prepare(postgres_url: str, folder: Path) -> Prepared:
    """Make the template: both schemas, the tenant and the whole cast, under the folder's keyring or a new one."""
    url = await servers.fresh_database(postgres_url, "template")
    keyring_path = folder / "keyring.json"
    keyring = load_keyring(keyring_path) if keyring_path.exists() else make_keyring(keyring_path)
    for role in ("recovery_app", "directory_app"):
        (folder / f"{role}.password").write_text(servers.ROLE_PASSWORD)
    await migrate(url, folder)
    async with open_parts(_addresses(url, "default"), keyring, DIRECTORY, application="tests-prepare") as parts:
        tenant_id, accounts = await _import(url, parts)
    return Prepared(urlsplit(url).path[1:], keyring_path, tenant_id, accounts)


@asynccontextmanager
async def world(
    postgres_url: str, environment: WorkflowEnvironment, prepared: Prepared, *, start_worker: bool = True,
    wrap: Callable[[Parts], Parts] | None = None,
) -> AsyncIterator[World]:  # fmt: skip
    """Build a world on a copy of the template; `wrap` may put something between activities and their ports."""
    async with AsyncExitStack() as stack:
        url = await servers.fresh_database(postgres_url, "world", template=prepared.template)
        stack.push_async_callback(servers.drop_database, postgres_url, url)
        keyring = load_keyring(prepared.keyring_path)
        client = _client(environment, keyring)
        addresses = _addresses(url, environment.client.namespace)
        parts = await stack.enter_async_context(open_parts(addresses, keyring, DIRECTORY, application="tests"))
        parts = wrap(parts) if wrap else parts
        task_queue = f"recovery-{secrets.token_hex(4)}"
        outbox = Outbox(parts.ledger, client, task_queue=task_queue)
        made = World(
            owner_url=url, addresses=addresses, keyring_path=prepared.keyring_path, parts=parts,
            doors=build_doors(parts, outbox), client=client, outbox=outbox,
            follower=Follower(parts.ledger, parts.feed, outbox.deliver_now, uuid4),
            sweep=Sweep(
                parts.ledger, client, outbox, uuid4, OverdueEnrolments(parts.ledger, parts.feed, parts.feed)
            ),
            tenant_id=prepared.tenant_id, task_queue=task_queue,
            environment=environment, accounts=prepared.accounts,
        )  # fmt: skip
        # Where nobody answers, tests need not wait as long as people would.
        patience = outbox_module.RPC_TIMEOUT if start_worker else timedelta(seconds=1)
        stack.enter_context(mock.patch.object(outbox_module, "RPC_TIMEOUT", patience))
        if start_worker:
            await stack.enter_async_context(made.worker(grace=timedelta(0)))
        yield made


def _addresses(url: str, namespace: str) -> Addresses:
    return Addresses(
        store=url_for_role(url, "recovery_app", servers.ROLE_PASSWORD),
        directory=url_for_role(url, "directory_app", servers.ROLE_PASSWORD),
        temporal="",
        namespace=namespace,
    )


def _client(environment: WorkflowEnvironment, keyring: Keyring) -> Client:
    config = environment.client.config()
    config["data_converter"] = data_converter(keyring, environment.client.namespace, worker=True)
    config["interceptors"] = [TransportInterceptor()]
    config["header_codec_behavior"] = HeaderCodecBehavior.CODEC
    return TemporalClient(**config)


async def _import(owner_url: str, parts: Parts) -> tuple[UUID, dict[str, str]]:
    plan = import_document.parse(whole_document())
    done = await importer.apply(parts.people._pool, plan, keys=directory_keys(parts.keyring), settings=DIRECTORY)
    owner = await connect(owner_url, application="test-setup")
    try:
        await StoreOwner(owner).ensure_tenant(done.tenant_id, "acme", "Acme")
    finally:
        await owner.close()
    roles = {entry.key: entry.roles for entry in plan.people}
    async with parts.ledger.unit(done.tenant_id) as unit:
        await put_policy(unit, CALM, at=await unit.now(), by=None)
        for key, one in done.people.items():
            if roles[key]:
                member = Member(
                    account_id=str(one.account_id),
                    person_id=str(one.person_id),
                    roles=frozenset(Role(role) for role in roles[key]),
                    since=await unit.now(),
                    founding=True,
                )
                await unit.put_member(member, granted_by=None)
    return done.tenant_id, {key: str(person.account_id) for key, person in done.people.items()}
