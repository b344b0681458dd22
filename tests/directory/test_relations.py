"""Who may vouch and since when, former contacts, and contacts that are frozen: imported, kept and read."""

from __future__ import annotations

import asyncio
import copy
import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from directory import importer
from directory.administration import Administration
from directory.errors import AccountUnknown, ContactsFrozen
from directory.importer import ImportErrors
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import KEYS, SETTINGS, World, document


def sample() -> dict[str, Any]:
    """Ann with a manager, a sponsor, a recovery contact and a number that was replaced."""
    wanted = document(f"t{secrets.token_hex(8)}", SoftAuthenticator())
    wanted["people"][0] |= {
        "manager_days_ago": 100,
        "sponsor": "bare",
        "sponsor_since": "2024-01-01T00:00:00Z",
        "recovery_contacts": [{"person": "exempt", "named_days_ago": 40}, {"person": "kim"}],
        "replaced_contacts": [
            {"kind": "mobile", "value": "+15550111", "bound_days_ago": 900, "replaced_days_ago": 20},
            {"kind": "email", "value": "old@x.example", "replaced_days_ago": 399},
            {"kind": "email", "value": "older@x.example", "replaced_days_ago": 401},
        ],
        "groups": ["sales", "night-shift"],
    }
    return wanted


async def test_relations_are_read_with_their_age(app_pool: asyncpg.Pool) -> None:
    """R14, R16: manager, sponsor and recovery contacts with their people and since when; unknown stays unknown."""
    imported = await importer.apply(app_pool, importer.parse(sample()), keys=KEYS, settings=SETTINGS)
    people = imported.people
    administration = Administration(app_pool, keys=KEYS)
    ann = await administration.read(people["ann"].account_id)
    assert (ann.manager_id, ann.manager_person_id) == (people["kim"].account_id, people["kim"].person_id)
    assert ann.manager_since is not None
    assert (ann.created_at - ann.manager_since).days == 100
    assert (ann.sponsor_id, str(ann.sponsor_since)[:10]) == (people["bare"].account_id, "2024-01-01")
    named = {one.account_id: (one.person_id, one.named_since) for one in ann.recovery_contacts}
    assert set(named) == {people["exempt"].account_id, people["kim"].account_id}
    assert named[people["kim"].account_id] == (people["kim"].person_id, None)
    since = named[people["exempt"].account_id][1]
    assert since is not None
    assert (ann.created_at - since).days == 40


async def test_former_contacts_of_the_last_four_hundred_days(app_pool: asyncpg.Pool) -> None:
    """R23: who held an address until lately can still be told; they are no present contacts."""
    imported = await importer.apply(app_pool, importer.parse(sample()), keys=KEYS, settings=SETTINGS)
    administration = Administration(app_pool, keys=KEYS)
    ann = await administration.read(imported.people["ann"].account_id)
    assert [one.value for one in ann.replaced_contacts] == ["old@x.example", "+15550111"]
    assert {one.value for one in ann.contacts} == {"ann@x.example", "+15550100"}
    assert await administration.find(imported.tenant_id, "old@x.example") == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"manager": "kim", "manager_since": "2024-01-01"}, "manager_since", "timezone_aware"),
        ({"manager": "kim", "manager_days_ago": -1}, "manager_days_ago", "greater_than_equal"),
        ({"manager_days_ago": 0}, "manager_since", "manager_missing"),
        ({"sponsor_since": "2024-01-01T00:00:00Z"}, "sponsor_since", "sponsor_missing"),
        ({"sponsor": "nobody"}, "sponsor", "sponsor_unknown"),
        ({"sponsor": "other"}, "sponsor", "sponsor_unknown"),
        ({"sponsor": "ann", "person": "ann"}, "sponsor", "sponsor_is_oneself"),
        ({"manager": "ann", "person": "ann"}, "manager", "manager_is_oneself"),
        ({"recovery_contacts": [{"person": "other"}]}, "recovery_contacts", "recovery_contact_unknown"),
        ({"recovery_contacts": [{"person": "nobody"}]}, "recovery_contacts", "recovery_contact_unknown"),
        (
            {"recovery_contacts": [{"person": "ann"}], "person": "ann"},
            "recovery_contacts",
            "recovery_contact_is_oneself",
        ),
        ({"recovery_contacts": [{"person": "kim"}] * 2}, "recovery_contacts", "recovery_contact_twice"),
        ({"recovery_contacts": ["kim"]}, "recovery_contacts.0", "model_type"),
        ({"recovery_contacts": [{"person": "kim", "canary": 1}]}, "recovery_contacts.0", "extra_forbidden"),
        (
            {"replaced_contacts": [{"kind": "email", "value": "a@b"}]},
            "replaced_contacts.0.replaced_days_ago",
            "missing",
        ),
        ({"groups": ["everyone"]}, "groups", "group_reserved"),
        ({"groups": ["Sales"]}, "groups.0", "string_pattern_mismatch"),
        ({"groups": [""]}, "groups.0", "string_pattern_mismatch"),
    ],
)
def test_contradictions(change: dict[str, Any], field: str, code: str) -> None:
    """R6: nobody vouches for themselves, under whichever login; each person named is there; and errors say where."""
    wanted = sample()
    wanted["people"].append({"key": "other", "login": "other", "display_name": "Other", **change})
    with pytest.raises(ImportErrors) as raised:
        importer.parse(wanted)
    assert [(one.field, one.code) for one in raised.value.problems] == [(field, code)]


