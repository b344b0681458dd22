"""The only wiring: which part meets which, for the worker, the doors, the directory and the command line."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from activities.assess import Assessing
from activities.campaign import Campaigning
from activities.close import Closing
from activities.confirm import Confirming
from activities.contain import Containing
from activities.reset import Resetting
from activities.suspend import Suspending
from activities.watch import Watching
from connectors.builtin import BuiltinDirectory, BuiltinPresences, BuiltinRollout, BuiltinSignIn, BuiltinStepUps
from connectors.builtin_import import BuiltinImport
from connectors.identity_document import Assurance, OidcIdentityDocuments
from connectors.oidc_provider import OidcClient, OidcProvider
from connectors.outbox_page import OutboxPageChannel
from connectors.smtp import Security, SmtpChannel, SmtpServer
from connectors.webhook import Endpoint, WebhookChannel
from directory import database as directory_database
from directory.app import create_app as create_directory_app
from directory.housekeeping import purge
from directory.services import DirectoryServices, build_services
from directory.settings import Argon2Parameters, DirectoryKeys, DirectorySettings, host_of, may_use
from postgres.pool import connect as connect_postgres
from postgres.pool import notifications, open_pool
from postgres.roles import url_for_role
from service.auditing import MOST_EXPORTS_AT_ONCE, AuditTrail
from service.check_tokens import CheckTokens
from service.doors import Doors
from service.identity_checks import IdentityChecks
from service.importing import found_tenant
from service.objecting import Objections
from service.policy_upkeep import settle_policies
from service.stop_tokens import Secret, StopTokens
from starter.api.app import create_app as create_api_app
from starter.console.app import mount as mount_console
from starter.console.site import Console
from starter.engine.temporal import TemporalEngine, answers
from starter.identity_client import identity_client
from starter.relay.announcements import AnnouncementParts, AnnouncementRelay
from starter.relay.campaign_bells import CampaignBells
from starter.relay.follower import Follower
from starter.relay.loops import Relay
from starter.relay.nightly import NightlyReads
from starter.relay.notice_orders import NoticeOrders
from starter.relay.notice_texts import NoticeTexts
from starter.relay.notices import NoticeParts, NoticeRelay
from starter.relay.outbox import Outbox
from starter.relay.overdue import OverdueEnrolments
from starter.relay.sweep import Sweep
from starter.running.identity_provider import with_twin
from starter.serving import Door, Serving
from starter.serving import serve as serve_doors
from starter.status_page.routes import mount as mount_status_page
from starter.status_page.wiring import status_page
from starter.stop_page.outbox import mount_outbox
from starter.stop_page.routes import mount as mount_stop_page
from starter.stop_page.wiring import stop_page
from starter.web_services import WebServices
from store.campaigns import CampaignBook
from store.ledger import Ledger
from store.notices import NoticeBook
from store.setup import ensure_tenant, tenant_exists
from store.setup import prepare as prepare_store
from store.statements import APPLICATION_ROLE
from transport.connect import connect as connect_temporal
from transport.keys import Keyring, load_keyring
from transport.signers import ActSigner, AuditSigner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    import asyncpg
    from fastapi import FastAPI
    from temporalio.client import Client

    from domain.ports import NoticeChannel
    from settings import Settings


@dataclass(frozen=True)
class Addresses:
    """Where the three logins of the database and Temporal are; never logged."""

    store: str
    directory: str
    temporal: str
    namespace: str

    def __repr__(self) -> str:
        return f"Addresses(temporal={self.temporal})"


@dataclass(frozen=True)
class Parts:
    """One process's parts. `activities` is what a worker registers."""

    keyring: Keyring
    ledger: Ledger
    directory: DirectoryServices
    directory_pool: asyncpg.Pool
    feed: BuiltinDirectory
    audit: AuditSigner
    activities: Sequence[Callable[..., object]]


def directory_keys(keyring: Keyring) -> DirectoryKeys:
    """The directory's own two keys."""
    return DirectoryKeys(seed_key=keyring.secret("directory_seed")[1], code_key=keyring.secret("directory_code")[1])


