"""Whether two verdicts prove something apart from one another (R14, R19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import Method, VerdictBody
from domain.policy.evidence import channel, voucher

if TYPE_CHECKING:
    from domain.acts import Act
    from domain.case import Case
    from domain.people import Actor


def independent(case: Case, one: Act, other: Act) -> bool:
    """Two methods on different channels, and the person who vouches in the one has not given the other (R19)."""
    if method_of(one) is method_of(other) or channel(one) == channel(other):
        return False
    if voucher(one.body) is not None and voucher(one.body) == voucher(other.body):
        return False
    return not (vouches(case, one, other.actor) or vouches(case, other, one.actor))


def vouches(case: Case, act: Act, person: Actor | None) -> bool:
    """Whether this person, by any of their logins, is the one who vouches in this verdict's ticket."""
    author = voucher(act.body)
    if author is None or person is None:
        return False
    if author == case.snapshot.manager_id and case.snapshot.manager_person_id == person.person_id:
        return True
    known = act.body.evidence.author_person_id if isinstance(act.body, VerdictBody) else None
    return author == person.account_id or known == person.person_id


def method_of(act: Act) -> Method | None:
    """The method of a verdict, None for any other act."""
    return act.body.method if isinstance(act.body, VerdictBody) else None


def person_of(act: Act) -> str:
    """The person id of the act's author, empty for an act of the product's own."""
    return act.actor.person_id if act.actor else ""
