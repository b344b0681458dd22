"""What our own nightly reads have seen of an account, and since when (R16); fingerprints are kept, never a value."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.acts import canonical
from domain.skeleton import skeletons
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from domain.account import Account
    from domain.ports import ActSigner
    from store.statements import Row
    from store.unit import Unit

LONGEST_GAP = timedelta(days=3)
"""What was not read for longer counts as unseen, before and after (R16)."""
CONTACT, MANAGER, SPONSOR = "contact", "manager", "sponsor"
MOST_ALIKE = 20


@dataclass(frozen=True, order=True)
class Seen:
    """One thing of one account: a contact point by kind and value, or who the manager or sponsor is."""

    account_id: str
    what: str
    fingerprint: bytes


async def with_sightings(unit: Unit, account: Account) -> Account:
    """The account with the ages that our own reads know: contacts, and relations where the provider is silent.

    Only what the last read saw within `LONGEST_GAP`, and what a nightly read of ours has signed, has an age.
    """
    now = await unit.now()
    rows = await unit._connection.fetch(SQL["sightings_of_accounts"], unit.tenant_id, [account.id])
    since = {_seen(row): row["first_seen_at"] for row in rows if _is_believed(unit, row, now)}
    seen = {
        one.id: since.get(_contact(unit.tenant_id, account.id, one.kind.value, one.value)) for one in account.contacts
    }
    changes: dict[str, object] = {
        "contacts": tuple(one.model_copy(update={"seen_since": seen[one.id]}) for one in account.contacts)
    }
    if account.manager_id and account.manager_since is None:
        changes["manager_since"] = since.get(_relation(unit.tenant_id, account.id, MANAGER, account.manager_id))
    if account.sponsor_id and account.sponsor_since is None:
        changes["sponsor_since"] = since.get(_relation(unit.tenant_id, account.id, SPONSOR, account.sponsor_id))
    return account.model_copy(update=changes)


async def record(unit: Unit, accounts: Sequence[Account]) -> None:
    """What a read of these accounts has just seen: what is there again grows older, what is new starts anew."""
    now, ids = await unit.now(), [one.id for one in accounts]
    rows = await unit._connection.fetch(SQL["sightings_of_accounts"], unit.tenant_id, ids)
    known = {_seen(row) for row in rows if now - row["last_seen_at"] <= LONGEST_GAP and row["signature"] is not None}
    present = sorted({one for account in accounts for one in _all_of(unit.tenant_id, account)})
    again, first = [one for one in present if one in known], [one for one in present if one not in known]
    signed = [unit.act_signer.sign_act(_text(unit.tenant_id, one, now)) for one in first]
    await unit._connection.execute(SQL["sightings_again"], unit.tenant_id, now, *_columns(again))
    await unit._connection.execute(
        SQL["sightings_first"], unit.tenant_id, now, *_columns(first),
        [signature for _, signature in signed], [key_id for key_id, _ in signed],
    )  # fmt: skip
    await unit._connection.execute(SQL["sightings_gone"], unit.tenant_id, ids, now)
    names = sorted({(one.id, one.person_id, *name) for one in accounts for name in _skeletons(unit.tenant_id, one)})
    columns = [list(column) for column in zip(*names, strict=True)] or [[], [], [], []]
    await unit._connection.execute(SQL["skeletons_seen"], unit.tenant_id, now, *columns)
    await unit._connection.execute(SQL["skeletons_gone"], unit.tenant_id, ids, now)


async def forget_absent(unit: Unit, since: datetime) -> None:
    """Accounts that no read has shown since the round began are not there any more; back again, they start anew."""
    await unit._connection.execute(SQL["sightings_of_the_absent"], unit.tenant_id, since)
    await unit._connection.execute(SQL["skeletons_of_the_absent"], unit.tenant_id, since)


async def look_alikes(unit: Unit, account: Account) -> dict[str, str]:
    """Other people's accounts whose login or name looks like this one's: person ids by account id, so many at most."""
    asked = sorted(_skeletons(unit.tenant_id, account))
    rows = await unit._connection.fetch(
        SQL["skeletons_like"], unit.tenant_id, account.id, account.person_id,
        [what for what, _ in asked], [digest for _, digest in asked], MOST_ALIKE,
    )  # fmt: skip
    return {row["account_id"]: row["person_id"] for row in rows}


def _all_of(tenant_id: UUID, account: Account) -> Iterable[Seen]:
    for one in account.contacts:
        yield _contact(tenant_id, account.id, one.kind.value, one.value)
    if account.manager_id:
        yield _relation(tenant_id, account.id, MANAGER, account.manager_id)
    if account.sponsor_id:
        yield _relation(tenant_id, account.id, SPONSOR, account.sponsor_id)


def _contact(tenant_id: UUID, account_id: str, kind: str, value: str) -> Seen:
    return Seen(account_id, CONTACT, _digest("contact", str(tenant_id), account_id, kind, value))


def _relation(tenant_id: UUID, account_id: str, what: str, other_id: str) -> Seen:
    return Seen(account_id, what, _digest(what, str(tenant_id), account_id, other_id))


def _skeletons(tenant_id: UUID, account: Account) -> Iterable[tuple[str, bytes]]:
    for what, text in (("login", account.login), ("name", account.display_name)):
        for one in skeletons(text):
            if one:
                yield what, _digest("skeleton", str(tenant_id), what, one)


def _digest(*parts: str) -> bytes:
    return hashlib.sha256(b"mfa-recovery seen v1\n" + canonical(parts)).digest()


def _seen(row: Row) -> Seen:
    return Seen(row["account_id"], row["what"], bytes(row["fingerprint"]))


def _is_believed(unit: Unit, row: Row, now: datetime) -> bool:
    """Whether one of our reads signed it, and another saw it again not long ago."""
    if row["signature"] is None or row["key_id"] is None or now - row["last_seen_at"] > LONGEST_GAP:
        return False
    return _is_signed(unit.act_signer, unit.tenant_id, row)


def _is_signed(signer: ActSigner, tenant_id: UUID, row: Row) -> bool:
    text = _text(tenant_id, _seen(row), row["first_seen_at"])
    return signer.verify_act(row["key_id"], text, bytes(row["signature"]))


def _text(tenant_id: UUID, seen: Seen, first_seen_at: datetime) -> bytes:
    content = [str(tenant_id), seen.account_id, seen.what, seen.fingerprint.hex(), first_seen_at.isoformat()]
    return b"mfa-recovery sighting v1\n" + canonical(content)


def _columns(seen: Sequence[Seen]) -> tuple[list[str], list[str], list[bytes]]:
    return [one.account_id for one in seen], [one.what for one in seen], [one.fingerprint for one in seen]
