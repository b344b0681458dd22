"""Signing in through the API: what strangers can learn, what a repeated request gives, and when a token is dead."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.api.world import Caller, respond

if TYPE_CHECKING:
    from tests.api.world import ApiWorld


async def test_me(world: ApiWorld) -> None:
    """A session says whose it is, with which roles, at which assurance level and until when."""
    ada = await world.signed_in("ada")
    me = (await ada.get("/me")).json()
    assert me == {name: ada.me[name] for name in me if name != "tenant"} | {"tenant": world.slug}
    assert me["roles"] == ["agent"]
    assert me["aal"] >= 2


async def test_strangers_learn_nothing(world: ApiWorld) -> None:
    """R02: an unknown login, a wrong password and an account without a role here look alike."""
    ada = world.people["ada"]
    tries = [("nobody.here", ada.password), (ada.login, "wrong"), ("kim.reyes", "wrong"), ("", ""), ("%", "%")]
    answers = [
        await world.stranger().post("/sign-in", {"tenant": world.slug, "login": login, "password": password})
        for login, password in tries
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["code"] == "sign_in_refused"
    assert len(await world.events("recovery.staff_sign_in_refused")) == len(tries)


async def test_unknown_tenant(world: ApiWorld) -> None:
    """A tenant that is not there is said so; it is in everybody's settings and no secret."""
    answer = await world.stranger().post("/sign-in", {"tenant": "nowhere", "login": "a", "password": "b"})
    assert (answer.status_code, answer.json()["code"]) == (404, "tenant_unknown")


async def test_subjects_have_no_door_here(world: ApiWorld) -> None:
    """A person without a role signs in nowhere here, though both factors are right."""
    challenge = await world.start_sign_in("kim")
    response = respond(world.people["kim"], challenge)
    body = {"tenant": world.slug, "transaction": challenge["transaction"], "response": response}
    answer = await world.stranger().post("/sign-in/finish", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")


async def test_repeated_finish_gives_the_same_token(world: ApiWorld) -> None:
    """An answer that was lost is given again for the same key and content, though the code is used up."""
    challenge = await world.start_sign_in("ada")
    response = respond(world.people["ada"], challenge)
    body = {"tenant": world.slug, "transaction": challenge["transaction"], "response": response}
    key = str(uuid4())
    answers = await asyncio.gather(*(world.stranger().post("/sign-in/finish", body, key=key) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["token"] for answer in answers}) == 1
    other = {**body, "response": {"kind": "totp", "code": "000000"}}
    answer = await world.stranger().post("/sign-in/finish", other, key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await world.events("recovery.staff_signed_in")) == 1


async def test_used_code_is_told_apart(world: ApiWorld) -> None:
    """B14: a code serves once; the second sign-in with it is told to wait for the next one."""
    first, second = await world.start_sign_in("ada"), await world.start_sign_in("ada")
    body = {"tenant": world.slug, "response": respond(world.people["ada"], first)}
    await world.stranger().post("/sign-in/finish", {**body, "transaction": first["transaction"]})
    answer = await world.stranger().post("/sign-in/finish", {**body, "transaction": second["transaction"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_code_reused")


async def test_no_secret_is_kept(world: ApiWorld) -> None:
    """B09 R44: neither password nor code nor token is in the store in clear, nor their plain digests."""
    ada = await world.signed_in("ada")
    token = ada.http.headers["authorization"].removeprefix("Bearer ")
    dump = ""
    for table in ("recovery.idempotency", "recovery.sessions", "recovery.audit_events"):
        dump += str(await world.owner.fetch(f"SELECT t::text FROM {table} AS t"))
    assert token not in dump
    assert world.people["ada"].password not in dump


async def test_signed_out_tokens_are_dead(world: ApiWorld) -> None:
    """After the sign-out the token opens nothing, at once."""
    ada = await world.signed_in("ada")
    assert (await ada.post("/sign-out")).status_code == 204
    assert (await ada.get("/me")).status_code == 401
    assert (await ada.post("/sign-out")).status_code == 401


async def test_sessions_end(world: ApiWorld) -> None:
    """A session ends after half an hour without a request, and after twelve hours whatever happens."""
    idle, busy = await world.signed_in("ada"), await world.signed_in("cleo")
    for _ in range(23):
        await world.forward(timedelta(minutes=29))
        assert (await busy.get("/me")).status_code == 200
    assert (await idle.get("/me")).status_code == 401
    await world.forward(timedelta(minutes=29))
    await busy.get("/me")
    await world.forward(timedelta(minutes=29))
    assert (await busy.get("/me")).status_code == 401


async def test_guessed_tokens(world: ApiWorld) -> None:
    """A token is bound to its last character."""
    ada = await world.signed_in("ada")
    token = ada.http.headers["authorization"].removeprefix("Bearer ")
    for guess in (token[:-2], token + "A", token.swapcase(), "rec_" + "A" * 60):
        assert (await Caller(world.client(guess)).get("/me")).status_code == 401
