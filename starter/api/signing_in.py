"""Signing in and out, and who one is."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends

from service import sessions
from service.repeating import Answer, check_key, once, request_of_stranger
from service.sessions import Session
from service.tenants import slug_of
from starter.api.bodies import (
    Me,
    Person,
    SignedInPerson,
    SignInChallenge,
    SignInFinish,
    SignInRequest,
    options,
)
from starter.api.entry import Key, OpenDoor, SignedIn, SignedInDoor, TheDoors, bearer
from starter.api.problems import documented
from starter.wishes.fields import Nothing

strangers = APIRouter(tags=["sign-in"], route_class=OpenDoor, responses=documented(400, 401, 404, 422, 429, 503))
members = APIRouter(
    tags=["sign-in"], route_class=SignedInDoor, dependencies=[Depends(bearer)], responses=documented(401, 503)
)


@strangers.post("/sign-in")
async def start_sign_in(body: SignInRequest, doors: TheDoors, key: Key) -> SignInChallenge:
    """Check the password and say which factor is wanted; the same answer for every unknown login (R02)."""
    tenant = await sessions.tenant_called(doors, body.tenant)
    content: Answer = {"what": "sign-in", **body.model_dump()}
    await check_key(doors, request_of_stranger(doors, tenant.id, body.login, key, content))
    challenge = await sessions.start_sign_in(doors, body.tenant, body.login, body.password)
    return SignInChallenge(
        transaction=challenge.transaction,
        kinds=list(challenge.kinds),
        webauthn_options=options(challenge.webauthn_options),
    )


@strangers.post("/sign-in/finish", responses=documented(403))
async def finish_sign_in(body: SignInFinish, doors: TheDoors, key: Key) -> SignedInPerson:
    """Check the factor and open a session; the same key gives the same token again."""
    tenant = await sessions.tenant_called(doors, body.tenant)
    content: Answer = {"what": "sign-in/finish", **body.model_dump()}

    async def finish() -> Answer:
        signed_in = await sessions.finish_sign_in(doors, body.tenant, body.transaction, body.response.model_dump())
        return {"session": str(signed_in.session.id)}

    answer = await once(doors, request_of_stranger(doors, tenant.id, body.transaction, key, content), finish)
    signed_in = await sessions.opened(doors, UUID(str(answer["session"])))
    return SignedInPerson(token=signed_in.token, **vars(_person(signed_in.session)))


@members.post("/sign-out", status_code=204)
async def sign_out(doors: TheDoors, session: SignedIn, key: Key, body: Nothing | None = None) -> None:  # noqa: ARG001 - part of the contract
    """End the session; its token is dead at once."""
    await sessions.sign_out(doors, session)


@members.get("/me")
async def me(doors: TheDoors, session: SignedIn) -> Me:
    """Who this token belongs to, with the roles of this moment."""
    return Me(tenant=await slug_of(doors, session.tenant_id), **vars(_person(session)))


def _person(session: Session) -> Person:
    return Person(
        account_id=session.actor.account_id,
        person_id=session.actor.person_id,
        roles=sorted(session.actor.roles),
        aal=session.aal,
        expires_at=session.expires_at,
    )
