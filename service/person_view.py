"""One account as an agent sees it before the call goes on: what it holds, what stands out, and its cases so far."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.account import AccountStatus, Enforcement
from domain.audit import EventType
from domain.case import Reason
from domain.errors import SubjectGone
from domain.events import by_person
from domain.ids import case_reference
from domain.messages import Outcome
from domain.people import Tier
from domain.policy.access import Access, may_read_case
from domain.policy.intake import COMPROMISE_SIGNALS, one_match, tier_of
from service.case_view import ContactView, FactorView, contact_views, factor_views
from service.naming import PersonName, names_of
from service.own_accounts import own_account
from service.reading import require
from service.view import View
from store.earlier_cases import ended_cases
from store.sightings import look_alikes, with_sightings

if TYPE_CHECKING:
    from domain.account import Account
    from service.doors import Doors
    from service.sessions import Session
    from store.unit import Unit

PAST_CASES = 3


class SessionView(View):
    """One live session of the account: since when, in which browser, and how it was signed in to."""

    started_at: datetime
    last_seen_at: datetime
    browser: str | None
    methods: list[str]


class PastCase(View):
    """A case about this person that has ended."""

    reference: str
    reason: Reason
    outcome: Outcome
    closed_at: datetime
    agent_id: str


class PersonView(View):
    """An account by its id, with contacts masked. Times are UTC.

    `is_mine` says that the reader is this person: they see nothing of the cases, and open none. `sessions` is None
    where the provider cannot list them; `session_count` and `long_lived_tokens` are known anyway.
    """

    id: str
    login: str
    display_name: str
    status: AccountStatus
    enforcement: Enforcement
    tier: Tier
    factors: list[FactorView]
    backup_codes_left: int
    contacts: list[ContactView]
    sessions: list[SessionView] | None
    session_count: int
    long_lived_tokens: int
    signals: list[str]
    look_alikes: list[PersonName]
    is_mine: bool
    open_case: str | None
    past_cases: list[PastCase]


async def account_of(doors: Doors, session: Session, account_id: str) -> Account:
    """The tenant's account with this id. Raises `Refused`: other roles; no account, and alike another tenant's."""
    await require(doors, session, Access.LOOK_UP_ACCOUNTS)
    try:
        return await own_account(doors, session.tenant_id, account_id)
    except SubjectGone:
        one_match(0).enforce()
        raise


async def read_person(doors: Doors, session: Session, account_id: str) -> PersonView:
    """Everything about an account that helps on the phone; audited. Raises as `account_of`."""
    account = await account_of(doors, session, account_id)
    sessions = await doors.accounts.sessions(account.id)
    async with doors.ledger.unit(session.tenant_id) as unit:
        unit.audit(by_person(session.actor, EventType.ACCOUNTS_LOOKED_UP, matches=1, accounts=[account.id]))
        account = await with_sightings(unit, account)
        alike = await look_alikes(unit, account)
        members = await unit.members([account.person_id])
        policy = await unit.policy()
        mine = not may_read_case(session.actor, account.person_id).allowed
        open_case = None if mine else await unit.open_case_of(account.id)
        past = [] if mine else await _past_cases(unit, account.person_id)
    roles = members[account.person_id].roles if account.person_id in members else frozenset()
    return PersonView(
        id=account.id,
        login=account.login,
        display_name=account.display_name,
        status=account.status,
        enforcement=account.enforcement,
        tier=tier_of(account, roles, policy),
        factors=factor_views(account),
        backup_codes_left=account.backup_codes_left,
        contacts=contact_views(account),
        sessions=None if sessions is None else [SessionView(**one.model_dump()) for one in sessions],
        session_count=account.sessions,
        long_lived_tokens=account.refresh_tokens,
        signals=sorted(COMPROMISE_SIGNALS & set(account.signals)),
        look_alikes=list((await names_of(doors, alike)).values()),
        is_mine=mine,
        open_case=case_reference(open_case) if open_case else None,
        past_cases=past,
    )


async def _past_cases(unit: Unit, person_id: str) -> list[PastCase]:
    return [
        PastCase(
            reference=case_reference(one.id),
            reason=one.intake.reason,
            outcome=one.outcome,
            closed_at=one.closed_at,
            agent_id=one.agent.account_id,
        )
        for one in await ended_cases(unit, person_id, most=PAST_CASES)
        if one.outcome is not None and one.closed_at is not None
    ]
