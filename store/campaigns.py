"""Campaigns in the store: one locked campaign as a page, its decisions believed only where doors signed them (R40)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg

from domain.campaign import (
    Campaign,
    CampaignAct,
    CampaignActKind,
    CampaignNotFound,
    CampaignOutcome,
    CampaignState,
    Enforced,
    Place,
    Stage,
    Terms,
    act_text,
    campaign_state,
    message_for,
)
from domain.messages import CampaignCounts, CampaignStep
from store.errors import AlreadyTaken
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from domain.audit import AuditEvent
    from domain.ports import ActSigner
    from store.ledger import Ledger
    from store.statements import Row
    from store.unit import Unit


class CampaignPage:
    """One locked campaign within a unit: what is known of it, and the changes that may be made to it."""

    def __init__(self, unit: Unit, row: Row, believed: Believed, now: datetime) -> None:
        self.unit = unit
        self.acts = believed.acts
        self.forged = believed.forged
        self.campaign = campaign_from_row(row, believed)
        self.now = now
        # Whatever an insider wrote past the doors must not keep a decision from being recorded.
        self.next_seq = max(row["act_seq"], believed.latest_seq) + 1
        self._step = row["step"]

    def audit(self, *events: AuditEvent) -> None:
        """Queue audit events for this unit."""
        self.unit.audit(*events)

    def recorded_step(self) -> CampaignStep | None:
        """What the last look answered."""
        return CampaignStep.model_validate(self._step) if self._step else None

    async def decide(self, act: CampaignAct, *, key: str, digest: str) -> None:
        """Record a decision, signed. Raises `AlreadyTaken` for a key that this person used meanwhile."""
        await insert_act(self.unit, act, key=key, digest=digest)
        self.acts.append(act)
        paused = campaign_state(self.acts) is CampaignState.PAUSED
        await self.unit._connection.execute(SQL["campaign_decided"], self.campaign.id, act.seq, paused)

    async def tell(self, stage: str, account_ids: Sequence[str]) -> int:
        """Put down one message a person and stage; returns how many are new (R33)."""
        if not account_ids:
            return 0
        messages = [message_for(self.campaign.id, one, stage) for one in account_ids]
        apart = 1 / self.campaign.terms.per_second
        rows = await self.unit._connection.fetch(
            SQL["announcements_insert"], self.campaign.id, stage, list(account_ids), messages, timedelta(seconds=apart)
        )
        return len(rows)

    async def withdraw(self) -> None:
        """Take back the messages that have not left."""
        await self.unit._connection.execute(SQL["announcements_withdraw"], self.campaign.id)

    async def enforced(self, results: Sequence[Enforced]) -> list[Enforced]:
        """Record results, once a person; returns those that are new."""
        rows = await self.unit._connection.fetch(
            SQL["campaign_people_insert"],
            self.campaign.id,
            [one.account_id for one in results],
            [one.result.value for one in results],
            [one.code for one in results],
            [one.had_factor for one in results],
            self.now,
        )
        new = {row["account_id"] for row in rows}
        return [one for one in results if one.account_id in new]

    async def move(
        self, place: Place, counts: CampaignCounts, step: CampaignStep, outcome: CampaignOutcome | None = None
    ) -> CampaignStep:
        """Move the campaign, every decision so far applied; returns the step with its version."""
        step = step.model_copy(update={"version": self.campaign.version + 1, "counts": counts})
        await self.unit._connection.execute(
            SQL["campaign_move"], self.campaign.id, self.campaign.version, place.stage.value, step.code, place.cursor,
            place.reminder, place.reminded, place.announced_at, place.next_batch_at, counts.model_dump(mode="json"),
            outcome.value if outcome else None, self.now if outcome else None, step.model_dump(mode="json"),
        )  # fmt: skip
        return step


class CampaignBook:
    """Where campaigns are kept; `ledger` makes the transactions and their audit events."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @asynccontextmanager
    async def page(self, tenant_id: UUID, campaign_id: UUID) -> AsyncIterator[CampaignPage]:
        """Open and lock one campaign. Raises `CampaignNotFound`, also for another tenant's (B23)."""
        async with self.ledger.unit(tenant_id) as unit:
            row = await unit._connection.fetchrow(SQL["campaign_lock"], campaign_id, tenant_id)
            if row is None:
                raise CampaignNotFound
            believed = await acts_of(unit, campaign_id)
            yield CampaignPage(unit, row, believed, await unit.now())

    async def read(self, tenant_id: UUID, campaign_id: UUID) -> tuple[Campaign, list[CampaignAct]]:
        """A campaign and its decisions without a lock. Raises `CampaignNotFound`."""
        async with self.ledger.unit(tenant_id) as unit:
            row = await unit._connection.fetchrow(SQL["campaign_read"], campaign_id, tenant_id)
            if row is None:
                raise CampaignNotFound
            believed = await acts_of(unit, campaign_id)
        return campaign_from_row(row, believed), believed.acts

    async def recent(self, tenant_id: UUID, limit: int) -> list[tuple[Campaign, list[CampaignAct]]]:
        """The tenant's campaigns, newest first."""
        async with self.ledger.unit(tenant_id) as unit:
            rows = await unit._connection.fetch(SQL["campaigns_list"], tenant_id, limit)
            found = [(row, await acts_of(unit, row["id"])) for row in rows]
        return [(campaign_from_row(row, believed), believed.acts) for row, believed in found]


