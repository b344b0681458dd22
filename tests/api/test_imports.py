"""Importing people through the API: for the own tenant, all or nothing, never for one's own benefit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from tests.api.world import ApiWorld, Json


def newcomer(**more: Any) -> Json:
    """A person whom nobody knows yet."""
    return {"key": "zoe", "login": "zoe.park", "display_name": "Zoe Park", "roles": ["agent"], **more}


def document(world: ApiWorld, *people: Json) -> Json:
    """An import document for the world's tenant."""
    return {"tenant": {"slug": world.slug, "name": "Acme"}, "people": list(people)}


async def members(world: ApiWorld) -> list[tuple[str, list[str]]]:
    """Everybody's roles, as the store has them."""
    rows = await world.owner.fetch(
        "SELECT account_id, roles FROM recovery.members WHERE tenant_id = $1 ORDER BY account_id", world.tenant_id
    )
    return [(row["account_id"], row["roles"]) for row in rows]


async def test_import(world: ApiWorld) -> None:
    """New people get accounts and roles; the same document again changes nothing; each change of roles is on record."""
    ari = await world.signed_in("ari")
    before = await members(world)
    people = [newcomer(), newcomer(key="yan", login="yan.li", roles=[])]
    key = str(uuid4())
    for _ in range(2):
        answer = await ari.post("/directory/imports", document(world, *people), key=key)
        assert (answer.status_code, answer.json()) == (200, {"people": 2, "created": 2, "members": 1})
    answer = await ari.post("/directory/imports", document(world, *people))
    assert answer.json() == {"people": 2, "created": 0, "members": 1}
    assert len(await members(world)) == len(before) + 1
    changes = [one for one in await world.events("recovery.roles_changed") if one["actor_id"] == ari.me["account_id"]]
    assert [json.loads(one["text"])["data"] for one in changes] == [{"after": ["agent"], "before": []}]
    imports = await world.events("directory.people_imported")
    assert [one["actor_kind"] for one in imports] == ["system", "person", "person"]


async def test_roles_that_are_not_stated_stay(world: ApiWorld) -> None:
    """A document without roles leaves them as they are; one with none takes them away."""
    ari, ada = await world.signed_in("ari"), await world.signed_in("ada")
    known = {"key": "ada", "login": world.people["ada"].login, "display_name": "Ada"}
    await ari.post("/directory/imports", document(world, known))
    assert (await ada.get("/me")).json()["roles"] == ["agent"]
    await ari.post("/directory/imports", document(world, known | {"roles": []}))
    assert (await ada.get("/me")).status_code == 401


@pytest.mark.parametrize("who", ["ada", "cleo", "sol", "ivy"])
async def test_only_administrators_import(who: str, world: ApiWorld) -> None:
    """Everybody else is refused, and that is on record."""
    before = await members(world)
    answer = await (await world.signed_in(who)).post("/directory/imports", document(world, newcomer()))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert await members(world) == before
    assert len(await world.events("recovery.access_refused")) == 1


async def test_own_roles(world: ApiWorld) -> None:
    """R6: an administrator gives themselves no role, under no login of theirs."""
    ari = await world.signed_in("ari")
    before = await members(world)
    mine = {"key": "ari", "login": world.people["ari"].login, "display_name": "Ari", "roles": ["admin", "agent"]}
    second = newcomer(person="ari", roles=["approver"])
    for person in (mine, second):
        answer = await ari.post("/directory/imports", document(world, newcomer(key="xia", login="xia"), person))
        assert (answer.status_code, answer.json()["code"]) == (403, "own_roles")
    assert await members(world) == before


async def test_unknown_role(world: ApiWorld) -> None:
    """A role that does not exist is refused by the person's key, and nobody of the document is imported."""
    ari = await world.signed_in("ari")
    people = [
        newcomer(),
        newcomer(key="yan", login="yan.li", roles=["agent", "root-canary"]),
        newcomer(key="q", login="q", roles=[7]),
    ]
    answer = await ari.post("/directory/imports", document(world, *people))
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    assert answer.json()["errors"] == [
        {"person": 1, "key": "yan", "field": "roles", "code": "role_unknown"},
        {"person": 2, "key": "q", "field": "roles", "code": "role_unknown"},
    ]
    assert "canary" not in answer.text
    found = await ari.get("/directory/accounts", exact="zoe.park")
    assert found.json() == {"accounts": []}


async def test_another_tenant(world: ApiWorld) -> None:
    """B23: a document for another tenant, there or not, is refused, and no tenant is made."""
    ari = await world.signed_in("ari")
    other = f"z{uuid4().hex[:12]}"
    foreign = {**document(world, newcomer()), "tenant": {"slug": other, "name": "Z"}}
    answer = await ari.post("/directory/imports", foreign)
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    assert answer.json()["errors"][0]["code"] == "tenant_is_another"
    assert await world.owner.fetchval("SELECT count(*) FROM directory.tenants WHERE slug = $1", other) == 0


async def test_taken_login(world: ApiWorld) -> None:
    """A login that another key holds is refused, without a word about whose it is."""
    ari = await world.signed_in("ari")
    answer = await ari.post("/directory/imports", document(world, newcomer(login=world.people["kim"].login)))
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    assert "kim" not in answer.text


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"[]", 422),
        (b'{"tenant": NaN}', 400),
        (b"[" * 100_000, 400),
        (b'{"tenant": 1, "people": "canary"}', 422),
        (b'{"tenant": {"slug": "a", "name": "b"}, "people": [{"key": "\\u0000canary"}]}', 422),
        (b'{"tenant": {"slug": "a", "name": "b"}, "people": [{"key": "\\ud800", "canary": 1}]}', 422),
        (b"", 400),
    ],
)
async def test_documents_that_are_none(raw: bytes, status: int, world: ApiWorld) -> None:
    """B09 B26: whatever is sent is refused cleanly, and errors say where and what kind, never the value."""
    ari = await world.signed_in("ari")
    answer = await ari.http.post("/directory/imports", content=raw, headers={"Idempotency-Key": "k"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary" not in answer.text


async def test_large_documents(world: ApiWorld) -> None:
    """An import may be longer than other bodies, up to 20 MB, and only for an administrator."""
    ari, ada = await world.signed_in("ari"), await world.signed_in("ada")
    people = [newcomer(key=f"k{n}", login=f"login.{n}", roles=[]) for n in range(1000)]
    answer = await ari.post("/directory/imports", document(world, *people))
    assert answer.json() == {"people": 1000, "created": 1000, "members": 0}
    for caller, status in ((ari, 413), (ada, 413)):
        answer = await caller.http.post(
            "/directory/imports", content=b"x" * (20 * 1024 * 1024 + 1), headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == status
