"""The people who work on cases, and what they may do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.account import Fact


class Role(StrEnum):
    """What a member of the tenant may do here; a person may hold several."""

    AGENT = "agent"
    APPROVER = "approver"
    SECURITY = "security"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Tier(StrEnum):
    """How dangerous a reset of this subject is (R6)."""

    STANDARD = "standard"
    PRIVILEGED = "privileged"


class Actor(Fact):
    """Who does something: taken from the authenticated login, never from a request (B04)."""

    account_id: str
    person_id: str
    roles: frozenset[Role]

    def has(self, role: Role) -> bool:
        """Whether the person holds this role now."""
        return role in self.roles


class Member(Fact):
    """A person's standing at this moment: roles here, and whether the account is active at the provider.

    `since` is when the roles were given, `granted_by` the people who gave them (none for a founding member),
    `recovered_at` the person's own last recovery; None of these counts as young by itself (R21).
    """

    account_id: str
    person_id: str
    roles: frozenset[Role]
    active: bool = True
    since: datetime | None = None
    founding: bool = False
    granted_by: frozenset[str] = frozenset()
    recovered_at: datetime | None = None


_RANK = {Role.AGENT: 1, Role.APPROVER: 1, Role.AUDITOR: 1, Role.SECURITY: 2, Role.ADMIN: 3}
_DIRECTORY_RANK = 2


def rank(roles: frozenset[Role]) -> int:
    """How high a person with these roles stands here; 0 without any."""
    return max((_RANK[role] for role in roles), default=0)


def subject_rank(
    product_roles: frozenset[Role], directory_roles: tuple[str, ...] | None, admin_roles: frozenset[str]
) -> int:
    """How high the subject stands; an administrator of directory, mail, HR, tickets or telephony counts as security."""
    elsewhere = directory_roles is None or bool(admin_roles & set(directory_roles))
    return max(rank(product_roles), _DIRECTORY_RANK if elsewhere else 0)