def directory_settings(settings: Settings, argon2: Argon2Parameters | None = None) -> DirectorySettings:
    """The directory as its origin is configured, and the console's origin, where its passkeys may be used too."""
    named = settings.passkey_domain or settings.console_origin
    rp_id = settings.passkey_domain or host_of(settings.directory_origin)
    # A console that nobody named, beside a directory elsewhere, goes without passkeys.
    beside = (settings.console_url,) if named or may_use(settings.console_url, rp_id) else ()
    try:
        return DirectorySettings(
            rp_id=rp_id,
            origin=settings.directory_origin,
            assertion_origins=beside,
            argon2=argon2 or Argon2Parameters(),
            secure_cookies=settings.directory_origin.startswith("https:"),
        )
    except ValueError:
        raise SystemExit("passkey_domain_unusable: look at RECOVERY_PASSKEY_DOMAIN and both origins") from None


@asynccontextmanager
async def parts(
    addresses: Addresses, keyring: Keyring, directory: DirectorySettings, *, application: str
) -> AsyncIterator[Parts]:
    """Open the pools and put store, directory and activities together."""
    async with AsyncExitStack() as stack:
        store_pool = await open_pool(addresses.store, application=application)
        stack.push_async_callback(store_pool.close)
        directory_pool = await open_pool(addresses.directory, application=application)
        stack.push_async_callback(directory_pool.close)
        ledger = Ledger(store_pool, act_signer=ActSigner(keyring), audit_signer=AuditSigner(keyring))
        services = build_services(directory_pool, settings=directory, keys=directory_keys(keyring))
        builtin = BuiltinDirectory(services.administration)
        yield Parts(
            keyring=keyring,
            ledger=ledger,
            directory=services,
            directory_pool=directory_pool,
            feed=builtin,
            audit=AuditSigner(keyring),
            activities=(
                *_activities(ledger, builtin, BuiltinPresences(services.administration)),
                Campaigning(CampaignBook(ledger), BuiltinRollout(services.rollout)).advance,
            ),
        )


def _activities(
    ledger: Ledger, builtin: BuiltinDirectory, presences: BuiltinPresences
) -> Sequence[Callable[..., object]]:
    assessing = Assessing(ledger)
    confirming = Confirming(ledger, builtin, builtin)
    return (
        assessing.open,
        assessing.assess,
        assessing.record_foreign,
        Containing(ledger, builtin, builtin, uuid4).contain,
        Resetting(ledger, builtin, builtin, presences, uuid4).reset,
        confirming.confirm,
        confirming.lapse,
        Suspending(ledger, builtin, uuid4).suspend,
        Watching(ledger, builtin, uuid4).watch,
        Closing(ledger).close,
    )


def doors(these: Parts, outbox: Outbox) -> Doors:
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
        rollout=BuiltinRollout(these.directory.rollout),
    )


def relay(
    these: Parts,
    client: Client,
    outbox: Outbox,
    addresses: Addresses,
    notices: NoticeRelay | None = None,
    *,
    announcements: Callable[[], Awaitable[int]] | None = None,
) -> Relay:
    """The loops beside the doors."""
    return Relay(
        outbox,
        Sweep(these.ledger, client, outbox, uuid4, OverdueEnrolments(these.ledger, these.feed, these.feed)),
        Follower(these.ledger, these.feed, outbox.deliver_now, uuid4),
        notifications=lambda: notifications(addresses.directory, "directory_events", application="recovery-follower"),
        housekeeping=lambda: asyncio.gather(purge(these.directory_pool), these.ledger.purge()),
        nightly=NightlyReads(these.ledger, these.feed, uuid4).read,
        policies=lambda: settle_policies(these.ledger),
        notices=[*(notices.loops() if notices else ()), *([announcements] if announcements else ())],
        campaigns=CampaignBells(these.ledger, client, task_queue=outbox.task_queue).ring,
    )


def notice_relay(these: Parts, settings: Settings) -> NoticeRelay:
    """What brings notices to people."""
    book = notice_book(these)
    return NoticeRelay(
        NoticeParts(
            ledger=these.ledger,
            book=book,
            orders=NoticeOrders(these.ledger, book, these.feed, uuid4),
            texts=NoticeTexts(
                these.ledger,
                StopTokens(stop_secret(these)),
                base_url=settings.stop_page_url,
                help_line=settings.help_line,
            ),
            channels=notice_channels(settings, book),
            new_id=uuid4,
        )
    )


def announcement_relay(these: Parts, settings: Settings) -> AnnouncementRelay:
    """What brings a campaign's announcements to people."""
    channels = notice_channels(settings, notice_book(these))
    return AnnouncementRelay(
        AnnouncementParts(
            book=CampaignBook(these.ledger), accounts=these.feed, channels=channels, help_line=settings.help_line
        )
    )


