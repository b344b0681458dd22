"""People at their desks: browsers on the console, signed in by its pages or, where that is not tested, at once."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import FastAPI

from service import reading, sessions
from service.auditing import AuditTrail
from starter.api.app import create_app
from starter.console.app import mount
from starter.console.limits import Attempts
from starter.console.site import BASE, Console
from starter.engine.history import TemporalHistories
from starter.engine.temporal import TemporalEngine
from starter.web_services import WebServices
from tests.support.browsing import Browser, Page
from tests.support.world import ORIGIN

if TYPE_CHECKING:
    from pathlib import Path

    from service.case_view import CaseView
    from service.identity_checks import IdentityChecks
    from tests.support.people import Person
    from tests.support.world import World

TENANT = "acme"
DIRECTORY = "http://localhost:8082"
HELP_LINE = "the IT help desk, +44 20 7946 0000"
TEMPORAL_UI = "http://localhost:8233"


def console_app(w: World, folder: Path, *, identity_checks: IdentityChecks | None = None) -> FastAPI:
    """The API with the console, on a world's doors; `folder` is for the audit heads."""
    trail = AuditTrail(
        heads=folder / "audit-heads.jsonl",
        verifier=w.parts.audit,
        public_keys=w.parts.keyring.public_document,
        exports=asyncio.Semaphore(2),
    )

    async def temporal_answers() -> bool:
        return True

    services = WebServices(w.doors, trail, w.parts.people, temporal_answers, identity_checks)
    app = create_app(services)
    console = Console(
        services=services,
        engine=TemporalEngine(w.client, task_queue=w.task_queue),
        histories=TemporalHistories(w.client),
        origin=ORIGIN,
        directory_origin=DIRECTORY,
        tenant=TENANT,
        help_line=HELP_LINE,
        temporal_ui=TEMPORAL_UI,
        attempts=Attempts(lambda: 0.0),
    )
    mount(app, console)
    return app


class Desk(Browser):
    """A person of the cast in front of the console."""

    def __init__(self, app: FastAPI, w: World, key: str) -> None:
        super().__init__(app, origin=ORIGIN)
        self.app = app
        self.w = w
        self.key = key

    @property
    def person(self) -> Person:
        """Who sits here, with their secrets."""
        return self.w.people[self.key]

    async def sit_down(self) -> Desk:
        """Be signed in, by a session that the doors opened."""
        session = await self.w.session(self.key)
        self.client.cookies.set("recovery_session", (await sessions.opened(self.w.doors, session.id)).token)
        await self.get(f"{BASE}/sign-in")
        return self

    async def sign_in(self, next_path: str = "") -> Page:
        """Password and factor, on the pages."""
        page = await self.get(f"{BASE}/sign-in" + (f"?next={next_path}" if next_path else ""))
        page = await self.submit(
            page, f"{BASE}/sign-in", tenant=TENANT, login=self.person.login, password=self.person.password
        )
        return await self.prove(page, f"{BASE}/sign-in/factor")

    async def prove(self, page: Page, action: str) -> Page:
        """Answer the page that asks for a factor, with the one this person holds."""
        kinds = [one.fields["kind"] for one in page.forms if one.action == action]
        assert kinds, (page.status, page.title, page.text)
        options = page.form(action, kind="webauthn").options if "webauthn" in kinds else None
        answer: dict[str, Any] = self.person.respond(tuple(kinds), options, ORIGIN)
        kind = answer["kind"]
        typed = {"credential": json.dumps(answer["credential"])} if kind == "webauthn" else {"code": answer["code"]}
        return await self.submit(page, action, having={"kind": kind}, **typed)

    async def case(self, case_id: UUID) -> CaseView:
        """The case as this person may read it."""
        return await reading.read_case(self.w.doors, await self.w.session(self.key), case_id)

    async def case_page(self, case_id: UUID) -> Page:
        """The case's page."""
        return await self.get(f"{BASE}/cases/{(await self.case(case_id)).reference}")
