"""The door of stop links: the reader of a notice says that this was not them (R24, B20)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import uuid5

from domain.acts import ActKind, ObjectionBody
from domain.audit import AuditEvent, EventOutcome, EventType
from domain.events import by_unknown
from domain.ids import case_reference
from domain.notices import Occasion, nth
from service.stop_tokens import LinkUnknown, StopTokens
from store.page import lock_case
from store.stop_links import mark_objected, notice_of_link

if TYPE_CHECKING:
    from datetime import datetime

    from service.doors import Ring
    from store.ledger import Ledger
    from store.page import Page
    from store.stop_links import LinkedNotice


class Answer(StrEnum):
    """What an objection did."""

    PAUSED = "paused"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class StopLink:
    """What the page of a link may say: nothing of the account, of its owner or of other contact points."""

    tenant: str
    reference: str


@dataclass(frozen=True)
class Objections:
    """The door's parts, wired in compose/."""

    ledger: Ledger
    tokens: StopTokens
    ring: Ring


async def look(door: Objections, token: str) -> StopLink:
    """What stands on the page; changes nothing, however often. Raises `LinkUnknown`."""
    return _page_of(await _notice(door, token))


async def confirm(door: Objections, token: str) -> tuple[StopLink, Answer]:
    """Record the objection, once a notice; said again, the answer is the first one. Raises `LinkUnknown`.

    Before the claim the case is paused, after it and within the watch what followed is suspended. Where the case
    has ended otherwise there is nothing to stop; that a reader objected is audited and told to security all the same.
    """
    notice = await _notice(door, token)
    link, rung = _page_of(notice), 0
    async with door.ledger.unit(notice.tenant_id) as unit:
        page = await lock_case(unit, notice.case_id)
        # Whether it was said before is asked of the signed acts: the notice's row is not believed.
        act_id = uuid5(notice.id, "objection")
        if said := next((act for act in page.acts if act.id == act_id), None):
            return link, _paused_or_suspended(page, said.at)
        answer = await _answer(page)
        new = await mark_objected(unit, notice.id)
        if answer is not Answer.ENDED:
            _, rung = await page.add_act(act_id=act_id, actor=None, body=ObjectionBody(contact_id=notice.contact_id))
        if new or rung:
            page.audit(_event(page, notice, answer))
            await _tell(page, answer)
    if rung:
        await door.ring(rung)
    return link, answer


async def _notice(door: Objections, token: str) -> LinkedNotice:
    notice = await notice_of_link(door.ledger, door.tokens.digest(token))
    if notice is None:
        raise LinkUnknown
    return notice


def _page_of(notice: LinkedNotice) -> StopLink:
    return StopLink(tenant=notice.tenant, reference=case_reference(notice.case_id))


async def _answer(page: Page) -> Answer:
    if page.case.outcome is None:
        return _paused_or_suspended(page, page.now)
    watch = page.file.watch
    return Answer.SUSPENDED if watch is not None and not watch.ended else Answer.ENDED


def _paused_or_suspended(page: Page, at: datetime) -> Answer:
    claimed = page.case.claimed_at
    return Answer.PAUSED if claimed is None or at < claimed else Answer.SUSPENDED


async def _tell(page: Page, answer: Answer) -> None:
    """Everybody learns of it once a round: what an officer has answered may be objected to, and told, again."""
    if answer is Answer.ENDED:
        await page.notify(nth(Occasion.SECURITY_ALERT, "objection_late"), code="objection_late")
        return
    rulings = sum(1 for act in page.acts if act.kind is ActKind.RULING)
    await page.notify(nth(Occasion.STOPPED, str(rulings) if rulings else ""))
    await page.notify(nth(Occasion.SECURITY_ALERT, f"objection{rulings or ''}"), code="objection")


def _event(page: Page, notice: LinkedNotice, answer: Answer) -> AuditEvent:
    late = answer is Answer.ENDED
    # By the reader of the address; the link proves no more than that.
    return by_unknown(
        EventType.OBJECTION_LATE if late else EventType.OBJECTION_RECORDED,
        EventOutcome.DENIED if late else EventOutcome.SUCCESS,
        subject_id=page.case.subject_id,
        case_id=page.case.id,
        notice=str(notice.id),
        occasion=notice.occasion,
        contact=notice.contact_id,
        answer=answer.value,
    )
