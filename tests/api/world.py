"""One tenant behind the real API: people with HTTP clients of their own, and hands on clock and store."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
from fastapi import FastAPI
from temporalio.testing import ActivityEnvironment

from compose.parts import Parts
from domain.acts import Body, ObjectionBody
from domain.messages import CaseInput, StepInput
from domain.people import Member, Role
from domain.policy.document import Policy
from service.doors import Doors
from service.importing import found_tenant
from store.policies import put_policy
from store.setup import StoreOwner
from tests.support.people import Person, sample_document, sample_people
from tests.support.world import CALM

ORIGIN = "http://localhost:8081"
Json = dict[str, Any]
SEEN = "Recognised the voice and asked what was lost"


@dataclass
class Bell:
    """Counts what is rung; while it does not answer, nothing is delivered."""

    answers: bool = True
    rung: list[int] = field(default_factory=list)

    async def deliver_now(self, row_id: int) -> bool:
        self.rung.append(row_id)
        return self.answers


@dataclass
class Caller:
    """An actor's HTTP client; every POST carries a fresh Idempotency-Key unless one is given."""

    http: httpx2.AsyncClient
    person: Person | None = None
    me: Json = field(default_factory=dict)

    async def get(self, path: str, **parameters: Any) -> httpx2.Response:
        return await self.http.get(path, params=parameters)

    async def post(self, path: str, body: Any = None, *, key: str | None = None, **options: Any) -> httpx2.Response:
        headers = {"Idempotency-Key": key or str(uuid4()), **options.pop("headers", {})}
        return await self.http.post(path, json={} if body is None else body, headers=headers, **options)


