"""Reading cases and accounts: from the store, so that it works when no worker runs (architecture decision 6)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.account import AccountStatus, ContactKind
from domain.audit import EventType
from domain.errors import CaseNotFound
from domain.events import by_person, refusal
from domain.people import Tier
from domain.policy.access import Access, may_access, may_read_case
from domain.policy.intake import tier_of
from domain.policy.revealing import may_reveal
from service.case_view import (
    CaseSummary,
    CaseView,
    ContactView,
    FactorView,
    case_summary,
    case_view,
    contact_views,
    factor_views,
)
from service.dry_run import file_of
from service.repeating import Answer, Request, once
from service.view import View
from store.cases import list_cases
from store.notices import notices_of_case
from store.operations import operation_states
from store.pulses import pulse_of_case
from store.references import case_by_reference
from store.revealing import contacts_revealed_to
from store.tenants import tenant_of_id

if TYPE_CHECKING:
    from domain.account import Account
    from domain.case_file import CaseFile
    from domain.people import Actor
    from domain.ports import OperationState
    from service.doors import Doors
    from service.sessions import Session
    from store.notices import NoticeStanding
    from store.unit import Unit

LOOK_AGAIN_SECONDS = 0.25
_REFERENCE = re.compile(r"R-?([0-9a-f]{4})-?([0-9a-f]{4})", re.IGNORECASE | re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


class AccountSummary(View):
    """An account that answers to exactly the text asked for."""

    id: str
    login: str
    display_name: str
    status: AccountStatus
    tier: Tier
    backup_codes_left: int
    factors: list[FactorView]
    contacts: list[ContactView]
    open_case_id: UUID | None


async def find_case(doors: Doors, session: Session, text: str) -> UUID:
    """The tenant's case with this id or this reference ("R-1A2B-3C4D"). Raises `CaseNotFound`, whatever is wrong."""
    if _ID.fullmatch(text):
        return UUID(text)
    found = None
    if match := _REFERENCE.fullmatch(text):
        digits = (match[1] + match[2]).lower()
        found = await case_by_reference(doors.ledger, session.tenant_id, digits)
    if found is None:
        raise CaseNotFound
    return found


@dataclass(frozen=True, kw_only=True)
class Read:
    """A case with everything that its view is made of, and who looks at it."""

    file: CaseFile
    reader: Actor
    tenant: str
    operations: list[OperationState]
    notices: list[NoticeStanding]

    @property
    def pulse(self) -> str:
        """As `next_pulse` would have told it; what changed while it was read is news."""
        told = sum(1 for one in self.notices if one.settled_at is not None)
        return _pulse(self.file.case.version, self.file.case.act_seq, told)

    def view(self) -> CaseView:
        """As doors show it."""
        return case_view(self.file, self.reader, tenant=self.tenant, operations=self.operations, notices=self.notices)


async def read_case(doors: Doors, session: Session, case_id: UUID) -> CaseView:
    """The case as it stands. Raises `CaseNotFound`, also for another tenant's (B23); `Refused` for one's own."""
    return (await read_whole_case(doors, session, case_id)).view()


async def read_whole_case(doors: Doors, session: Session, case_id: UUID) -> Read:
    """The case as it stands, with its acts. Raises as `read_case`."""
    return await with_the_rest(doors, session, await file_of(doors, session, case_id))


async def with_the_rest(doors: Doors, session: Session, file: CaseFile) -> Read:
    """What this person's view of a case needs beside its file. Raises `Refused` for one's own."""
    may_read_case(session.actor, file.case.subject_person_id).enforce()
    async with doors.ledger.unit(session.tenant_id) as unit:
        return Read(
            file=file,
            reader=session.actor,
            tenant=await tenant_slug(unit),
            operations=await operation_states(unit, file.case.id),
            notices=await notices_of_case(unit, file.case.id),
        )


def _pulse(version: int, act_seq: int, told: int) -> str:
    return f"{version}-{act_seq}-{told}"


async def wait_for_news(
    doors: Doors,
    session: Session,
    case_id: UUID,
    *,
    after_version: int,
    seconds: float,
    stop: Callable[[], Awaitable[bool]],
) -> None:
    """Return when the case has moved past `after_version`, an act was recorded, or `seconds` have passed.

    Holds no connection between two looks; `stop` ends it early. Raises `CaseNotFound`.
    """
    first = None
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        pulse = await pulse_of_case(doors.ledger, session.tenant_id, case_id)
        first = first or pulse
        left = deadline - asyncio.get_running_loop().time()
        if pulse.version > after_version or pulse.act_seq > first.act_seq or left <= 0 or await stop():
            return
        await asyncio.sleep(min(LOOK_AGAIN_SECONDS, left))


