"""What a case waits for besides its phase, as doors show it: time, the approver drawn, brakes, objections, officers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from domain.acts import ActKind, Brake, BreakGlassBody, ObjectionBody, ReviewBody, Waiver
from domain.policy.brakes import held
from domain.policy.cooling import MANAGER, cooling_off, wanted_seconds
from domain.policy.document import CoolingOffPolicy
from domain.policy.drawing import assignment
from domain.policy.objections import disputed, open_objections, suspended, upheld
from domain.policy.officers import review_open
from domain.policy.presence import presence_until, valid_presence
from domain.policy.verification import complete_until
from domain.policy.waivers import waived
from domain.texts import Text
from service.next_steps import Course
from service.tier_view import TierReasonView, tier_reasons
from service.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.case_file import CaseFile
    from domain.people import Actor

_TIMES = {
    "expires": Text("The case expires unless the reset has begun."),
    "verified_until": Text("The verdicts grow stale."),
    "cooling_off": Text("The cooling-off is over."),
    "reminder": Text("Whoever was drawn is reminded."),
    "escalation": Text("Other approvers may help."),
    "presence": Text("The confirmation of the subject's browser grows too old."),
    "enrolment": Text("The account is locked unless the new factor is there."),
    "watch": Text("The recovered account is no longer watched."),
}


class CoolingOffView(View):
    """How long everybody who was told may object, with the verdicts given so far (R25).

    `until` (UTC) is None while no notice has reached a channel that counts, and where nothing is waited for.
    `default_seconds` is what it would be under the runbook's defaults and without break-glass.
    """

    seconds: int
    until: datetime | None
    over: bool
    code: str
    default_seconds: int
    waived: bool


class DrawnView(View):
    """The approvers whom the product drew among so many eligible, and when others are asked (R22)."""

    approvers: list[str]
    eligible: int
    since: datetime
    remind_at: datetime
    escalate_at: datetime
    mine: bool


class ObjectionView(View):
    """A reader of a notice said that this was not them; `kind` is the channel's, or `manager` (R24)."""

    at: datetime
    contact_id: str
    kind: str
    open: bool


class WaiverView(View):
    """The one requirement that break-glass waived, and whether another officer has looked at it (R39)."""

    waives: Waiver
    at: datetime
    by: str
    because: str
    reviewed_at: datetime | None
    reviewed_by: str | None


class WatchView(View):
    """Until when (UTC) the recovered account is watched (R38)."""

    until: datetime
    ended: bool


class DeadlineView(View):
    """What happens at which instant (UTC) if no act comes before."""

    what: str
    at: datetime
    sentence: Text


class CourseView(View):
    """The part of a case's view that is about its course. `demonstration` says that its policy is no real one."""

    tier_because: list[TierReasonView]
    cooling_off: CoolingOffView
    demonstration: bool
    drawn: DrawnView | None
    held: Brake | None
    objections: list[ObjectionView]
    waiver: WaiverView | None
    review_open: bool
    suspended: bool
    watch: WatchView | None
    deadlines: list[DeadlineView]


def course_of(file: CaseFile, reader: Actor) -> Course:
    """What the next step's sentence tells this reader beyond its code."""
    drawn = assignment(file.case, file.acts)
    watched = not file.is_open and file.watch is not None
    return Course(
        drawn=drawn.approvers if drawn else None,
        others_from=drawn.escalate_at if drawn else None,
        mine=drawn is not None and reader.account_id in drawn.approvers,
        escalated=drawn is not None and file.now >= drawn.escalate_at,
        cools_off_until=cooling_off(file).until,
        objected_after_the_end=watched and disputed(file),
        upheld_after_the_end=watched and upheld(file.acts),
    )


def course_view(file: CaseFile, reader: Actor) -> CourseView:
    """Everything about the case's course, as this reader sees it."""
    watch = file.watch
    return CourseView(
        tier_because=tier_reasons(file),
        cooling_off=_cooling_off(file),
        demonstration=file.case.policy.demonstration,
        drawn=_drawn(file, reader),
        held=held(file.acts),
        objections=_objections(file),
        waiver=waiver_view(file.acts),
        review_open=review_open(file.acts),
        suspended=suspended(file.acts),
        watch=None if watch is None else WatchView(until=watch.until, ended=watch.ended),
        deadlines=_deadlines(file),
    )


