"""How people and programs come in: the doors, and API, console and public pages over them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from compose.parts import stop_secret
from connectors.builtin import BuiltinGroups, BuiltinPresences, BuiltinSignIn, BuiltinStepUps
from connectors.identity_document import Assurance, OidcIdentityDocuments
from connectors.oidc_provider import OidcClient, OidcProvider
from service.auditing import MOST_EXPORTS_AT_ONCE, AuditTrail
from service.check_tokens import CheckTokens
from service.doors import Doors
from service.identity_checks import IdentityChecks
from service.objecting import Objections
from service.stop_tokens import StopTokens
from starter.api.app import create_app
from starter.console.app import mount as mount_console
from starter.console.site import Console
from starter.engine.history import TemporalHistories
from starter.engine.temporal import TemporalEngine, answers
from starter.identity_client import identity_client
from starter.status_page.routes import mount as mount_status_page
from starter.status_page.wiring import status_page
from starter.stop_page.outbox import mount_outbox
from starter.stop_page.routes import mount as mount_stop_page
from starter.stop_page.wiring import stop_page
from starter.web_services import WebServices

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from temporalio.client import Client

    from compose.parts import Parts
    from settings import Settings
    from starter.relay.outbox import Outbox


def build_doors(these: Parts, outbox: Outbox) -> Doors:
    """The doors' logic over one process's parts."""
    return Doors(
        ledger=these.ledger,
        accounts=these.feed,
        presences=BuiltinPresences(these.directory.administration),
        sign_in=BuiltinSignIn(these.directory.authentication),
        step_ups=BuiltinStepUps(these.directory.authentication),
        ring=outbox.deliver_now,
        new_id=uuid4,
        secret=these.keyring.secret("token")[1],
        groups=BuiltinGroups(these.directory.rollout),
    )


def build_identity_checks(these: Parts, outbox: Outbox, settings: Settings) -> IdentityChecks | None:
    """Checks of identity documents, where settings name a provider."""
    client = identity_client(settings)
    if client is None:
        return None
    assurance = Assurance(
        liveness=frozenset(settings.identity_liveness.split(",")), trust_framework=settings.identity_trust_framework
    )
    return IdentityChecks(
        ledger=these.ledger,
        tokens=CheckTokens(stop_secret(these)),
        ring=outbox.deliver_now,
        new_id=uuid4,
        provider=OidcIdentityDocuments(OidcProvider(OidcClient(**client)), assurance),
    )


def build_api_app(these: Parts, services: WebServices, outbox: Outbox, settings: Settings) -> FastAPI:
    """The HTTP API with the console, the stop and the status page and, where notices are kept, the page of those."""
    services = replace(services, identity_checks=build_identity_checks(these, outbox, settings))
    app = create_app(services)
    door = Objections(these.ledger, StopTokens(stop_secret(these)), outbox.deliver_now)
    mount_stop_page(app, stop_page(door, settings))
    mount_status_page(app, status_page(these.ledger, settings))
    if "outbox" in settings.notice_channels.split(","):
        mount_outbox(app, these.ledger)
    mount_console(app, build_console(services, outbox, settings))
    return app


def build_console(services: WebServices, outbox: Outbox, settings: Settings) -> Console:
    """The pages for staff."""
    return Console(
        services=services,
        engine=TemporalEngine(outbox.client, task_queue=outbox.task_queue),
        histories=TemporalHistories(outbox.client),
        origin=settings.console_url,
        directory_origin=settings.directory_origin,
        tenant=settings.tenant,
        help_line=settings.help_line,
        temporal_ui=settings.temporal_ui_url,
    )


def web_services(these: Parts, the_doors: Doors, client: Client, heads: Path) -> WebServices:
    """What the HTTP API stands on."""
    trail = AuditTrail(
        heads=heads,
        verifier=these.audit,
        public_keys=these.keyring.public_document,
        exports=asyncio.Semaphore(MOST_EXPORTS_AT_ONCE),
    )
    return WebServices(doors=the_doors, trail=trail, people=these.people, temporal_answers=partial(answers, client))
