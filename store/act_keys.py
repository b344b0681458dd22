"""Which act was recorded under an Idempotency-Key: asked before a request is judged, and again under the lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.asking import database_of
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger
    from store.unit import Unit


@dataclass(frozen=True, kw_only=True)
class KeyedAct:
    """The case of the act that took the key, and the digest of the request that made it."""

    case_id: UUID
    request_digest: str


async def act_of_key(where: Ledger | Unit, account_id: str, key: str) -> KeyedAct | None:
    """The act that this account recorded under this key, in whatever case, or None."""
    row = await database_of(where).fetchrow(SQL["act_by_key"], account_id, key)
    return KeyedAct(case_id=row["case_id"], request_digest=row["request_digest"]) if row else None