async def test_an_account_that_is_there_keeps_its_relations(app_pool: asyncpg.Pool) -> None:
    """A document applied again does not make an insider another person's manager or recovery contact."""
    wanted = sample()
    first = await importer.apply(app_pool, importer.parse(wanted), keys=KEYS, settings=SETTINGS)
    administration = Administration(app_pool, keys=KEYS)
    before = await administration.read(first.people["ann"].account_id)
    changed = copy.deepcopy(wanted)
    changed["people"][0] |= {"manager": "bare", "recovery_contacts": [{"person": "bare", "named_days_ago": 900}]}
    await importer.apply(app_pool, importer.parse(changed), keys=KEYS, settings=SETTINGS)
    assert await administration.read(first.people["ann"].account_id) == before


async def test_a_tenant_is_read_in_batches(world: World) -> None:
    """Every account of the tenant once, in the order of the ids, as a single read shows it."""
    seen, after = [], None
    while batch := await world.administration.some(world.tenant_id, after=after, limit=2):
        seen += batch
        after = batch[-1].id
    assert [one.id for one in seen] == sorted(world.people.values())
    assert seen == [await world.administration.read(one.id) for one in seen]
    assert await world.administration.some(uuid4(), after=None, limit=10) == []


async def test_contacts_frozen_by_command(world: World) -> None:
    """R38: once per command, until the given instant, never shorter; it ends by itself."""
    session, command = await world.session(), uuid4()
    until = await world.now() + timedelta(minutes=5)
    await asyncio.gather(*(world.administration.freeze_contacts(world.ann, until, command) for _ in range(4)))
    # Repeated after a crash by an operator whose clock has gone on.
    await world.administration.freeze_contacts(world.ann, until + timedelta(days=9), command)
    await world.administration.freeze_contacts(world.ann, until - timedelta(minutes=3), uuid4())
    assert (await world.administration.read(world.ann)).contacts_frozen_until == until
    with pytest.raises(ContactsFrozen):
        await world.profile.change_contact(session.token, "email", "new@x.example")
    await world.pass_time(timedelta(minutes=5))
    await world.profile.change_contact(session.token, "email", "new@x.example")
    with pytest.raises(AccountUnknown):
        await world.administration.freeze_contacts(uuid4(), until, uuid4())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE directory.contact_points SET replaced_at = now() WHERE account_id = $1",
        "UPDATE directory.contact_points SET bound_since = '2020-01-01' WHERE account_id = $1",
        "DELETE FROM directory.contact_points WHERE account_id = $1",
        "INSERT INTO directory.contact_points (account_id, kind, value) VALUES ($1, 'mobile', '+15550199')",
    ],
)
async def test_no_other_way_changes_a_frozen_contact(world: World, owner: asyncpg.Connection, statement: str) -> None:
    """R38: whichever program writes, the database refuses while it lasts."""
    await world.administration.freeze_contacts(world.ann, await world.now() + timedelta(minutes=5), uuid4())
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await owner.execute(statement, world.ann)
    await world.pass_time(timedelta(minutes=5))
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute(statement, world.ann)
    await transaction.rollback()
