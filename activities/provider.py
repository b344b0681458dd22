"""What the provider says of a case and its people, asked before the lock is taken and never under it (adr/0017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.account import AccountStatus
from domain.case_file import ProviderFacts
from domain.errors import SubjectGone
from domain.policy.presence import confirmed_browser

if TYPE_CHECKING:
    from domain.account import Account
    from domain.case_file import CaseFile
    from domain.policy.presence import Presence
    from domain.ports import Accounts, Presences


async def provider_facts(file: CaseFile, accounts: Accounts, presences: Presences | None = None) -> ProviderFacts:
    """The subject's account, the confirmed browser, and who may no longer sign in, from fresh reads.

    Without `presences` no browser is asked for. The instant is the one at which the file was read: nothing here is
    older. Raises the provider's retryable errors.
    """
    return ProviderFacts(
        account=await _account(accounts, file.case.subject_id),
        presence=await _waiting_browser(file, presences) if presences else None,
        inactive=await _inactive_people(file, accounts),
        read_at=file.now,
    )


async def _account(accounts: Accounts, account_id: str) -> Account | None:
    try:
        return await accounts.read(account_id)
    except SubjectGone:
        return None


async def _waiting_browser(file: CaseFile, presences: Presences) -> Presence | None:
    identifier = file.case.presence_id or confirmed_browser(file.case, file.acts)
    return await presences.read(identifier) if identifier else None


async def _inactive_people(file: CaseFile, accounts: Accounts) -> frozenset[str]:
    """The person ids of those who acted and may no longer sign in: a disabled approver's verdict does not count."""
    actors = {file.case.acting_admin.account_id: file.case.acting_admin.person_id}
    actors |= {act.actor.account_id: act.actor.person_id for act in file.acts if act.actor is not None}
    gone = set()
    for account_id, person_id in sorted(actors.items()):
        account = await _account(accounts, account_id)
        if account is None or account.status is not AccountStatus.ACTIVE:
            gone.add(person_id)
    return frozenset(gone)
