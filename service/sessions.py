"""Signing in the people who work on cases, and knowing them again (B04: actors come from here only)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.account import AccountStatus
from domain.audit import EventOutcome, EventType
from domain.errors import (
    InputRefused,
    NotAMember,
    NotSignedIn,
    RecoveryError,
    SignInCodeReused,
    SignInRefused,
    StepUpCodeReused,
    StepUpRefused,
    SubjectGone,
)
from domain.events import by_login, by_person, by_unknown
from domain.people import Actor
from domain.refusal_codes import Code
from store.sessions import end_session, put_session, session_of_token, succeed_session
from store.tenants import tenant_of_slug

if TYPE_CHECKING:
    from domain.ports import Challenge, Login
    from service.doors import Doors
    from store.tenants import Tenant

ABSOLUTE_LIMIT = timedelta(hours=12)
IDLE_LIMIT = timedelta(minutes=30)
"""NIST SP 800-63B-4 §2.2.3 allows 24 h and 1 h at AAL2; the day's shift and half an hour are stricter."""
SUCCESSION = timedelta(seconds=10)
"""How long a session lives on beside its successor, so that the second half of a double click still arrives."""


@dataclass(frozen=True)
class Session:
    """A signed-in person. `actor` carries the roles as they are now, read at every request."""

    id: UUID
    tenant_id: UUID
    actor: Actor
    aal: int
    expires_at: datetime


@dataclass(frozen=True)
class SignedIn:
    """A new session and its bearer token, shown once."""

    session: Session
    token: str

    def __repr__(self) -> str:
        return f"SignedIn(session={self.session.id})"


async def tenant_called(doors: Doors, slug: str) -> Tenant:
    """The tenant with this short name. Raises `InputRefused`."""
    tenant = await tenant_of_slug(doors.ledger, slug)
    if tenant is None:
        raise InputRefused(Code.TENANT_UNKNOWN, "There is no such tenant.")
    return tenant


async def start_sign_in(doors: Doors, tenant_slug: str, login: str, password: str) -> Challenge:
    """Check the password and say which factor is wanted. Raises `SignInRefused`, `Throttled`, `InputRefused`."""
    tenant = await tenant_called(doors, tenant_slug)
    try:
        return await doors.sign_in.start(tenant.id, login, password)
    except RecoveryError as error:
        await _audit_refused(doors, tenant.id, error.code)
        raise


async def finish_sign_in(doors: Doors, tenant_slug: str, transaction: str, response: dict[str, object]) -> SignedIn:
    """Check the factor and open a session for a member of the tenant.

    Raises `SignInRefused`, `SignInCodeReused`, `NotAMember`, `Throttled`, `InputRefused`.
    """
    tenant = await tenant_called(doors, tenant_slug)
    try:
        login = await _finish(doors, transaction, response)
    except RecoveryError as error:
        await _audit_refused(doors, tenant.id, error.code)
        raise
    session_id = doors.new_id()
    token = _token(doors.secret, session_id)
    signed_in = None
    async with doors.ledger.unit(tenant.id) as unit:
        member = await unit.member_of_account(login.account_id)
        if member is not None and member.roles:
            expires_at = await put_session(unit, session_id, _hash(token), login, lives=ABSOLUTE_LIMIT)
            actor = Actor(account_id=login.account_id, person_id=login.person_id, roles=member.roles)
            unit.audit(by_person(actor, EventType.SIGNED_IN, aal=login.aal, session=str(session_id)))
            signed_in = SignedIn(Session(session_id, tenant.id, actor, login.aal, expires_at), token)
    if signed_in is None:
        await _audit_refused(doors, tenant.id, NotAMember.code, login.account_id)
        raise NotAMember
    return signed_in


async def authenticate(doors: Doors, token: str, *, in_use: bool = True) -> Session:
    """The session behind a bearer token, with the person's roles of this moment. Raises `NotSignedIn`.

    `in_use` False is for what a page asks by itself: that keeps no reader signed in who has gone away.
    """
    kept = await session_of_token(doors.ledger, _hash(token), idle=IDLE_LIMIT, in_use=in_use)
    # A row that an insider wrote past the doors has a token that no door made.
    if kept is None or not hmac.compare_digest(token, _token(doors.secret, kept.id)):
        raise NotSignedIn
    member = await doors.ledger.member_of_account(kept.tenant_id, kept.account_id)
    if member is None or not member.roles:
        raise NotSignedIn
    actor = Actor(account_id=kept.account_id, person_id=kept.person_id, roles=member.roles)
    return Session(kept.id, kept.tenant_id, actor, kept.aal, kept.expires_at)


async def opened(doors: Doors, session_id: UUID) -> SignedIn:
    """A session opened a moment ago, and its token again. Raises `NotSignedIn`."""
    token = _token(doors.secret, session_id)
    return SignedIn(await authenticate(doors, token), token)


async def succeed(doors: Doors, session: Session) -> SignedIn:
    """A new token for the same sign-in, after a step-up (OWASP: renew the id after a change of privilege).

    The old one dies within ten seconds. Raises `NotSignedIn` where the session has ended meanwhile.
    """
    session_id = doors.new_id()
    token = _token(doors.secret, session_id)
    if not await succeed_session(doors.ledger, session_id, _hash(token), of=session.id, old_lives_on=SUCCESSION):
        raise NotSignedIn
    return SignedIn(await authenticate(doors, token), token)


async def require_active(doors: Doors, session: Session) -> None:
    """End a session whose account was disabled since. Raises `NotSignedIn`, `ProviderUnavailable`."""
    try:
        account = await doors.accounts.read(session.actor.account_id)
    except SubjectGone:
        account = None
    if account is None or account.status is not AccountStatus.ACTIVE:
        await sign_out(doors, session)
        raise NotSignedIn


async def sign_out(doors: Doors, session: Session) -> None:
    """End the session; its token is dead at once."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        await end_session(unit, session.id)
        unit.audit(by_person(session.actor, EventType.SIGNED_OUT, session=str(session.id)))


async def _finish(doors: Doors, transaction: str, response: dict[str, object]) -> Login:
    try:
        return await doors.sign_in.finish(transaction, response)
    except StepUpCodeReused as error:
        raise SignInCodeReused from error
    except (StepUpRefused, SubjectGone) as error:
        raise SignInRefused from error


def _token(secret: bytes, session_id: UUID) -> str:
    # Made from the id under a key outside the database, so that a stolen table gives its thief no token.
    mac = hmac.digest(secret, b"session\n" + session_id.bytes, "sha256")
    return "rec_" + base64.urlsafe_b64encode(session_id.bytes + mac).decode().rstrip("=")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def _audit_refused(doors: Doors, tenant_id: UUID, code: str, account_id: str | None = None) -> None:
    refused, denied = EventType.SIGN_IN_REFUSED, EventOutcome.DENIED
    event = by_login(account_id, refused, denied, code=code) if account_id else by_unknown(refused, denied, code=code)
    await doors.ledger.audit(tenant_id, event)
