"""The API's world with a verification provider beside it, both behind real HTTP servers."""

from __future__ import annotations

import dataclasses
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2
import pytest_asyncio

from compose.parts import Parts, stop_secret
from connectors.identity_document import Assurance, OidcIdentityDocuments
from connectors.oidc_provider import OidcClient, OidcProvider
from service.check_tokens import CheckTokens
from service.identity_checks import IdentityChecks
from starter.api.app import create_app
from starter.identity_client import CALLBACK
from starter.serving import listener
from starter.twins.identity_provider import ALIVE
from tests.api.conftest import api_database, app, bell, doors, owner, parts
from tests.api.world import ApiWorld, Bell, Json
from tests.identity_document.servers import Browser, Provider, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg
    from fastapi import FastAPI

    from service.doors import Doors

__all__ = ["api_database", "app", "bell", "doors", "owner", "parts"]
_IMPATIENT = httpx2.Timeout(1.0)


@dataclass(repr=False)
class Checking:
    """A tenant, its verification provider, and the caller's browser."""

    world: ApiWorld
    provider: Provider
    browser: Browser
    checks: IdentityChecks
    issuer: OidcProvider
    port: int
    running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def up(self) -> None:
        """The provider answers."""
        bound = self.running.enter_context(listener("127.0.0.1", self.port))
        self.port = bound.getsockname()[1]
        await self.running.enter_async_context(served(self.provider.app, bound))

    async def down(self) -> None:
        """The provider is gone."""
        await self.running.aclose()

    async def start(self, case: Json, who: str = "cleo") -> Json:
        """An approver starts a check."""
        answer = await self.ask(case, who)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def ask(self, case: Json, who: str = "cleo") -> httpx2.Response:
        """An approver asks for a check."""
        return await (await self.world.signed_in(who)).post(f"/cases/{case['id']}/identity-checks")

    async def of(self, case: Json, who: str = "cleo") -> list[Json]:
        """The checks of a case."""
        answer = await (await self.world.signed_in(who)).get(f"/cases/{case['id']}/identity-checks")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["checks"])

    async def one(self, case: Json) -> tuple[str, str | None]:
        """State and code of the case's newest check."""
        found = (await self.of(case))[0]
        return found["state"], found["code"]

    async def verdict(self, case: Json, reference: str, who: str = "cleo") -> httpx2.Response:
        """Give a verdict on a check; the proof is begun only where the decision is not refused at once."""
        seen = {"seen": "Passport and face at the provider", "reference": reference}
        body = {"verdict": "verified", "method": "identity_document", "evidence": seen}
        caller = await self.world.signed_in(who)
        begun = await caller.post(f"/cases/{case['id']}/step-ups", {"decision": {"kind": "verdict", **body}})
        if begun.status_code != 201:
            return begun
        proof = await self.world.step_up(who, case["id"], {"kind": "verdict", **body})
        return await caller.post(f"/cases/{case['id']}/verdicts", {**body, "step_up": proof})

    async def codes(self, event_type: str) -> list[tuple[str, str | None]]:
        """Outcome and code of the audit events of a type."""
        return [(one["outcome"], one["data"].get("code")) for one in await self.events(event_type)]

    async def events(self, event_type: str) -> list[Json]:
        """The audit events of a type."""
        rows = await self.world.owner.fetch(
            "SELECT text::jsonb AS event FROM recovery.audit_events WHERE tenant_id = $1 AND type = $2 ORDER BY seq",
            self.world.tenant_id,
            event_type,
        )
        return [row["event"] for row in rows]

    async def observed(self, case: Json) -> list[str]:
        """The observations in a case."""
        rows = await self.world.owner.fetch(
            "SELECT record->'body'->>'event' AS event FROM recovery.acts WHERE case_id = $1 AND kind = 'observation' "
            "ORDER BY seq",
            case["id"],
        )
        return [row["event"] for row in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def at(
    doors: Doors, parts: Parts, owner: asyncpg.Connection, bell: Bell, app: FastAPI
) -> AsyncIterator[Checking]:
    """The sample people as a tenant of this test alone, with a provider."""
    bell.answers = True
    bell.rung.clear()
    with listener("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    with listener("127.0.0.1", 0) as ours:
        callback = f"http://127.0.0.1:{ours.getsockname()[1]}{CALLBACK}"
        client = OidcClient(
            issuer=f"http://127.0.0.1:{port}",
            client_id="acme",
            client_secret=secrets.token_urlsafe(16),
            redirect_uri=callback,
        )
        oidc = OidcProvider(client, timeout=_IMPATIENT)
        checks = IdentityChecks(
            ledger=parts.ledger,
            tokens=CheckTokens(stop_secret(parts)),
            ring=bell.deliver_now,
            new_id=uuid4,
            provider=OidcIdentityDocuments(oidc, Assurance(liveness=frozenset({ALIVE}))),
        )
        with_checks = create_app(dataclasses.replace(app.state.services, identity_checks=checks))
        world = ApiWorld(
            app=with_checks, doors=doors, parts=parts, owner=owner, bell=bell, slug=f"t{secrets.token_hex(8)}"
        )
        await world.found()
        provider = Provider(**dataclasses.asdict(client), now=lambda: datetime.now(UTC))
        async with (
            served(with_checks, ours),
            httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=10.0) as http,
        ):
            made = Checking(
                world=world, provider=provider, browser=Browser(http), checks=checks, issuer=oidc, port=port
            )
            await made.up()
            try:
                yield made
            finally:
                await made.down()
                await world.close()


@pytest_asyncio.fixture(loop_scope="session")
async def world_without(
    app: FastAPI, doors: Doors, parts: Parts, owner: asyncpg.Connection, bell: Bell
) -> AsyncIterator[ApiWorld]:
    """Another tenant, at an application without a provider."""
    bell.answers = True
    made = ApiWorld(app=app, doors=doors, parts=parts, owner=owner, bell=bell, slug=f"t{secrets.token_hex(8)}")
    await made.found()
    try:
        yield made
    finally:
        await made.close()