def _cooling_off(file: CaseFile) -> CoolingOffView:
    """The cooling-off as it stands."""
    found = cooling_off(file)
    usual = file.under(file.case.policy.model_copy(update={"cooling_off": CoolingOffPolicy()}))
    unbroken = replace(usual, acts=[act for act in file.acts if act.kind is not ActKind.BREAK_GLASS])
    return CoolingOffView(
        seconds=found.seconds,
        until=found.until if found.seconds else None,
        over=found.over(file.now),
        code=found.code,
        default_seconds=wanted_seconds(unbroken),
        waived=waived(file.acts) is Waiver.COOLING_OFF,
    )


def _drawn(file: CaseFile, reader: Actor) -> DrawnView | None:
    """The last draw, or None where the product has drawn no approver."""
    drawn = assignment(file.case, file.acts)
    if drawn is None:
        return None
    return DrawnView(
        approvers=list(drawn.approvers),
        eligible=drawn.eligible,
        since=drawn.since,
        remind_at=drawn.remind_at,
        escalate_at=drawn.escalate_at,
        mine=reader.account_id in drawn.approvers,
    )


def _objections(file: CaseFile) -> list[ObjectionView]:
    """Every objection, oldest first; whose address it was is told by the contact's id alone."""
    unanswered = {act.id for act in open_objections(file)}
    return [
        ObjectionView(
            at=act.at,
            contact_id=act.body.contact_id,
            kind=_channel_kind(file.case, act.body.contact_id),
            open=act.id in unanswered,
        )
        for act in file.acts
        if isinstance(act.body, ObjectionBody)
    ]


def waiver_view(acts: Sequence[Act]) -> WaiverView | None:
    """What break-glass waived, by whom and why, or None."""
    broken = next((act for act in acts if isinstance(act.body, BreakGlassBody)), None)
    if broken is None or not isinstance(broken.body, BreakGlassBody):
        return None
    review = next((act for act in acts if isinstance(act.body, ReviewBody)), None)
    return WaiverView(
        waives=broken.body.waives,
        at=broken.at,
        by=broken.actor.account_id if broken.actor else "",
        because=broken.body.because,
        reviewed_at=review.at if review else None,
        reviewed_by=review.actor.account_id if review and review.actor else None,
    )


def _deadlines(file: CaseFile) -> list[DeadlineView]:
    """What is still to come by the clock alone, the next first."""
    found = [
        DeadlineView(what=what, at=at, sentence=_TIMES[what])
        for what, at in _moments(file)
        if at is not None and at > file.now
    ]
    return sorted(found, key=lambda one: (one.at, one.what))


def _moments(file: CaseFile) -> Iterator[tuple[str, datetime | None]]:
    case, acts, now = file.case, file.acts, file.now
    if file.watch is not None and not file.watch.ended:
        yield "watch", file.watch.until
    if not file.is_open or case.ending is not None:
        return
    if case.claimed_at is not None:
        yield "enrolment", case.enrol_by
        return
    verified_until = complete_until(file)
    presence = valid_presence(case, acts, now)
    yield "expires", case.expires_at
    yield "verified_until", verified_until
    yield "cooling_off", cooling_off(file).until
    yield "presence", presence_until(case, presence) if presence else None
    drawn = assignment(case, acts)
    if drawn is not None and verified_until is None:
        yield "reminder", drawn.remind_at
        yield "escalation", drawn.escalate_at


def _channel_kind(case: Case, contact_id: str) -> str:
    if contact_id.partition(":")[0] == MANAGER:
        return MANAGER
    known = {one.id: one.kind for one in case.snapshot.former_contacts}
    known |= {one.id: one.kind for one in case.snapshot.contacts}
    return known[contact_id].value if contact_id in known else "added_since"
