"""Names for account ids, so that pages speak of people; read from the provider, never kept in a history."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from domain.errors import ProviderUnavailable, SubjectGone
from service.own_accounts import own_account
from service.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from service.doors import Doors

AT_ONCE = 8


class PersonName(View):
    """What a person is called; for an account that is gone, or a provider that is away, its id."""

    id: str
    login: str
    display_name: str


async def names_of(doors: Doors, ids: Iterable[str], *, within: UUID | None = None) -> dict[str, PersonName]:
    """The names of these accounts. Ids that a client sent are named `within` the tenant alone (B23)."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def name(account_id: str) -> PersonName:
        async with turn:
            try:
                known = own_account(doors, within, account_id) if within else doors.accounts.read(account_id)
                account = await known
            except (SubjectGone, ProviderUnavailable):
                return PersonName(id=account_id, login=account_id, display_name=account_id)
        return PersonName(id=account_id, login=account.login, display_name=account.display_name)

    found = await asyncio.gather(*(name(one) for one in sorted(set(ids)) if one))
    return {one.id: one for one in found}
