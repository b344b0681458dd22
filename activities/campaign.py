"""One look of a campaign: what is due is decided in the store, and done for one batch of people at most (R40)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from temporalio import activity

from activities.answered import answered_before
from domain.audit import EventOutcome, EventType
from domain.campaign import (
    ANNOUNCED,
    Campaign,
    CampaignOutcome,
    Enforced,
    Result,
    Stage,
    command_for,
    reminder_stage,
)
from domain.campaign_ports import CampaignFacts, CampaignMoves, CampaignPeople
from domain.errors import RecoveryError
from domain.events import by_part, by_person, by_unknown
from domain.messages import CampaignCounts, CampaignLook, CampaignStep
from domain.policy.campaigns import Due, Work, batch_size, due, pause_after, reminders_past
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from datetime import datetime

    from domain.audit import AuditEvent
    from domain.campaign import Place
    from domain.campaign_ports import CampaignBook, CampaignPage
    from domain.ports import Groups, Rollout

RETRY_SECONDS = 60.0
_RESULTS = {one.value for one in Result}


class AnsweredPage(CampaignFacts, CampaignMoves, Protocol):
    """What is needed of a locked campaign to know whether a look was answered before."""


class CountingPage(CampaignFacts, CampaignPeople, Protocol):
    """What is needed of a locked campaign to count what a batch did."""


class Batch:
    """People of one page: all of them, those whom it is about, and what became of them at enforcement."""

    def __init__(self, people: list[str], *, last: bool, about: list[str], results: list[Enforced]) -> None:
        self.people = people
        self.last = last
        self.about = about
        self.results = results


class Campaigning:
    """The one activity of a campaign."""

    def __init__(self, book: CampaignBook, groups: Groups, rollout: Rollout) -> None:
        self._book = book
        self._groups = groups
        self._rollout = rollout

    @activity.defn(name="rollout.advance")
    async def advance(self, look: CampaignLook) -> CampaignStep:
        """Do what is due, at most one batch, and say when to look again.

        A repeated look answers what the first one recorded; one that was lost after its effect finds that nobody is
        told twice and no account is changed twice. What the provider refuses for everybody is waited for.
        """
        async with self._book.page(look.tenant_id, look.campaign_id) as page:
            if (known := _known(page, look)) is not None:
                return known
            todo = due(page.campaign, page.acts, page.now)
            if todo.work is Work.NONE:
                _report(page, look)
                return await _move_on(page, todo)
            campaign = page.campaign
        batch, trouble = None, ""
        try:
            batch = await self._work(campaign, todo)
        except RecoveryError as error:
            trouble = error.code
        async with self._book.page(look.tenant_id, look.campaign_id) as page:
            if (known := _known(page, look)) is not None:
                return known
            _report(page, look)
            # A pause, or calling off, may have been committed meanwhile.
            again = due(page.campaign, page.acts, page.now)
            held = again.work is Work.NONE
            if held and (batch is None or todo.work is not Work.ENFORCE):
                return await _move_on(page, again)
            if batch is None:
                step = _step(again, page, wake_in=RETRY_SECONDS, code=trouble)
                return await page.move(page.campaign.place, page.campaign.counts, step)
            return await _record(page, todo, batch, held=held)

    async def _work(self, campaign: Campaign, todo: Due) -> Batch:
        size = batch_size(campaign.terms)
        people = await self._groups.members_of(
            campaign.tenant_id, campaign.terms.group, after=campaign.place.cursor, limit=size
        )
        last = len(people) < size
        if todo.work is Work.ANNOUNCE or not people:
            return Batch(people, last=last, about=people, results=[])
        lacking = await self._rollout.without_factor(people)
        if todo.work is Work.REMIND:
            return Batch(people, last=last, about=[one for one in people if one in lacking], results=[])
        answers = await self._rollout.require_mfa_of({one: command_for(campaign.id, one) for one in people})
        results = [_enforced(one, answers.get(one, "no_answer"), had_factor=one not in lacking) for one in people]
        return Batch(people, last=last, about=people, results=results)


def _known(page: AnsweredPage, look: CampaignLook) -> CampaignStep | None:
    """The recorded step, or a hold, where store and workflow differ: see `answered_before`."""
    campaign = page.campaign
    if campaign.outcome is not None:
        return page.recorded_step()
    hold = CampaignStep(
        version=look.version, stage=campaign.place.stage.value, code=Code.STORE_BEHIND_WORKFLOW, wake_in=RETRY_SECONDS,
        counts=campaign.counts,
    )  # fmt: skip
    return answered_before(look.version, campaign.version, page.recorded_step, lambda: hold)


async def _move_on(page: CampaignPage, todo: Due) -> CampaignStep:
    """Nothing to do with people now: wait, or go to the next stage."""
    campaign = page.campaign
    place = campaign.place
    if todo.stage is not place.stage:
        update: dict[str, object] = {"stage": todo.stage, "cursor": None, "reminder": todo.reminder}
        place = place.model_copy(update={**update, "next_batch_at": None})
        page.audit(_reached(campaign, todo.stage, campaign.counts))
    if todo.outcome is CampaignOutcome.CALLED_OFF:
        await page.withdraw()
        page.audit(_ended(campaign, CampaignOutcome.CALLED_OFF, campaign.counts))
    return await page.move(place, campaign.counts, _step(todo, page), todo.outcome)


async def _record(page: CampaignPage, todo: Due, batch: Batch, *, held: bool) -> CampaignStep:
    """Write down what the batch did. `held` says that nothing more is to be done for now."""
    campaign = page.campaign
    counts = await _count(page, todo, batch)
    place = campaign.place.model_copy(update={"cursor": batch.people[-1] if batch.people else campaign.place.cursor})
    outcome = None
    if batch.last:
        place, outcome = _after(campaign, todo, page.now)
        page.audit(_reached(campaign, place.stage, counts))
        if outcome is not None:
            page.audit(_ended(campaign, outcome, counts))
    pause = pause_after(campaign.terms, len(batch.people))
    place = place.model_copy(update={"next_batch_at": page.now + pause})
    wake_in = 0.0 if batch.last or held else pause.total_seconds()
    code = outcome.value if outcome else place.stage.value
    step = CampaignStep(
        version=0, stage=place.stage.value, code=code, wake_in=wake_in, ended=outcome is not None, counts=counts
    )
    return await page.move(place, counts, step, outcome)


async def _count(page: CountingPage, todo: Due, batch: Batch) -> CampaignCounts:
    counts = page.campaign.counts
    if todo.work is Work.ANNOUNCE:
        return counts.model_copy(update={"told": counts.told + await page.tell(ANNOUNCED, batch.about)})
    if todo.work is Work.REMIND:
        told = await page.tell(reminder_stage(todo.reminder or 0), batch.about)
        return counts.model_copy(update={"reminded": counts.reminded + told})
    new = await page.enforced(batch.results)
    page.audit(*(_required(page, one) for one in new if one.result in {Result.REQUIRED, Result.FAILED}))
    tally = Counter(one.result for one in new)
    return counts.model_copy(
        update={
            "enforced": counts.enforced + tally[Result.REQUIRED],
            "already_required": counts.already_required + tally[Result.ALREADY_REQUIRED],
            "gone": counts.gone + tally[Result.GONE],
            "failed": counts.failed + tally[Result.FAILED],
            "had_factor": counts.had_factor + sum(one.had_factor for one in new),
        }
    )


def _after(campaign: Campaign, todo: Due, now: datetime) -> tuple[Place, CampaignOutcome | None]:
    """Where the campaign stands after the last page of a pass."""
    rested = campaign.place.model_copy(update={"cursor": None, "reminder": None, "stage": Stage.WAITING})
    if todo.work is Work.ANNOUNCE:
        # Reminders whose time has come while people were still being told are left out.
        past = reminders_past(campaign.terms, now)
        return rested.model_copy(update={"announced_at": now, "reminded": past}), None
    if todo.work is Work.REMIND:
        return rested.model_copy(update={"reminded": todo.reminder}), None
    return rested.model_copy(update={"stage": Stage.ENDED}), CampaignOutcome.COMPLETED


def _step(todo: Due, page: CampaignFacts, *, wake_in: float | None = None, code: str | None = None) -> CampaignStep:
    seconds = (todo.wake_at - page.now).total_seconds() if wake_in is None else wake_in
    return CampaignStep(
        version=0, stage=todo.stage.value, code=code or todo.code, wake_in=max(seconds, 0.0),
        ended=todo.outcome is not None,
    )  # fmt: skip


def _enforced(account_id: str, answer: str, *, had_factor: bool) -> Enforced:
    if answer in _RESULTS:
        return Enforced(account_id=account_id, result=Result(answer), had_factor=had_factor)
    return Enforced(account_id=account_id, result=Result.FAILED, code=answer, had_factor=had_factor)


def _report(page: CampaignFacts, look: CampaignLook) -> None:
    """Messages that are none of ours, and decisions that no door signed, stand in the audit (B04, B19)."""
    ours = {act.id for act in page.acts}
    codes = Counter(look.foreign)
    codes["act_unknown"] += sum(one not in ours for one in look.rung)
    about, denied = str(page.campaign.id), EventOutcome.DENIED
    page.audit(
        *(
            by_unknown(EventType.FOREIGN_MESSAGE, denied, campaign=about, code=code, count=count)
            for code, count in sorted(codes.items())
            if count
        )
    )
    if page.forged or not page.campaign.genuine:
        page.audit(_event(page.campaign, EventType.DECISION_REFUSED, EventOutcome.DENIED, code="campaign_not_genuine"))


def _required(page: CampaignFacts, one: Enforced) -> AuditEvent:
    """By the administrator who started the campaign, about the one account (R42)."""
    outcome = EventOutcome.FAILURE if one.result is Result.FAILED else EventOutcome.SUCCESS
    command = str(command_for(page.campaign.id, one.account_id))
    data = {"campaign": str(page.campaign.id), "command": command, **({"code": one.code} if one.code else {})}
    return by_person(page.acts[0].actor, EventType.MFA_REQUIRED, outcome, subject_id=one.account_id, details=data)


def _reached(campaign: Campaign, stage: Stage, counts: CampaignCounts) -> AuditEvent:
    return _event(campaign, EventType.ROLLOUT_STAGE_REACHED, stage=stage.value, **counts.model_dump())


def _ended(campaign: Campaign, outcome: CampaignOutcome, counts: CampaignCounts) -> AuditEvent:
    partly = outcome is CampaignOutcome.COMPLETED and counts.failed
    ended = EventOutcome.PARTIAL if partly else EventOutcome.SUCCESS
    return _event(campaign, EventType.ROLLOUT_ENDED, ended, how=outcome.value, **counts.model_dump())


def _event(
    campaign: Campaign, event_type: EventType, outcome: EventOutcome = EventOutcome.SUCCESS, **data: object
) -> AuditEvent:
    return by_part("worker", event_type, outcome, details={"campaign": str(campaign.id), **data})