def notice_book(these: Parts) -> NoticeBook:
    """The notices of the store."""
    return NoticeBook(these.ledger)


def stop_secret(these: Parts) -> Secret:
    """The doors' secret, an older one by its id."""
    return lambda key_id=None: these.keyring.secret("token", key_id)


def notice_channels(settings: Settings, book: NoticeBook) -> list[NoticeChannel]:
    """The channels that settings name, in their order."""
    makers: dict[str, Callable[[], NoticeChannel]] = {
        "smtp": lambda: SmtpChannel(_smtp_server(settings), now=_now),
        "webhook": lambda: WebhookChannel(_endpoint(settings), now=_now),
        "outbox": lambda: OutboxPageChannel(book),
    }
    return [makers[name]() for name in dict.fromkeys(settings.notice_channels.split(","))]


def _smtp_server(settings: Settings) -> SmtpServer:
    security, local = Security(settings.smtp_security), settings.smtp_host in {"127.0.0.1", "::1", "localhost"}
    if settings.smtp_from is None:
        raise SystemExit("smtp_from_missing: set RECOVERY_SMTP_FROM to the address that notices come from")
    password = _smtp_password(settings)
    if password is not None and security is Security.NONE and not local:
        raise SystemExit("smtp_password_without_tls: set RECOVERY_SMTP_SECURITY to starttls or tls")
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=security,
        from_address=settings.smtp_from,
        user=settings.smtp_user or None,
        password=password,
    )


def _smtp_password(settings: Settings) -> str | None:
    if settings.smtp_password is not None:
        return settings.smtp_password.get_secret_value()
    if settings.smtp_password_file is None:
        return None
    try:
        return settings.smtp_password_file.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        raise SystemExit("smtp_password_file_unreadable: look at RECOVERY_SMTP_PASSWORD_FILE") from None


def _endpoint(settings: Settings) -> Endpoint:
    if settings.webhook_url is None or settings.webhook_secret is None:
        raise SystemExit("webhook_incomplete: set RECOVERY_WEBHOOK_URL and RECOVERY_WEBHOOK_SECRET")
    return Endpoint(url=settings.webhook_url, secret=settings.webhook_secret.get_secret_value().encode())


def _now() -> datetime:
    return datetime.now(UTC)


def identity_checks(these: Parts, outbox: Outbox, settings: Settings) -> IdentityChecks | None:
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


def api_app(these: Parts, services: WebServices, outbox: Outbox, settings: Settings) -> FastAPI:
    """The HTTP API with the console, the stop and the status page and, where notices are kept, the page of those."""
    services = replace(services, identity_checks=identity_checks(these, outbox, settings))
    app = create_api_app(services)
    door = Objections(these.ledger, StopTokens(stop_secret(these)), outbox.deliver_now)
    mount_stop_page(app, stop_page(door, settings))
    mount_status_page(app, status_page(these.ledger, settings))
    if "outbox" in settings.notice_channels.split(","):
        mount_outbox(app, these.ledger)
    mount_console(app, console(services, outbox, settings))
    return app


def console(services: WebServices, outbox: Outbox, settings: Settings) -> Console:
    """The pages for staff."""
    return Console(
        services=services,
        engine=TemporalEngine(outbox.client, task_queue=outbox.task_queue),
        origin=settings.console_url,
        directory_origin=settings.directory_origin,
        tenant=settings.tenant,
        help_line=settings.help_line,
        temporal_ui=settings.temporal_ui_url,
    )


async def temporal(addresses: Addresses, keyring: Keyring, *, worker: bool, lazy: bool = False) -> Client:
    """A client with our converter and interceptors; a lazy one connects when it is needed, again and again."""
    return await connect_temporal(addresses.temporal, addresses.namespace, keyring, worker=worker, lazy=lazy)


def people_import(these: Parts) -> BuiltinImport:
    """Importing people into the built-in directory."""
    services = these.directory
    return BuiltinImport(these.directory_pool, keys=directory_keys(these.keyring), settings=services.settings)


def api_services(these: Parts, the_doors: Doors, client: Client, heads: Path) -> WebServices:
    """What the HTTP API stands on."""
    trail = AuditTrail(
        heads=heads,
        verifier=these.audit,
        public_keys=these.keyring.public_document,
        exports=asyncio.Semaphore(MOST_EXPORTS_AT_ONCE),
    )
    return WebServices(
        doors=the_doors, trail=trail, people=people_import(these), temporal_answers=partial(answers, client)
    )


