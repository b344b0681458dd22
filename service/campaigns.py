"""Policy rollout campaigns at the doors: start, pause, resume, call off, and how far one has come (R40)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.audit import EventType
from domain.campaign import (
    Campaign,
    CampaignAct,
    CampaignActKind,
    CampaignOutcome,
    CampaignState,
    Stage,
    Terms,
    campaign_state,
)
from domain.events import by_person, refusal
from domain.messages import CampaignCounts
from domain.policy.campaigns import (
    Wish,
    enforcement_begins,
    may_decide,
    may_manage_campaigns,
    may_read_campaigns,
    may_start,
)
from domain.policy.decision import Decision, refuse
from domain.refusal_codes import Code
from service.opening import key_reused, request_digest
from service.view import View
from store.announcements import standing_of
from store.campaign_facts import campaign_act_of_key, failures_of, running_campaign_of
from store.campaigns import CampaignBook, begin
from store.errors import AlreadyTaken

if TYPE_CHECKING:
    from service.doors import Doors
    from service.sessions import Session

_EVENTS = {
    CampaignActKind.START: EventType.ROLLOUT_STARTED,
    CampaignActKind.PAUSE: EventType.ROLLOUT_PAUSED,
    CampaignActKind.RESUME: EventType.ROLLOUT_RESUMED,
    CampaignActKind.CALL_OFF: EventType.ROLLOUT_CALLED_OFF,
}


class DecisionView(View):
    """One decision about a campaign."""

    kind: CampaignActKind
    by: str
    at: datetime


class FailureView(View):
    """How many accounts the provider would not change, by its code."""

    code: str
    people: int


class MessagesView(View):
    """How many messages of a stage are in which state."""

    stage: str
    state: str
    messages: int


class CampaignSummary(View):
    """A campaign as the list shows it; times are UTC, `people` is how many the group had at the start."""

    id: UUID
    group: str
    standing: CampaignState
    stage: Stage
    code: str
    outcome: CampaignOutcome | None
    people: int
    grace_days: int
    remind_days: list[int]
    per_second: int
    started_at: datetime
    enforce_at: datetime
    ended_at: datetime | None
    progress: CampaignCounts


class CampaignView(CampaignSummary):
    """A campaign with its decisions, its messages, and those it could not reach."""

    decisions: list[DecisionView]
    failures: list[FailureView]
    messages: list[MessagesView]


async def start_campaign(doors: Doors, session: Session, wish: Wish, *, key: str) -> UUID:
    """Start a campaign once per `key`; returns its id.

    Raises `Refused` with the rule's code (`campaign_group_empty`, `campaign_already_running` with the id of the one
    that runs), `InputRefused` for a key used for something else, `ProviderUnavailable`.
    """
    digest = request_digest({"start": wish.model_dump(mode="json")})
    if known := await _of_key(doors, session, key, digest):
        return known
    allowed = may_manage_campaigns(session.actor).allowed
    size = await doors.groups.size_of(session.tenant_id, wish.group) if allowed else None
    campaign_id = doors.new_id()
    decision = may_start(session.actor, wish, size)
    if decision.allowed:
        try:
            await _begin(doors, session, campaign_id, wish, people=size or 0, key=key, digest=digest)
        except AlreadyTaken:
            # Another administrator was faster with this group, or the same request was.
            if known := await _of_key(doors, session, key, digest):
                return known
            decision = await _already_running(doors, session, wish)
    await _enforce(doors, session, decision, asked=CampaignActKind.START)
    return campaign_id


async def decide_campaign(
    doors: Doors, session: Session, campaign_id: UUID, kind: CampaignActKind, *, key: str
) -> None:
    """Pause, resume or call off, once per `key`. Raises `Refused`, `CampaignNotFound`, `InputRefused`."""
    digest = request_digest({"campaign": str(campaign_id), "decide": kind.value})
    if await _of_key(doors, session, key, digest):
        return
    try:
        async with CampaignBook(doors.ledger).page(session.tenant_id, campaign_id) as page:
            decision = may_decide(session.actor, kind, page.campaign, page.acts)
            if decision.allowed:
                act = CampaignAct(
                    id=doors.new_id(), campaign_id=campaign_id, seq=page.next_seq, at=page.now, kind=kind,
                    actor=session.actor,
                )  # fmt: skip
                await page.decide(act, key=key, digest=digest)
                page.audit(by_person(session.actor, _EVENTS[kind], campaign=str(campaign_id)))
    except AlreadyTaken:
        # The same request at the same moment.
        if await _of_key(doors, session, key, digest) is None:
            raise
        return
    if not decision.allowed and await _of_key(doors, session, key, digest):
        # Refused because the same request was recorded a moment ago.
        return
    await _enforce(doors, session, decision, asked=kind, campaign_id=campaign_id)


async def read_campaign(doors: Doors, session: Session, campaign_id: UUID) -> CampaignView:
    """How far a campaign has come, from the store alone. Raises `Refused`, `CampaignNotFound` (B23)."""
    may_read_campaigns(session.actor).enforce()
    campaign, acts = await CampaignBook(doors.ledger).read(session.tenant_id, campaign_id)
    failures = await failures_of(doors.ledger, campaign_id)
    messages = await standing_of(doors.ledger, campaign_id)
    return CampaignView(
        **_summary(campaign, acts).model_dump(),
        decisions=[DecisionView(kind=act.kind, by=act.actor.account_id, at=act.at) for act in acts],
        failures=[FailureView(code=one.code, people=one.people) for one in failures],
        messages=[MessagesView(stage=one.stage, state=one.state, messages=one.messages) for one in messages],
    )


async def read_campaigns(doors: Doors, session: Session, *, limit: int) -> list[CampaignSummary]:
    """The tenant's campaigns, newest first. Raises `Refused`."""
    may_read_campaigns(session.actor).enforce()
    found = await CampaignBook(doors.ledger).recent(session.tenant_id, limit)
    return [_summary(campaign, acts) for campaign, acts in found]


