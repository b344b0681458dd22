"""The people, contact points and policies of the small worlds; what each person's standing is at the moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache

from domain.account import Account, AccountStatus, Contact, ContactKind, Enforcement, Factor, FactorKind
from domain.people import Actor, Member, Role
from domain.policy.document import Policy, VerificationPolicy

OPENED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = OPENED - timedelta(days=400)


@lru_cache(maxsize=4096)
def instant(seconds: float) -> datetime:
    """The instant so many seconds after the case opened."""
    return OPENED + timedelta(seconds=seconds)


class Standing(StrEnum):
    """How a person stands now, beside their roles."""

    FULL = "full"
    ROLE_LOST = "role_lost"
    DISABLED = "disabled"
    YOUNG = "young"
    RECOVERED = "recovered_lately"
    GRANTED_BY_AGENT = "granted_by_agent"


def _login(name: str, *roles: Role, person: str | None = None) -> Actor:
    return Actor(account_id=name, person_id=person or f"person-{name}", roles=frozenset(roles))


ADA = _login("ada", Role.AGENT)
ADA_AGAIN = _login("ada-again", Role.APPROVER, Role.SECURITY, person="person-ada")
BO = _login("bo", Role.AGENT)
BO_AGAIN = _login("bo-again", Role.APPROVER, person="person-bo")
CLEO = _login("cleo", Role.APPROVER)
DEV = _login("dev", Role.APPROVER)
KIM = _login("kim")
KIM_WITH_ROLES = _login("kim", Role.AGENT, Role.APPROVER, Role.SECURITY)
KIM_AGAIN = _login("kim-again", Role.AGENT, Role.APPROVER, Role.SECURITY, person="person-kim")
SOL = _login("sol", Role.SECURITY, Role.AGENT)
SAM = _login("sam", Role.SECURITY, Role.APPROVER)
MARA = _login("mara")
"""The subject's manager."""

ROLES_OF_PERSON = {
    "person-ada": ADA.roles | ADA_AGAIN.roles,
    "person-bo": BO.roles | BO_AGAIN.roles,
    "person-cleo": CLEO.roles,
    "person-dev": DEV.roles,
    "person-sol": SOL.roles,
    "person-sam": SAM.roles,
}

DESK = Contact(id="c-desk", kind=ContactKind.DESK_PHONE, value="+49 30 1", bound_since=LONG_AGO)
MOBILE = Contact(id="c-mobile", kind=ContactKind.MOBILE, value="+49 170 1", bound_since=LONG_AGO)
MAIL = Contact(id="c-mail", kind=ContactKind.EMAIL, value="kim@acme.example", bound_since=LONG_AGO)
NEW_MAIL = Contact(id="c-new", kind=ContactKind.EMAIL, value="new@acme.example", bound_since=OPENED - timedelta(days=1))
TOTP = Factor(id="f-totp", kind=FactorKind.TOTP, label="Phone", enrolled_at=LONG_AGO)
KEY = Factor(id="f-key", kind=FactorKind.WEBAUTHN, label="Key", enrolled_at=LONG_AGO)

DEFAULTS = Policy(verification=VerificationPolicy(draw_approver=False))
RAISED = DEFAULTS.model_copy(update={"raised_threat": True, "version": 2})
THREE_PEOPLE = DEFAULTS.model_copy(
    update={"verification": VerificationPolicy(draw_approver=False, three_people=True), "version": 3}
)
LOWERED = DEFAULTS.model_copy(
    update={"verification": VerificationPolicy(draw_approver=False, standard_methods=1), "version": 4}
)
MORE_METHODS = DEFAULTS.model_copy(
    update={"verification": VerificationPolicy(draw_approver=False, standard_methods=3), "version": 5}
)


def subject(**changes: object) -> Account:
    """Kim, who has lost a phone."""
    facts: dict[str, object] = {
        "id": "kim",
        "person_id": "person-kim",
        "login": "kim",
        "display_name": "Kim",
        "status": AccountStatus.ACTIVE,
        "enforcement": Enforcement.REQUIRED,
        "roles": (),
        "manager_id": "mara",
        "manager_person_id": "person-mara",
        "manager_since": LONG_AGO,
        "factors": (TOTP,),
        "backup_codes_left": 0,
        "contacts": (DESK, MOBILE, MAIL, NEW_MAIL),
        "sessions": 1,
        "refresh_tokens": 1,
    }
    return Account.model_validate(facts | changes)


@cache
def staff_account(account_id: str, person_id: str, standing: Standing) -> Account:
    """A member of staff as the provider has them."""
    status = AccountStatus.DISABLED if standing is Standing.DISABLED else AccountStatus.ACTIVE
    return subject(id=account_id, person_id=person_id, login=account_id, status=status, contacts=(), factors=(KEY,))


@cache
def member(person_id: str, roles: frozenset[Role], standing: Standing) -> Member:
    """A person's standing here; whether the provider lets them in is asked for elsewhere."""
    return Member(
        account_id=person_id.removeprefix("person-"),
        person_id=person_id,
        roles=frozenset() if standing is Standing.ROLE_LOST else roles,
        since=OPENED - timedelta(days=1) if standing is Standing.YOUNG else LONG_AGO,
        granted_by=frozenset({"person-ada"}) if standing is Standing.GRANTED_BY_AGENT else frozenset(),
        recovered_at=OPENED - timedelta(days=2) if standing is Standing.RECOVERED else None,
    )