async def next_pulse(
    doors: Doors, session: Session, case_id: UUID, *, after: str, seconds: float, stop: Callable[[], Awaitable[bool]]
) -> str:
    """What changes whenever the case does: the pulse that differs from `after`, or the same after `seconds`.

    Raises `CaseNotFound`.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        now = await pulse_of_case(doors.ledger, session.tenant_id, case_id)
        pulse = _pulse(now.version, now.act_seq, now.told)
        left = deadline - asyncio.get_running_loop().time()
        if pulse != after or left <= 0 or await stop():
            return pulse
        await asyncio.sleep(min(LOOK_AGAIN_SECONDS, left))


async def read_cases(doors: Doors, session: Session, *, is_open: bool | None, limit: int) -> list[CaseSummary]:
    """The tenant's cases, newest first; `is_open` None means all."""
    reader = session.actor.person_id
    cases = await list_cases(doors.ledger, session.tenant_id, is_open=is_open, not_about=reader, limit=limit)
    return [case_summary(one) for one in cases if may_read_case(session.actor, one.subject_person_id).allowed]


async def find_accounts(doors: Doors, session: Session, text: str) -> list[AccountSummary]:
    """Accounts that answer to exactly `text`: none, one, or all that must be told apart (R2, B06); audited.

    Raises `Refused` for other roles, `ProviderUnavailable`.
    """
    await require(doors, session, Access.LOOK_UP_ACCOUNTS)
    found = await doors.accounts.find(session.tenant_id, text)
    async with doors.ledger.unit(session.tenant_id) as unit:
        # What was typed may be a stranger's address, so only the answer is put on record (R44).
        ids = [one.id for one in found]
        unit.audit(by_person(session.actor, EventType.ACCOUNTS_LOOKED_UP, matches=len(ids), accounts=ids[:10]))
        return [await _summary(unit, one) for one in found]


async def reveal_number(
    doors: Doors, session: Session, case_id: UUID, contact_id: str, request: Request, *, file: CaseFile | None = None
) -> str:
    """A callback number in full, once, for an approver who may verify this case (R16); audited.

    The same Idempotency-Key shows it again, for an answer that was lost. `file` is the case as this request has read
    it already for this person; without it, it is read. Raises `Refused`, `CaseNotFound`.
    """

    async def reveal() -> Answer:
        async with doors.ledger.page(session.tenant_id, case_id, reader=session.actor.person_id) as page:
            seen = await contacts_revealed_to(page.unit, case_id, session.actor.account_id)
            decision = may_reveal(session.actor, page.file, contact_id, seen_before=contact_id in seen)
            subject_id = page.case.subject_id
            page.audit(
                by_person(
                    session.actor, EventType.NUMBER_REVEALED, subject_id=subject_id, case_id=case_id, contact=contact_id
                )
                if decision.allowed
                else refusal(
                    session.actor,
                    EventType.DECISION_REFUSED,
                    decision,
                    subject_id=subject_id,
                    case_id=case_id,
                    asked="reveal",
                )
            )
        decision.enforce()
        return {"contact": contact_id}

    await once(doors, request, reveal)
    file = file or await file_of(doors, session, case_id)
    may_reveal(session.actor, file, contact_id, seen_before=False).enforce()
    contact = file.case.snapshot.contact(contact_id)
    return contact.value if contact is not None and contact.kind is not ContactKind.EMAIL else ""


async def require(doors: Doors, session: Session, what: Access) -> None:
    """Raise `Refused`, and audit it, unless the person's present roles allow `what`."""
    decision = may_access(session.actor, what)
    if not decision.allowed:
        await doors.ledger.audit(
            session.tenant_id, refusal(session.actor, EventType.ACCESS_REFUSED, decision, access=what.value)
        )
    decision.enforce()


async def tenant_slug(unit: Unit) -> str:
    """The short name of the unit's tenant."""
    tenant = await tenant_of_id(unit, unit.tenant_id)
    return tenant.slug if tenant else ""


async def _summary(unit: Unit, account: Account) -> AccountSummary:
    members = await unit.members([account.person_id])
    roles = members[account.person_id].roles if account.person_id in members else frozenset()
    return AccountSummary(
        id=account.id,
        login=account.login,
        display_name=account.display_name,
        status=account.status,
        tier=tier_of(account, roles, await unit.policy()),
        backup_codes_left=account.backup_codes_left,
        factors=factor_views(account),
        contacts=contact_views(account),
        open_case_id=await unit.open_case_of(account.id),
    )
