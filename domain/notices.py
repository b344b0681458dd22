"""Notices: what is told, on which occasion and to whom (R23); the words are in `domain.notice_words`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.account import Account, ContactKind
from domain.errors import RecoveryError


class Occasion(StrEnum):
    """What a notice tells of; each is told once a case."""

    OPENED = "opened"
    VERIFIED = "verified"
    RESET = "reset"
    ENROLLED = "enrolled"
    CONTACT_CHANGED = "contact_changed"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    STOPPED = "stopped"
    APPROVER_DRAWN = "approver_drawn"
    APPROVER_REMINDED = "approver_reminded"
    ESCALATED = "escalated"
    SECURITY_ALERT = "security_alert"


TO_STAFF = frozenset({Occasion.APPROVER_DRAWN, Occasion.APPROVER_REMINDED, Occasion.ESCALATED, Occasion.SECURITY_ALERT})
"""These go to people who work on the case; all others to the subject's contact points and the manager."""
MANAGER = "manager"
STAFF = "staff"


def nth(occasion: Occasion, what: str) -> str:
    """An order's name for an occasion that may come up more than once in a case: `security_alert:objection`."""
    return f"{occasion.value}:{what}" if what else occasion.value


def occasion_of(order: str) -> Occasion:
    """The occasion of an order's name. Raises `ValueError` for one that this release does not know."""
    return Occasion(order.partition(":")[0])


class Audience(StrEnum):
    """Who reads a notice, which decides its words."""

    ON_RECORD = "on_record"
    FORMER = "former"
    NEWLY_ADDED = "newly_added"
    MANAGER = "manager"
    STAFF = "staff"


class NoticeState(StrEnum):
    """How far a notice has come; the last three are final (`Delivery` is what the case records of them)."""

    WAITING = "waiting"
    SENDING = "sending"
    ACCEPTED = "accepted"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One address and how the case knows it. `contact_id` is what the case records, never the address."""

    contact_id: str
    kind: ContactKind
    address: str = field(repr=False)
    audience: Audience


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One notice as a channel delivers it. `id` is the idempotency key; `stop_url` is a secret of its reader.

    `occasion` is an `Occasion`, or a campaign's `RolloutOccasion`; then `reference` is the campaign's id.
    """

    id: UUID
    tenant: str
    reference: str
    occasion: StrEnum
    contact_id: str
    kind: ContactKind
    address: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    stop_url: str | None = field(repr=False, default=None)


class NoticeRefused(RecoveryError):
    """The other side said that it does not take this notice, so it was certainly not delivered.

    `final` is for what no further try changes: an address that does not exist. `code` is stable and names nobody.
    """

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


class NoticeSuperseded(RecoveryError):
    """Another relay has taken this notice over; it must not be handed over here."""

    code = "notice_superseded"


@dataclass(frozen=True, kw_only=True)
class Known:
    """Whom a case's notices concern: the account when the case opened and now, and its managers as accounts."""

    snapshot: Account
    present: Account | None = None
    manager: Account | None = None
    new_manager: Account | None = None


def recipients_of(known: Known, *, now: datetime, quarantine: timedelta) -> list[Recipient]:
    """Every contact point on record when the case opened and now, those replaced lately, and the manager (R23, B11).

    Each address once, the longest known reading first. Whatever was not known when the case opened gets a contact
    id of its own: what is accepted there must not count for what was (R25).

    R23: Every contact point on record, those replaced lately and the manager are told of a case.
    """
    found = _Distinct()
    for one in known.snapshot.contacts:
        found.add(one.id, one.kind, one.value, Audience.ON_RECORD)
    found.extend(emails_of(known.manager, MANAGER, Audience.MANAGER))
    for account in (known.snapshot, known.present):
        for former in account.former_contacts if account else ():
            if former.replaced_at > now - quarantine:
                found.add(former.id, former.kind, former.value, Audience.FORMER)
    for one in known.present.contacts if known.present else ():
        found.add(one.id, one.kind, one.value, Audience.NEWLY_ADDED)
    found.extend(emails_of(known.new_manager, f"{MANAGER}:new", Audience.MANAGER))
    return found.recipients


def emails_of(account: Account | None, contact_id: str, audience: Audience) -> list[Recipient]:
    """A manager's or colleague's e-mail addresses, all under one contact id; none without an account."""
    contacts = account.contacts if account else ()
    values = dict.fromkeys(one.value for one in contacts if one.kind is ContactKind.EMAIL)
    return [
        Recipient(contact_id=contact_id, kind=ContactKind.EMAIL, address=value, audience=audience) for value in values
    ]


class _Distinct:
    """Collects recipients: each address once, each contact id of the subject for one address only."""

    def __init__(self) -> None:
        self.recipients: list[Recipient] = []
        self._addresses: set[str] = set()
        self._ids: set[str] = set()

    def add(self, contact_id: str, kind: ContactKind, address: str, audience: Audience) -> None:
        name, count = contact_id, 1
        while name in self._ids:
            name, count = f"{contact_id}:{audience.value}{count}", count + 1
        self._ids.add(name)
        self.extend([Recipient(contact_id=name, kind=kind, address=address, audience=audience)])

    def extend(self, recipients: Iterable[Recipient]) -> None:
        for one in recipients:
            if one.address not in self._addresses:
                self._addresses.add(one.address)
                self.recipients.append(one)
