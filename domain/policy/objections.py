"""Objections: a stop link pauses a case before the claim, and suspends what followed after it (R24)."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from domain.acts import (
    ActKind,
    Method,
    ObjectionBody,
    Ruling,
    RulingBody,
    VerdictBody,
)
from domain.policy.evidence import contact_of
from domain.policy.independence import independent
from domain.policy.verification import counting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.people import Member


def upheld(acts: Sequence[Act]) -> bool:
    """Whether a security officer ruled that an objection is right: the case ends as disputed."""
    return any(isinstance(act.body, RulingBody) and act.body.ruling is Ruling.UPHOLD for act in acts)


def open_objections(case: Case, acts: Sequence[Act], members: Mapping[str, Member] | None = None) -> list[Act]:
    """The objections that nothing has answered yet, oldest first.

    A ruling to resume answers all before it. Before the claim two later verdicts answer them too, where both
    avoid every objecting channel; after it only an officer does.
    """
    ruled = max((act.seq for act in acts if _resumes(act)), default=0)
    found = [act for act in acts if isinstance(act.body, ObjectionBody) and act.seq > ruled]
    if not found or (case.claimed_at is None and _verified_anew(case, acts, found, members)):
        return []
    return found


def disputed(case: Case, acts: Sequence[Act], members: Mapping[str, Member]) -> bool:
    """Whether something is suspended, or objected to, that an officer has to rule on."""
    return suspended(acts) or bool(open_objections(case, acts, members))


def suspension_due(case: Case, acts: Sequence[Act]) -> bool:
    """Whether an objection came after the claim and nothing is suspended yet."""
    return case.claimed_at is not None and bool(open_objections(case, acts)) and not suspended(acts)


def suspended(acts: Sequence[Act]) -> bool:
    """Whether what enrolled since the claim is suspended now."""
    return _last(acts, ActKind.SUSPENDED) > _last(acts, ActKind.LIFTED)


def lift_due(case: Case, acts: Sequence[Act]) -> bool:
    """Whether an officer has answered the objections and the suspension still stands."""
    return suspended(acts) and not upheld(acts) and not open_objections(case, acts)


def _last(acts: Sequence[Act], kind: ActKind) -> int:
    return max((act.seq for act in acts if act.kind is kind), default=0)


def _resumes(act: Act) -> bool:
    return isinstance(act.body, RulingBody) and act.body.ruling is Ruling.RESUME


def _verified_anew(
    case: Case, acts: Sequence[Act], objections: Sequence[Act], members: Mapping[str, Member] | None
) -> bool:
    """Two methods that avoid the objecting channels, both given after the last objection (R24)."""
    last = objections[-1].seq
    channels = {act.body.contact_id for act in objections if isinstance(act.body, ObjectionBody)}
    good = [act for act in counting(case, acts, members) if act.seq > last and not _touches(act, channels)]
    return any(independent(case, *pair) for pair in combinations(good, 2))


def _touches(act: Act, channels: set[str]) -> bool:
    """Whether a verdict relied on a channel that has objected; the manager's objection touches the manager's ticket."""
    manager = "manager" in channels and isinstance(act.body, VerdictBody)
    return contact_of(act) in channels or (
        manager and isinstance(act.body, VerdictBody) and act.body.method is Method.CORROBORATING_TICKET
    )
