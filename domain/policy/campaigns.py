"""The rules of policy rollout campaigns: who decides what about one, and what is due when (R40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.account import Fact
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
from domain.people import Actor, Role
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.refusal_codes import Code
from domain.texts import Text

RULE = "R40"
LONGEST_GRACE_DAYS = 90
FASTEST_PER_SECOND = 1000
USUAL_PER_SECOND = 50
USUAL_REMINDERS = (7, 3, 1)
MOST_REMINDERS = 10
LARGEST_BATCH = 200
HALF_A_DAY_SECONDS = 43_200
BATCH_SECONDS = 4
"""A batch is what may be done in so many seconds: the slow pace of a small rate comes in small batches."""
SHORTEST_NOTICE = timedelta(days=1)
"""Between the last announcement and the first enforcement, however late the announcing was done."""
LONGEST_SLEEP = timedelta(hours=1)
_READERS = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR})


class Wish(Fact):
    """The campaign that an administrator asks for."""

    group: str
    grace_days: int
    remind_days: tuple[int, ...] | None = None
    per_second: int = USUAL_PER_SECOND

    def reminders(self) -> tuple[int, ...]:
        """As asked, or the usual ones that fit into the grace period; the most days first."""
        if self.remind_days is None:
            return tuple(days for days in USUAL_REMINDERS if days < self.grace_days)
        return tuple(sorted(set(self.remind_days), reverse=True))


def may_read_campaigns(actor: Actor) -> Decision:
    """Administrators, security and auditors see whom a campaign reached."""
    if actor.roles & _READERS:
        return ALLOWED
    return refuse("R6", Code.ROLE_MISSING, "This needs the role admin or auditor or security.")


def may_manage_campaigns(actor: Actor) -> Decision:
    """Starting, pausing, resuming and calling off are an administrator's."""
    if actor.has(Role.ADMIN):
        return ALLOWED
    return refuse("R6", Code.ROLE_MISSING, "This needs the role admin.")


def may_start(actor: Actor, wish: Wish, size: int | None) -> Decision:
    """Whether this campaign may start for a group of `size` active accounts (None: there is no such group)."""
    return first_refusal(may_manage_campaigns(actor), _is_sound(wish), _can_be_met(wish, size))


def _is_sound(wish: Wish) -> Decision:
    reminders = wish.reminders()
    if not 1 <= wish.grace_days <= LONGEST_GRACE_DAYS:
        return refuse(RULE, Code.CAMPAIGN_GRACE_OUT_OF_RANGE, "The grace period is 1 to 90 days.")
    if len(reminders) > MOST_REMINDERS or not all(1 <= days < wish.grace_days for days in reminders):
        return refuse(
            RULE,
            Code.CAMPAIGN_REMINDER_OUTSIDE_GRACE,
            "Reminders are at most 10, each at least a day before the end and after the beginning of the grace period.",
        )
    if not 1 <= wish.per_second <= FASTEST_PER_SECOND:
        return refuse(RULE, Code.CAMPAIGN_RATE_OUT_OF_RANGE, "The rate is 1 to 1000 accounts a second.")
    return ALLOWED


def _can_be_met(wish: Wish, size: int | None) -> Decision:
    if not size:
        sentence = Text("There is no such group.") if size is None else Text("Nobody active is in this group.")
        return refuse(RULE, Code.CAMPAIGN_GROUP_EMPTY, sentence)
    if size > wish.per_second * wish.grace_days * HALF_A_DAY_SECONDS:
        # The people who are told last must have half of what was promised.
        return refuse(
            RULE, Code.CAMPAIGN_RATE_TOO_LOW, "At this rate half the grace period is over before everybody is told."
        )
    return ALLOWED


def may_decide(actor: Actor, kind: CampaignActKind, campaign: Campaign, acts: Sequence[CampaignAct]) -> Decision:
    """Whether a running campaign may be paused, resumed or called off now; asked under its lock."""
    return first_refusal(may_manage_campaigns(actor), _fits(kind, campaign, campaign_state(acts)))


def _fits(kind: CampaignActKind, campaign: Campaign, now_is: CampaignState) -> Decision:
    if campaign.outcome is not None or now_is is CampaignState.CALLED_OFF:
        return refuse(RULE, Code.CAMPAIGN_OVER, "This campaign is over.")
    if kind is CampaignActKind.PAUSE and now_is is CampaignState.PAUSED:
        return refuse(RULE, Code.CAMPAIGN_PAUSED_ALREADY, "This campaign is paused already.")
    if kind is CampaignActKind.RESUME and now_is is CampaignState.RUNNING:
        return refuse(RULE, Code.CAMPAIGN_NOT_PAUSED, "This campaign is not paused.")
    if kind is CampaignActKind.CALL_OFF and campaign.enforcing and campaign.genuine:
        return refuse(
            RULE, Code.CAMPAIGN_ENFORCING, "Enforcement has begun: the campaign can be paused, but not called off."
        )
    return ALLOWED


