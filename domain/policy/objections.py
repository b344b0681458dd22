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
    from collections.abc import Sequence

    from domain.acts import Act
    from domain.case_file import CaseFile


def upheld(acts: Sequence[Act]) -> bool:
    """Whether a security officer ruled that an objection is right: the case ends as disputed."""
    return any(isinstance(act.body, RulingBody) and act.body.ruling is Ruling.UPHOLD for act in acts)


def open_objections(file: CaseFile) -> list[Act]:
    """The objections that nothing has answered yet, oldest first.

    A ruling to resume answers all before it. Before the claim two later verdicts answer them too, where both
    avoid every objecting channel; after it only an officer does.

    R24: An objection pauses a case before the claim and suspends what followed after it, until an officer rules or,
    before it, two later verdicts avoid the objecting channel.
    """
    ruled = max((act.seq for act in file.acts if _resumes(act)), default=0)
    found = [act for act in file.acts if isinstance(act.body, ObjectionBody) and act.seq > ruled]
    if not found or (file.case.claimed_at is None and _verified_anew(file, found)):
        return []
    return found


def disputed(file: CaseFile) -> bool:
    """Whether something is suspended, or objected to, that an officer has to rule on."""
    return suspended(file.acts) or bool(open_objections(file))


def suspension_due(file: CaseFile) -> bool:
    """Whether an objection came after the claim and nothing is suspended yet."""
    return file.case.claimed_at is not None and bool(open_objections(file)) and not suspended(file.acts)


def suspended(acts: Sequence[Act]) -> bool:
    """Whether what enrolled since the claim is suspended now."""
    return _last(acts, ActKind.SUSPENDED) > _last(acts, ActKind.LIFTED)


def lift_due(file: CaseFile) -> bool:
    """Whether an officer has answered the objections and the suspension still stands."""
    return suspended(file.acts) and not upheld(file.acts) and not open_objections(file)


def _last(acts: Sequence[Act], kind: ActKind) -> int:
    return max((act.seq for act in acts if act.kind is kind), default=0)


def _resumes(act: Act) -> bool:
    return isinstance(act.body, RulingBody) and act.body.ruling is Ruling.RESUME


def _verified_anew(file: CaseFile, objections: Sequence[Act]) -> bool:
    """Two methods that avoid the objecting channels, both given after the last objection (R24)."""
    last = objections[-1].seq
    channels = {act.body.contact_id for act in objections if isinstance(act.body, ObjectionBody)}
    good = [act for act in counting(file) if act.seq > last and not _touches(act, channels)]
    return any(independent(file.case, *pair) for pair in combinations(good, 2))


def _touches(act: Act, channels: set[str]) -> bool:
    """Whether a verdict relied on a channel that has objected; the manager's objection touches the manager's ticket."""
    manager = "manager" in channels and isinstance(act.body, VerdictBody)
    return contact_of(act) in channels or (
        manager and isinstance(act.body, VerdictBody) and act.body.method is Method.CORROBORATING_TICKET
    )
