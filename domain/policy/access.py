"""Who may look at what, beside the cases themselves: the same answer at every door."""

from __future__ import annotations

from enum import StrEnum

from domain.people import Actor, Role
from domain.policy.decision import ALLOWED, Decision, refuse
from domain.refusal_codes import Code
from domain.texts import Text, any_of


class Access(StrEnum):
    """What needs a role of its own."""

    LOOK_UP_ACCOUNTS = "look_up_accounts"
    IMPORT_PEOPLE = "import_people"
    READ_AUDIT = "read_audit"
    READ_REVIEWS = "read_reviews"
    READ_SECURITY = "read_security"
    READ_MEMBERS = "read_members"
    CHANGE_ROLES = "change_roles"
    READ_OPERATIONS = "read_operations"
    READ_HISTORY = "read_history"


_ROLES = {
    Access.LOOK_UP_ACCOUNTS: frozenset({Role.AGENT, Role.APPROVER, Role.SECURITY, Role.ADMIN}),
    Access.IMPORT_PEOPLE: frozenset({Role.ADMIN}),
    Access.READ_AUDIT: frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMIN}),
    Access.READ_REVIEWS: frozenset({Role.AUDITOR, Role.SECURITY}),
    Access.READ_SECURITY: frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMIN}),
    Access.READ_MEMBERS: frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMIN}),
    Access.CHANGE_ROLES: frozenset({Role.ADMIN}),
    Access.READ_OPERATIONS: frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMIN}),
    Access.READ_HISTORY: frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMIN}),
}


def may_read_case(actor: Actor, subject_person_id: str) -> Decision:
    """Nobody reads along in a case about themselves: the thief of their device would too (R6, R23)."""
    if actor.person_id == subject_person_id:
        return refuse(
            "R6", Code.OWN_CASE, "Nobody follows a case about themselves here. Ask the person who carries it."
        )
    return ALLOWED


def may_access(actor: Actor, what: Access) -> Decision:
    """Whether the person's present roles allow it."""
    if actor.roles & _ROLES[what]:
        return ALLOWED
    wanted = any_of(sorted(role.value for role in _ROLES[what]))
    return refuse("R6", Code.ROLE_MISSING, Text("This needs the role {wanted}.", wanted=wanted), access=what.value)