class Work(StrEnum):
    """What the next batch is for; `none` is nothing now."""

    NONE = "none"
    ANNOUNCE = "announce"
    REMIND = "remind"
    ENFORCE = "enforce"


@dataclass(frozen=True, kw_only=True)
class Due:
    """What is due: a batch of `work`, or a move to `stage`, or to wait until `wake_at` (UTC) for what `code` says."""

    code: str
    wake_at: datetime
    stage: Stage
    work: Work = Work.NONE
    reminder: int | None = None
    outcome: CampaignOutcome | None = None


def due(campaign: Campaign, acts: Sequence[CampaignAct], now: datetime) -> Due:
    """What is due at this moment. Only signed decisions and terms count, and no clock makes enforcement come early.

    R40: A campaign tightens the MFA policy with announcement, reminders and a grace period; it never removes a factor.
    """
    place, later = campaign.place, now + LONGEST_SLEEP
    if campaign.outcome is not None:
        return Due(code=campaign.outcome.value, wake_at=later, stage=Stage.ENDED, outcome=campaign.outcome)
    now_is = campaign_state(acts)
    if now_is is CampaignState.CALLED_OFF and not (campaign.enforcing and campaign.genuine):
        # Also the way out for one that was tampered with: its group must be free for another.
        return Due(code="called_off", wake_at=now, stage=Stage.ENDED, outcome=CampaignOutcome.CALLED_OFF)
    if not campaign.genuine:
        return Due(code="campaign_not_genuine", wake_at=later, stage=place.stage, reminder=place.reminder)
    if now_is is not CampaignState.RUNNING:
        return Due(code="paused", wake_at=later, stage=place.stage, reminder=place.reminder)
    if place.stage is Stage.WAITING:
        return _next(campaign, now)
    if place.stage is Stage.ENFORCING and now < campaign.terms.enforce_at:
        # The clock has stepped back, or the row was written past the product.
        wake_at = min(campaign.terms.enforce_at, later)
        return Due(code="before_the_announced_time", wake_at=wake_at, stage=place.stage)
    if place.next_batch_at is not None and now < place.next_batch_at <= later:
        return Due(code="pacing", wake_at=place.next_batch_at, stage=place.stage, reminder=place.reminder)
    work = {Stage.ANNOUNCING: Work.ANNOUNCE, Stage.REMINDING: Work.REMIND, Stage.ENFORCING: Work.ENFORCE}[place.stage]
    return Due(code=place.stage.value, wake_at=now, stage=place.stage, work=work, reminder=place.reminder)


def enforcement_begins(campaign: Campaign) -> datetime:
    """When enforcement begins, in UTC: as announced, and never within a day of the last announcement."""
    told = campaign.place.announced_at
    return campaign.terms.enforce_at if told is None else max(campaign.terms.enforce_at, told + SHORTEST_NOTICE)


def reminders_past(terms: Terms, now: datetime) -> int | None:
    """The latest reminder whose time has come, in days before the end; None before the first."""
    past = [days for days in terms.remind_days if _reminder_at(terms, days) <= now]
    return min(past, default=None)


def _next(campaign: Campaign, now: datetime) -> Due:
    begins = enforcement_begins(campaign)
    if now >= begins:
        return Due(code="enforcing", wake_at=now, stage=Stage.ENFORCING)
    # After a long pause only the latest reminder is sent: two at once help no reader.
    latest, done = reminders_past(campaign.terms, now), campaign.place.reminded
    if latest is not None and (done is None or latest < done):
        return Due(code="reminding", wake_at=now, stage=Stage.REMINDING, reminder=latest)
    left = [_reminder_at(campaign.terms, days) for days in campaign.terms.remind_days if done is None or days < done]
    return Due(
        code="grace_period", wake_at=min([begins, now + LONGEST_SLEEP, *(at for at in left if at > now)]),
        stage=Stage.WAITING,
    )  # fmt: skip


def _reminder_at(terms: Terms, days: int) -> datetime:
    return terms.enforce_at - timedelta(days=days)


def batch_size(terms: Terms) -> int:
    """How many accounts make a batch."""
    return min(LARGEST_BATCH, terms.per_second * BATCH_SECONDS)


def pause_after(terms: Terms, accounts: int) -> timedelta:
    """How long to wait after a batch of so many accounts."""
    return timedelta(seconds=accounts / terms.per_second)