async def serve(settings: Settings) -> None:
    """Run the doors until told to stop. Raises `DatabaseUnreachable`, `PortInUse` and the keyring's errors.

    Temporal may be away: acts are committed, and delivered when it is back.
    """
    settings, twin = with_twin(settings)
    keyring = keyring_of(settings)
    addresses = addresses_of(settings)
    client = await temporal(addresses, keyring, worker=False, lazy=True)
    async with parts(addresses, keyring, directory_settings(settings), application="recovery-doors") as these:
        outbox = Outbox(these.ledger, client)
        services = api_services(these, doors(these, outbox), client, settings.heads_file)
        await serve_doors(
            Serving(
                doors=(
                    Door("api", api_app(these, services, outbox, settings), settings.api_host, settings.api_port),
                    Door(
                        "directory",
                        create_directory_app(these.directory),
                        settings.directory_host,
                        settings.directory_port,
                    ),
                    *([Door("identity-twin", twin.app, "127.0.0.1", settings.identity_twin_port or 0)] if twin else ()),
                ),
                relay=relay(
                    these,
                    client,
                    outbox,
                    addresses,
                    notice_relay(these, settings),
                    announcements=announcement_relay(these, settings).deliver,
                ),
                keeper=lambda: these.ledger.head_keeper(settings.heads_file, verifier=these.audit),
                stopping=services.stopping,
            )
        )


async def found(settings: Settings, owner_url: str, document: dict[str, object]) -> bool:
    """At set-up: import the founding people of a tenant that is new. False, and nothing is done, where it is not."""
    tenant = document.get("tenant")
    slug = tenant.get("slug") if isinstance(tenant, dict) else None
    keyring = keyring_of(settings)
    owner = await connect_postgres(owner_url, application="recovery-set-up")
    try:
        if isinstance(slug, str) and await tenant_exists(owner, slug):
            return False
        addresses = addresses_of(settings, owner_url=owner_url)
        async with parts(addresses, keyring, directory_settings(settings), application="recovery-set-up") as these:
            await found_tenant(
                these.ledger,
                people_import(these),
                document,
                make_tenant=lambda tenant_id, slug, name: ensure_tenant(owner, tenant_id, slug, name),
            )
    finally:
        await owner.close()
    return True


async def migrate(owner_url: str, secrets_folder: Path) -> list[str]:
    """As the database's owner: login roles with their passwords from the secrets folder, then both schemas."""
    owner = await connect_postgres(owner_url, application="recovery-migrate")
    try:
        applied = await prepare_store(owner, app_password=role_password(secrets_folder, APPLICATION_ROLE))
        return applied + await directory_database.prepare(
            owner, app_password=role_password(secrets_folder, directory_database.APP_ROLE)
        )
    finally:
        await owner.close()


def role_password(secrets_folder: Path, role: str) -> str:
    """The password of a login role: a file of mode 0600 in the secrets folder, made on first use."""
    path = secrets_folder / f"{role}.password"
    if not path.exists():
        # Whole or not at all: a crash in between must not leave an empty password.
        half = path.with_suffix(".new")
        half.unlink(missing_ok=True)
        half.touch(mode=0o600, exist_ok=False)
        half.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        half.rename(path)
    return path.read_text(encoding="utf-8").strip()


def addresses_of(settings: Settings, *, owner_url: str | None = None, temporal_address: str | None = None) -> Addresses:
    """The logins of this process: as given, or derived from the owner's address and the role passwords."""
    owner = owner_url or (settings.database_url.get_secret_value() if settings.database_url else None)

    def login(given: str | None, role: str) -> str:
        if given:
            return given
        if owner is None:
            raise SystemExit("database_address_missing: set RECOVERY_DATABASE_URL, or run “recovery up”")
        return url_for_role(owner, role, role_password(settings.secrets_folder, role))

    store = settings.store_database_url.get_secret_value() if settings.store_database_url else None
    directory = settings.directory_database_url.get_secret_value() if settings.directory_database_url else None
    return Addresses(
        store=login(store, APPLICATION_ROLE),
        directory=login(directory, directory_database.APP_ROLE),
        temporal=temporal_address or settings.temporal_address or "127.0.0.1:7233",
        namespace=settings.temporal_namespace,
    )


def keyring_of(settings: Settings) -> Keyring:
    """The keyring that settings name."""
    return load_keyring(settings.keyring_file)
