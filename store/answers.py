"""Answers kept under an Idempotency-Key, for requests that make no act: taken by the first, read by its repetitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class RequestKey:
    """Under what an answer is kept: the key, and who sent it."""

    tenant_id: UUID
    actor: str
    key: str


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """The digest of the request that took the key, and its answer; None while there is none."""

    request_digest: str
    answer: dict[str, object] | None


async def take_key(ledger: Ledger, place: RequestKey, request_digest: str) -> bool:
    """Take the key for this request; False where another request, or this one before, has taken it."""
    taken = await ledger._pool.fetchval(SQL["idempotency_take"], *_place(place), request_digest)
    return taken is not None


async def kept_answer(ledger: Ledger, place: RequestKey) -> KeptAnswer | None:
    """What is kept under the key, or None where no caller took it within the week (`Ledger.purge`)."""
    row = await ledger._pool.fetchrow(SQL["idempotency_read"], *_place(place))
    return KeptAnswer(request_digest=row["request_digest"], answer=row["answer"]) if row else None


async def keep_answer(ledger: Ledger, place: RequestKey, answer: dict[str, object]) -> None:
    """Keep the answer for the repetitions of the request that took the key."""
    await ledger._pool.execute(SQL["idempotency_answer"], *_place(place), answer)


def _place(place: RequestKey) -> tuple[UUID, str, str]:
    return place.tenant_id, place.actor, place.key
