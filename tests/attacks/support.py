"""What several attacks need: a second login, a forged row, an activity called past its workflow."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from domain.messages import Step, StepInput
from postgres.pool import connect
from service import sessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

    from service.sessions import Session
    from tests.support.world import World


async def one_person(w: World, login: str, of: str) -> None:
    """From now on `login` is a second login of the person behind `of`."""
    await w.owner(
        "UPDATE directory.accounts SET person_id = (SELECT person_id FROM directory.accounts WHERE id = $2) "
        "WHERE id = $1",
        UUID(w.accounts[login]), UUID(w.accounts[of]),
    )  # fmt: skip
    async with w.parts.ledger.unit(w.tenant_id) as unit:
        known = await unit.member_of_account(w.accounts[login])
    if known is not None:
        await w.give_roles(login, *known.roles, since=known.since, founding=known.founding)


async def call(w: World, name: str, case_id: UUID, *, version: int | None = None) -> Step:
    """Run one activity as an insider who can answer a workflow's tasks could make the workflow run it."""
    case, _ = await w.case(case_id)
    message = StepInput(case_id=case_id, tenant_id=w.tenant_id, version=case.version if version is None else version)
    for one in w.parts.activities:
        if vars(one.__func__)["__temporal_activity_definition"].name == name:  # type: ignore[attr-defined]
            answer: Step = await one(message)  # type: ignore[misc]
            return answer
    raise LookupError(name)


@asynccontextmanager
async def as_application(w: World) -> AsyncIterator[asyncpg.Connection]:
    """The database as an insider with the application's login, but without the keyring, has it."""
    connection = await connect(w.addresses.store, application="insider")
    try:
        yield connection
    finally:
        await connection.close()


async def forged_session(w: World, connection: asyncpg.Connection, who: str) -> Session:
    """Insert a session for this actor and use its token. Raises `NotSignedIn` where the door is not taken in."""
    token = "rec_" + secrets.token_urlsafe(32)
    person = await connection.fetchval("SELECT person_id FROM recovery.members WHERE account_id = $1", w.accounts[who])
    await connection.execute(
        "INSERT INTO recovery.sessions "
        "(id, token_hash, tenant_id, account_id, person_id, aal, created_at, seen_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, 3, now(), now(), now() + interval '1 hour')",
        uuid4(), hashlib.sha256(token.encode()).digest(), w.tenant_id, w.accounts[who], person,
    )  # fmt: skip
    return await sessions.authenticate(w.doors, token)


def codes(events: list[dict[str, Any]]) -> list[str]:
    """The codes of audit events."""
    return [str(one["data"].get("code")) for one in events]