async def _begin(
    doors: Doors, session: Session, campaign_id: UUID, wish: Wish, *, people: int, key: str, digest: str
) -> None:
    async with doors.ledger.unit(session.tenant_id) as unit:
        now = await unit.now()
        terms = Terms(
            tenant_id=session.tenant_id,
            group=wish.group,
            people=people,
            grace_days=wish.grace_days,
            remind_days=wish.reminders(),
            per_second=wish.per_second,
            enforce_at=now + timedelta(days=wish.grace_days),
        )
        act = CampaignAct(
            id=doors.new_id(), campaign_id=campaign_id, seq=1, at=now, kind=CampaignActKind.START,
            actor=session.actor, terms=terms,
        )  # fmt: skip
        await begin(unit, act, key=key, digest=digest)
        unit.audit(
            by_person(
                session.actor,
                EventType.ROLLOUT_STARTED,
                campaign=str(campaign_id),
                people=people,
                grace_days=wish.grace_days,
                remind_days=list(terms.remind_days),
                per_second=wish.per_second,
                enforce_at=terms.enforce_at.isoformat(),
            )
        )


async def _of_key(doors: Doors, session: Session, key: str, digest: str) -> UUID | None:
    act = await campaign_act_of_key(doors.ledger, session.actor.account_id, key)
    if act is None:
        return None
    if act.request_digest != digest:
        raise key_reused()
    return act.campaign_id


async def _already_running(doors: Doors, session: Session, wish: Wish) -> Decision:
    found = await running_campaign_of(doors.ledger, session.tenant_id, wish.group)
    return refuse(
        "R40", Code.CAMPAIGN_ALREADY_RUNNING, "A campaign for this group is running already.", campaign_id=str(found)
    )


async def _enforce(
    doors: Doors,
    session: Session,
    decision: Decision,
    *,
    asked: CampaignActKind,
    campaign_id: UUID | None = None,
) -> None:
    """A refusal is audited, then raised (R42)."""
    if not decision.allowed:
        about = str(campaign_id) if campaign_id else "new"
        event = refusal(session.actor, EventType.ROLLOUT_REFUSED, decision, asked=asked.value, campaign=about)
        await doors.ledger.audit(session.tenant_id, event)
    decision.enforce()


def _summary(campaign: Campaign, acts: Sequence[CampaignAct]) -> CampaignSummary:
    terms = campaign.terms
    return CampaignSummary(
        id=campaign.id,
        group=terms.group,
        standing=campaign_state(acts),
        stage=campaign.place.stage,
        code=campaign.code,
        outcome=campaign.outcome,
        people=terms.people,
        grace_days=terms.grace_days,
        remind_days=list(terms.remind_days),
        per_second=terms.per_second,
        started_at=campaign.started_at,
        enforce_at=enforcement_begins(campaign),
        ended_at=campaign.ended_at,
        progress=campaign.counts,
    )
