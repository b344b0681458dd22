"""The story of a case, oldest first: who did what and when; codes only, never what a person wrote (R44)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.acts import (
    Act,
    ActKind,
    BreakGlassBody,
    CancelBody,
    CodesUnavailableBody,
    Delivery,
    DrawnBody,
    HeldBody,
    InterruptBody,
    JudgementBody,
    NoticeBody,
    ObservationBody,
    RulingBody,
    Verdict,
    VerdictBody,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from enum import StrEnum

    from domain.case import Case

UNHEARD = timedelta(seconds=20)
"""After so long without a worker that applies an act, a page says that nothing runs (B29)."""
_PRODUCT, _DIRECTORY, _READER = "product", "directory", "reader"
_QUIET = frozenset({ActKind.NOTICE, ActKind.OBSERVATION, ActKind.DRAWN})
"""What happens beside a case: the person who has to act waits since before it."""
_BAD = frozenset({ActKind.CANCEL, ActKind.INTERRUPT, ActKind.OBJECTION, ActKind.HELD, ActKind.SUSPENDED})
_GOOD = frozenset({ActKind.PRESENCE, ActKind.RELEASE, ActKind.LIFTED, ActKind.CODES_USED})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened.

    `by` is an account's id, `who` one of `person`, `product`, `directory`, `reader` (of a notice). `what` is the act's
    kind, or `claimed`, `wiped`, `closed`. `details` have words of their own; `code` is shown as it is.
    """

    at: datetime
    what: ActKind | str
    who: str
    by: str = ""
    details: tuple[StrEnum, ...] = ()
    people: tuple[str, ...] = ()
    event: str = ""
    code: str = ""
    tone: str = ""


def timeline(case: Case, acts: Iterable[Act]) -> list[Entry]:
    """Everything that happened in the case; notices that were accepted are left to their own list."""
    found = [_entry(act) for act in acts if not _is_routine(act)]
    found += _moments(case)
    return sorted(found, key=lambda one: one.at)


def waits_since(case: Case, acts: Iterable[Act]) -> datetime:
    """Since when the person who has to act now has been waited for (UTC)."""
    return max([case.opened_at, *(act.at for act in acts if act.kind not in _QUIET)])


def unheard_since(case: Case, acts: Iterable[Act]) -> datetime | None:
    """When the first act was recorded that no worker has applied yet, or None."""
    if case.outcome is not None:
        return None
    return min((act.at for act in acts if act.seq > case.applied_seq), default=None)


def _is_routine(act: Act) -> bool:
    return isinstance(act.body, NoticeBody) and act.body.delivery is Delivery.ACCEPTED


def _entry(act: Act) -> Entry:
    who = (
        "person" if act.actor else {ActKind.OBSERVATION: _DIRECTORY, ActKind.OBJECTION: _READER}.get(act.kind, _PRODUCT)
    )
    return Entry(
        at=act.at,
        what=act.kind,
        who=who,
        by=act.actor.account_id if act.actor else "",
        details=_details(act),
        people=act.body.approvers if isinstance(act.body, DrawnBody) else (),
        event=act.body.event if isinstance(act.body, ObservationBody) else "",
        code=_code(act),
        tone=_tone(act),
    )


def _details(act: Act) -> tuple[StrEnum, ...]:
    found: tuple[StrEnum, ...] = ()
    match act.body:
        case VerdictBody(verdict=verdict, method=method):
            found = (verdict, method)
        case (
            CodesUnavailableBody(why=what)
            | CancelBody(reason=what)
            | RulingBody(ruling=what)
            | HeldBody(brake=what)
            | BreakGlassBody(waives=what)
            | NoticeBody(delivery=what)
        ):
            found = (what,)
    return found


def _code(act: Act) -> str:
    match act.body:
        case JudgementBody(allowed=False, code=code):
            return code
        case InterruptBody(found=found):
            return found
    return ""


def _tone(act: Act) -> str:
    match act.body:
        case VerdictBody(verdict=verdict):
            return {Verdict.VERIFIED: "good", Verdict.FAILED: "denied"}.get(verdict, "")
        case JudgementBody(allowed=allowed):
            return "good" if allowed else "denied"
        case NoticeBody():
            return "denied"
    if act.kind in _BAD:
        return "denied"
    return "good" if act.kind in _GOOD else ""


def _moments(case: Case) -> Iterator[Entry]:
    if case.wiped_at is not None:
        yield Entry(at=case.wiped_at, what="wiped", who=_PRODUCT, tone="good")
    if case.closed_at is not None and case.outcome is not None:
        yield Entry(at=case.closed_at, what="closed", who=_PRODUCT, details=(case.outcome,))
