"""Importing people: everything is checked first, all or nothing, and again is no harm."""

from __future__ import annotations

import asyncio
import copy
import secrets
from typing import Any

import asyncpg
import pytest

from directory import importer
from directory.errors import ImportRefused
from directory.importer import ImportErrors
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import BACKUP_CODES, KEYS, PASSWORD, SETTINGS, World, document


def sample() -> dict[str, Any]:
    """The document of a new tenant."""
    return document(f"t{secrets.token_hex(8)}", SoftAuthenticator())


async def run(pool: asyncpg.Pool, wanted: dict[str, Any]) -> importer.Imported:
    """Parse and apply."""
    return await importer.apply(pool, importer.parse(wanted), keys=KEYS, settings=SETTINGS)


async def test_what_was_imported(world: World) -> None:
    """Facts, ages, manager and counts arrive as the document says; an unknown age stays unknown (R16)."""
    ann = await world.administration.read(world.ann)
    assert (ann.login, ann.mfa, ann.status, ann.manager_id) == ("ann", "required", "active", world.kim)
    assert ann.backup_codes_left == len(BACKUP_CODES)
    since = {one.value: one.bound_since for one in ann.contacts}
    now = await world.now()
    assert since["+15550100"] is None
    bound = since["ann@x.example"]
    assert bound is not None
    assert (now - bound).days == 400
    [totp] = [one for one in ann.factors if one.kind == "totp"]
    assert (now - totp.enrolled_at).days == 200
    assert (await world.administration.read(world.kim)).roles == ["admin"]


async def test_two_logins_of_one_human(app_pool: asyncpg.Pool) -> None:
    """Two keys that name the same human share a person id, directly or through each other."""
    wanted = sample()
    wanted["people"] += [
        {"key": "ann-admin", "login": "ann-admin", "display_name": "Ann", "person": "ann"},
        {"key": "ann-test", "login": "ann-test", "display_name": "Ann", "person": "ann-admin"},
        {"key": "loop-a", "login": "loop-a", "display_name": "L", "person": "loop-b"},
        {"key": "loop-b", "login": "loop-b", "display_name": "L", "person": "loop-a"},
    ]
    people = (await run(app_pool, wanted)).people
    assert people["ann"].person_id == people["ann-admin"].person_id == people["ann-test"].person_id
    assert people["ann"].account_id != people["ann-admin"].account_id
    assert people["ann"].person_id != people["kim"].person_id


async def test_importing_again_changes_nothing(app_pool: asyncpg.Pool, owner: asyncpg.Connection) -> None:
    """The same document again, several times at once, gives the same ids and not one row more."""
    wanted = sample()
    results = await asyncio.gather(*(run(app_pool, wanted) for _ in range(4)))
    ids = [{key: one.account_id for key, one in result.people.items()} for result in results]
    assert all(one == ids[0] for one in ids)
    assert sum(any(one.created for one in result.people.values()) for result in results) == 1
    count = await owner.fetchval("SELECT count(*) FROM directory.factors WHERE account_id = $1", ids[0]["ann"])
    assert count == 6


async def test_new_people_are_added_to_an_old_document(app_pool: asyncpg.Pool) -> None:
    """A person who is new is created beside those who are there."""
    wanted = sample()
    await run(app_pool, wanted)
    wanted["people"].append({"key": "new", "login": "new", "display_name": "New", "manager": "ann"})
    people = (await run(app_pool, wanted)).people
    assert [key for key, one in people.items() if one.created] == ["new"]


async def test_all_or_nothing(app_pool: asyncpg.Pool, owner: asyncpg.Connection) -> None:
    """A login that another key holds already refuses the whole document, the new tenant's people included."""
    wanted = sample()
    await run(app_pool, wanted)
    clash = copy.deepcopy(wanted)
    clash["people"] = [
        {"key": "fresh", "login": "fresh", "display_name": "Fresh"},
        {"key": "thief", "login": "ann", "display_name": "Thief"},
    ]
    with pytest.raises(ImportRefused):
        await run(app_pool, clash)
    found = await owner.fetchval(
        "SELECT count(*) FROM directory.accounts AS a JOIN directory.tenants AS t ON t.id = a.tenant_id "
        "WHERE t.slug = $1 AND a.login = 'fresh'",
        wanted["tenant"]["slug"],
    )
    assert found == 0


def test_every_problem_is_named_and_no_value_quoted() -> None:
    """B09: where and what, for all of them at once, without the secrets that stood there."""
    wanted = sample()
    ann, kim = wanted["people"][0], wanted["people"][1]
    ann["factors"][0]["secret"] = "canary not base32"
    ann["backup_codes"] = ["canary"]
    ann["password_hash"] = "canary"
    ann["canary_field"] = "x"
    kim["mfa"] = "maybe"
    kim["factors"][0]["public_key"] = "AAAA"
    wanted["people"][2]["display_name"] = "nul\0"
    wanted["people"][3]["contacts"] = [{"kind": "fax", "value": "1"}]
    with pytest.raises(ImportErrors) as raised:
        importer.parse(wanted)
    found = {(one.person_index, one.person_key, one.code) for one in raised.value.problems}
    assert {
        (0, "ann", "seed_invalid"),
        (0, "ann", "password_hash_invalid"),
        (0, "ann", "extra_forbidden"),
        (0, "ann", "backup_code_invalid"),
        (1, "kim", "literal_error"),
        (1, "kim", "public_key_invalid"),
        (2, "bare", "text_unusable"),
        (3, "exempt", "literal_error"),
    } <= found
    assert "canary" not in f"{raised.value.problems} {raised.value} {raised.value.__cause__}"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "ann"}, "key_twice"),
        ({"login": "ann"}, "login_twice"),
        ({"manager": "nobody"}, "manager_unknown"),
        ({"manager": "other"}, "manager_unknown"),
        ({"backup_codes": [BACKUP_CODES[0], BACKUP_CODES[0].lower()]}, "backup_code_twice"),
        (
            {"password": PASSWORD, "password_hash": "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + "A" * 43},
            "password_twice",
        ),
    ],
)
def test_contradictions(change: dict[str, Any], code: str) -> None:
    """Keys and logins are unique, managers exist and are others, a password is given in one way."""
    wanted = sample()
    wanted["people"].append({"key": "other", "login": "other", "display_name": "Other", **change})
    with pytest.raises(ImportErrors) as raised:
        importer.parse(wanted)
    assert [one.code for one in raised.value.problems] == [code]


@pytest.mark.parametrize("rubbish", [{}, {"tenant": 1}, {"tenant": {"slug": "A b", "name": "x"}, "people": []},
                                     {"tenant": {"slug": "a\n", "name": "x"}, "people": "x"}])  # fmt: skip
def test_rubbish_is_refused(rubbish: dict[str, Any]) -> None:
    """What is no document at all is refused like one with errors."""
    with pytest.raises(ImportErrors):
        importer.parse(rubbish)
