"""One locked case within a transaction: what is known of it, and the changes that may be made to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import CaseNotFound
from store.case_files import case_file
from store.locked.claims import Claims
from store.locked.moves import Moves
from store.locked.sending import Sending
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.unit import Unit


async def lock_case(unit: Unit, case_id: UUID, *, reader: str | None = None) -> Page:
    """Lock the case's row until the unit ends; the standing of `reader`, a person id, is read with it.

    Raises `CaseNotFound`, also for another tenant's case (B23). Two statements: what a lock that waited selects
    beside itself is older than the wait, so the file is read afterwards (READ COMMITTED, adr/0017).
    """
    if await unit._connection.fetchval(SQL["case_lock"], case_id, unit.tenant_id) is None:
        raise CaseNotFound
    readers = [reader] if reader else []
    stored = await case_file(unit._connection, unit.act_signer, unit.tenant_id, case_id, readers=readers)
    return Page(unit, stored.file, step=stored.step)


class Page(Moves, Claims, Sending):
    """One locked case with all that may be done with it; each part of it has a file of its own in `store.locked`."""