async def begin(unit: Unit, act: CampaignAct, *, key: str, digest: str) -> None:
    """Write a new campaign and the act that starts it.

    Raises `AlreadyTaken` where one runs for the group, or the key was used meanwhile; the unit then leaves no trace.
    """
    terms = act.terms
    if terms is None:
        message = "a campaign starts with terms"
        raise ValueError(message)
    try:
        await unit._connection.execute(
            SQL["campaign_insert"], act.campaign_id, unit.tenant_id, terms.group, terms.model_dump(mode="json"), act.at
        )
    except asyncpg.UniqueViolationError:
        raise AlreadyTaken from None
    await insert_act(unit, act, key=key, digest=digest)


async def insert_act(unit: Unit, act: CampaignAct, *, key: str, digest: str) -> None:
    """Write a decision, signed. Raises `AlreadyTaken`."""
    record = act.record()
    key_id, signature = unit.act_signer.sign_act(act_text(record))
    try:
        await unit._connection.execute(
            SQL["campaign_act_insert"], act.id, act.campaign_id, act.seq, record, signature, key_id,
            act.actor.account_id, key, digest,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise AlreadyTaken from None


class Believed:
    """The decisions whose signature holds in their place, and how many do not."""

    def __init__(self, acts: list[CampaignAct], *, forged: int, latest_seq: int) -> None:
        self.acts = acts
        self.forged = forged
        self.latest_seq = latest_seq


async def acts_of(unit: Unit, campaign_id: UUID) -> Believed:
    """The campaign's decisions as far as doors signed them."""
    rows = await unit._connection.fetch(SQL["campaign_acts_of"], campaign_id)
    acts = [act for row in rows if (act := _believed(row, campaign_id, unit.act_signer))]
    return Believed(acts, forged=len(rows) - len(acts), latest_seq=rows[-1]["seq"] if rows else 0)


def _believed(row: Row, campaign_id: UUID, signer: ActSigner) -> CampaignAct | None:
    try:
        act = CampaignAct.model_validate(row["record"])
    except ValueError:
        return None
    # A signed record under another row would be the same decision a second time.
    in_place = (row["id"], row["seq"], campaign_id) == (act.id, act.seq, act.campaign_id)
    signed = in_place and signer.verify_act(row["key_id"], act_text(row["record"]), bytes(row["signature"]))
    return act if signed else None


def campaign_from_row(row: Row, believed: Believed) -> Campaign:
    """A row of recovery.campaigns as the domain knows it."""
    terms = Terms.model_validate(row["terms"])
    return Campaign(
        id=row["id"],
        tenant_id=row["tenant_id"],
        terms=terms,
        genuine=_genuine(row, terms, believed.acts),
        place=Place(
            stage=Stage(row["stage"]), cursor=row["cursor"], reminder=row["reminder"], reminded=row["reminded"],
            announced_at=row["announced_at"], next_batch_at=row["next_batch_at"],
        ),
        code=row["code"],
        counts=CampaignCounts.model_validate(row["counts"]),
        version=row["version"],
        act_seq=row["act_seq"],
        applied_seq=row["applied_seq"],
        started_at=row["started_at"],
        outcome=CampaignOutcome(row["outcome"]) if row["outcome"] else None,
        ended_at=row["ended_at"],
    )  # fmt: skip


def _genuine(row: Row, terms: Terms, acts: Sequence[CampaignAct]) -> bool:
    """The start and everything decided since is there and signed, and says what the row says."""
    complete = [act.seq for act in acts] == list(range(1, row["act_seq"] + 1))
    starts = [act.terms for act in acts if act.kind is CampaignActKind.START]
    return complete and starts == [terms] and terms.tenant_id == row["tenant_id"] and terms.group == row["group_name"]