@dataclass
class ApiWorld:
    """The tenant, and everybody in it."""

    app: FastAPI
    doors: Doors
    parts: Parts
    owner: asyncpg.Connection
    bell: Bell
    slug: str
    tenant_id: UUID = field(default_factory=uuid4)
    people: dict[str, Person] = field(default_factory=sample_people)
    callers: dict[str, Caller] = field(default_factory=dict)

    def document(self) -> Json:
        document = sample_document()
        document["tenant"]["slug"] = self.slug
        return document

    async def found(self) -> None:
        imported = await found_tenant(
            self.parts.ledger,
            self.parts.people,
            self.document(),
            make_tenant=StoreOwner(self.owner).ensure_tenant,
        )
        self.tenant_id = imported.tenant_id
        await self.set_policy(CALM)

    async def set_policy(self, policy: Policy) -> None:
        """Give the tenant this policy from now on, as its founding document would."""
        await self.owner.execute("DELETE FROM recovery.policies WHERE tenant_id = $1", self.tenant_id)
        async with self.doors.ledger.unit(self.tenant_id) as unit:
            await put_policy(unit, policy, at=await unit.now(), by=None)

    async def close(self) -> None:
        for one in self.callers.values():
            await one.http.aclose()

    def client(self, token: str | None = None) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://api.test/api/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    def stranger(self) -> Caller:
        """A stranger, who has not signed in."""
        return self.callers.setdefault("", Caller(self.client()))

    async def start_sign_in(self, key: str) -> Json:
        person = self.people[key]
        body = {"tenant": self.slug, "login": person.login, "password": person.password}
        answer = await self.stranger().post("/sign-in", body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def signed_in(self, key: str) -> Caller:
        """This person, signed in through the API, once."""
        if key not in self.callers:
            person = self.people[key]
            challenge = await self.start_sign_in(key)
            body = {
                "tenant": self.slug,
                "transaction": challenge["transaction"],
                "response": respond(person, challenge),
            }
            answer = await self.stranger().post("/sign-in/finish", body)
            assert answer.status_code == 200, answer.text
            self.callers[key] = Caller(self.client(answer.json()["token"]), person, answer.json())
        return self.callers[key]

    async def give_roles(self, key: str, *roles: Role | str, since: datetime | None = None) -> None:
        """Give this person exactly these roles, signed as at the founding."""
        [account] = await self.parts.feed.find(self.tenant_id, self.people[key].login)
        async with self.parts.ledger.unit(self.tenant_id) as unit:
            member = Member(
                account_id=account.id, person_id=account.person_id, roles=frozenset(Role(one) for one in roles),
                since=since or await unit.now(), founding=True,
            )  # fmt: skip
            await unit.put_member(member, granted_by=None)

    async def opened(self, agent: str = "ada", subject: str = "kim", **stated: Any) -> Json:
        """A case opened by this agent, and looked at once by an activity."""
        caller = await self.signed_in(agent)
        answer = await caller.post("/cases", opening(self.people[subject].login, **stated))
        assert answer.status_code == 201, answer.text
        await self.look(answer.json()["id"])
        return await self.case(answer.json()["id"])

    async def case(self, case_id: str, who: str = "ada") -> Json:
        answer = await (await self.signed_in(who)).get(f"/cases/{case_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def look(self, case_id: str) -> None:
        """Let an activity apply what was recorded, as the worker would."""
        activities: dict[str, Any] = {one.__name__: one for one in self.parts.activities}
        case = (await self.parts.ledger.read_file(self.tenant_id, UUID(case_id))).case
        if case.version == 0:
            await activities["open"](CaseInput(case_id=case.id, tenant_id=case.tenant_id))
        else:
            await activities["assess"](StepInput(case_id=case.id, tenant_id=case.tenant_id, version=case.version))

    async def step_up(self, who: str, case_id: str, decision: Json) -> Json:
        """Begin a step-up and answer it; what a decision then carries."""
        caller = await self.signed_in(who)
        begun = await caller.post(f"/cases/{case_id}/step-ups", {"decision": decision})
        assert begun.status_code == 201, begun.text
        assert caller.person is not None
        return {"id": begun.json()["id"], "response": respond(caller.person, begun.json())}

    async def verified(self, who: str, case: Json, **evidence: Any) -> httpx2.Response:
        """Give a verdict by callback with everything it needs."""
        body = callback(case, **evidence)
        proof = await self.step_up(who, case["id"], {"kind": "verdict", **body})
        return await (await self.signed_in(who)).post(f"/cases/{case['id']}/verdicts", {**body, "step_up": proof})

    async def decide(
        self, who: str, case_id: str, path: str, statement: Json, *, key: str | None = None
    ) -> httpx2.Response:
        """Prove and send one decision; the path names its kind."""
        kind = {"break-glass": "break_glass", "break-glass/review": "review"}.get(path, path)
        proof = await self.step_up(who, case_id, {"kind": kind, **statement})
        caller = await self.signed_in(who)
        return await caller.post(f"/cases/{case_id}/{path}", {**statement, "step_up": proof}, key=key)

    async def product_act(self, case_id: str, body: Body) -> None:
        """Something that the product records itself, and an activity looks."""
        async with self.parts.ledger.page(self.tenant_id, UUID(case_id)) as page:
            await page.add_act(act_id=uuid4(), actor=None, body=body)
        await self.look(case_id)

    async def objected(self, case: Json, kind: str = "email") -> None:
        """The reader of this contact point says that it is not them."""
        contact = next(one["id"] for one in case["subject"]["contacts"] if one["kind"] == kind)
        await self.product_act(case["id"], ObjectionBody(contact_id=contact))

    async def run(self, activity: str, case_id: str) -> None:
        """Run one activity of the case, as the worker would."""
        activities: dict[str, Any] = {one.__name__: one for one in self.parts.activities}
        case = (await self.parts.ledger.read_file(self.tenant_id, UUID(case_id))).case
        message = StepInput(case_id=case.id, tenant_id=case.tenant_id, version=case.version)
        await ActivityEnvironment().run(activities[activity], message)

    async def acts(self, case_id: str) -> list[str]:
        rows = await self.owner.fetch("SELECT kind FROM recovery.acts WHERE case_id = $1 ORDER BY seq", UUID(case_id))
        return [row["kind"] for row in rows]

    async def events(self, event_type: str) -> list[asyncpg.Record]:
        return await self.owner.fetch(
            "SELECT * FROM recovery.audit_events WHERE tenant_id = $1 AND type = $2 ORDER BY seq",
            self.tenant_id,
            event_type,
        )

    async def forward(self, by: timedelta) -> None:
        """Move the rules' clock."""
        await self.owner.execute(
            "INSERT INTO recovery.test_clock (tenant_id, ahead) VALUES ($1, $2) "
            "ON CONFLICT (tenant_id) DO UPDATE SET ahead = recovery.test_clock.ahead + excluded.ahead",
            self.tenant_id,
            by,
        )


def respond(person: Person, challenge: Json) -> Json:
    """The answer to a challenge, with whichever factor the person holds."""
    options = challenge["webauthn_options"]
    return person.respond(tuple(challenge["kinds"]), json.dumps(options) if options else None, ORIGIN)


def opening(subject: str, **stated: Any) -> Json:
    """What an agent states about a lost phone."""
    return {
        "subject": subject,
        "reason": "lost_phone",
        "cannot_complete_mfa": True,
        "password_compromised": "no",
        **stated,
    }


def callback(case: Json, **evidence: Any) -> Json:
    """A verified verdict by a call to the desk phone."""
    contact = next(one["id"] for one in case["subject"]["contacts"] if one["kind"] == "desk_phone")
    seen = {"seen": SEEN, "reference": "call log 17", "contact_id": contact, **evidence}
    return {"verdict": "verified", "method": "callback", "evidence": seen}
