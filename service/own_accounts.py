"""Reading an account by an id that a client sent: only the tenant's own are there, others are as if they were not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import SubjectGone

if TYPE_CHECKING:
    from uuid import UUID

    from domain.account import Account
    from service.doors import Doors


async def own_account(doors: Doors, tenant_id: UUID, account_id: str) -> Account:
    """The tenant's account with this id. Raises `SubjectGone`: no account, and alike another tenant's (B23).

    An id alone says nothing of its tenant; the account that answers to the login within this one does.
    """
    account = await doors.accounts.read(account_id)
    if account.id not in {one.id for one in await doors.accounts.find(tenant_id, account.login)}:
        raise SubjectGone
    return account
