"""A case's workflow history with its payloads decrypted, for those who may read it; every reading is audited.

Pages are counted by event numbers: a continuation token of Temporal that came back from a browser could name another
workflow's history (B23).
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.service import RPCError, RPCStatusCode

from domain.audit import HISTORY_READ
from domain.errors import CaseNotFound, InputRefused
from domain.events import by_person
from domain.ids import watch_id, workflow_id
from domain.policy.access import Access, may_read_case
from service.reading import require
from service.standing import ENGINE_AWAY
from service.view import View
from store.statements import SQL
from transport.errors import MessageUnreadable, TemporalUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from temporalio.api.history.v1 import HistoryEvent
    from temporalio.client import Client

    from domain.case import Case
    from service.doors import Doors
    from service.sessions import Session
    from service.standing import Engine

PATIENCE_SECONDS = 2.0
A_PAGE = 50
MOST_EVENTS = 5_000
MOST_CHARACTERS = 20_000
"""Of one payload; ours have a few hundred."""
WATCH = "watch"


class PayloadView(View):
    """One payload: where it stood in the event, and its text; `fault` says why it cannot be read."""

    place: str
    text: str
    fault: str


class HistoryEventView(View):
    """One event of a history: its number, its time (UTC), its type, what it is about, and what it carried."""

    id: int
    at: datetime
    type: str
    about: str
    payloads: list[PayloadView]


class HistoryView(View):
    """A page of events; `next_after` is where the next one begins, None at the end.

    `found` is False where Temporal knows no such workflow: never started, or deleted after its retention.
    """

    workflow: str
    found: bool
    events: list[HistoryEventView]
    next_after: int | None


class WorkflowChoice(View):
    """A workflow that the case has had: `part` is its number among the continuations, or "watch"."""

    part: str
    workflow: str


async def workflows_of(doors: Doors, session: Session, case_id: UUID) -> list[WorkflowChoice]:
    """The case's workflows, the latest first. Raises `Refused`, also for one's own case, and `CaseNotFound`."""
    await _readable(doors, session, case_id)
    row = await doors.ledger.pool.fetchrow(SQL["case_workflows"], case_id, session.tenant_id)
    if row is None:
        raise CaseNotFound
    runs = [WorkflowChoice(part=str(n), workflow=workflow_id(case_id, n)) for n in range(row["continuation"], -1, -1)]
    return [WorkflowChoice(part=WATCH, workflow=watch_id(case_id)), *runs] if row["watched"] else runs


async def read_history(
    doors: Doors, engine: Engine, session: Session, case_id: UUID, *, part: str = "", after: int = 0
) -> HistoryView:
    """Events after number `after` of one of the case's workflows, the latest if none is named.

    Raises `Refused`, also for one's own case, `CaseNotFound`, `InputRefused`, `TemporalUnreachable`.
    """
    case = await _readable(doors, session, case_id)
    choices = await workflows_of(doors, session, case_id)
    chosen = next((one for one in choices if one.part == part), None) if part else choices[0]
    if chosen is None:
        raise InputRefused("workflow_unknown", "The case has had no such workflow.")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            events, more = await _fetch(engine.client, chosen.workflow, after)
    except ENGINE_AWAY as error:
        raise TemporalUnreachable from error
    shown = [await _view(engine.client, one) for one in events or ()]
    # Before anything is shown: what could not be recorded was not read.
    await doors.ledger.audit(
        session.tenant_id,
        by_person(
            session.actor, HISTORY_READ, subject_id=case.subject_id, case_id=case_id,
            workflow=chosen.part, after=after, events=len(shown),
        ),
    )  # fmt: skip
    return HistoryView(
        workflow=chosen.workflow,
        found=events is not None,
        events=shown,
        next_after=shown[-1].id if more and shown else None,
    )


async def _readable(doors: Doors, session: Session, case_id: UUID) -> Case:
    await require(doors, session, Access.READ_HISTORY)
    case, _ = await doors.ledger.read_case(session.tenant_id, case_id)
    may_read_case(session.actor, case.subject_person_id).enforce()
    return case


async def _fetch(client: Client, workflow: str, after: int) -> tuple[list[HistoryEvent] | None, bool]:
    handle = client.get_workflow_handle(workflow)
    found: list[HistoryEvent] = []
    try:
        async for event in handle.fetch_history_events(rpc_timeout=timedelta(seconds=PATIENCE_SECONDS)):
            if event.event_id > after:
                found.append(event)
            if len(found) > A_PAGE or event.event_id >= MOST_EVENTS:
                break
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None, False
        raise
    return found[:A_PAGE], len(found) > A_PAGE


async def _view(client: Client, event: HistoryEvent) -> HistoryEventView:
    name = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").replace("_", " ").lower()
    attributes = getattr(event, event.WhichOneof("attributes") or "", None)
    return HistoryEventView(
        id=event.event_id,
        at=event.event_time.ToDatetime(tzinfo=UTC),
        type=name,
        about=_about(attributes),
        payloads=[
            await _payload(client, place, one)
            for place, one in (*_payloads(event.user_metadata), *_payloads(attributes))
        ],
    )


def _about(attributes: Message | None) -> str:
    """The name that an event carries in the clear: of an activity, an update, a signal or a timer."""
    for path in ("activity_type.name", "workflow_type.name", "accepted_request.input.name", "signal_name", "timer_id"):
        value: Any = attributes
        for part in path.split("."):
            value = getattr(value, part, None)
        if isinstance(value, str) and value:
            return value
    return ""


def _payloads(message: Message | None, place: str = "") -> Iterator[tuple[str, Payload]]:
    """Every payload within, with the names of the fields that lead there."""
    if message is None:
        return
    for field, value in message.ListFields():
        here = f"{place}.{field.name}" if place else field.name
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            inner = [(f"{here}.{key}", value[key]) for key in sorted(value) if isinstance(value[key], Message)]
        elif field.is_repeated:
            inner = [(f"{here}[{number}]", one) for number, one in enumerate(value)]
        else:
            inner = [(here, value)]
        for where, one in inner:
            if isinstance(one, Payload):
                yield where.replace(".payloads[", "["), one
            else:
                yield from _payloads(one, where)


async def _payload(client: Client, place: str, payload: Payload) -> PayloadView:
    if place.startswith("search_attributes."):
        # The one thing that Temporal must be able to read itself: codes and digests.
        return PayloadView(place=place, text=_text(payload), fault="")
    codec = client.data_converter.payload_codec
    try:
        [read] = await codec.decode([payload]) if codec else [payload]
        # A worker's codec hands on what it cannot decrypt, with this mark.
        fault = "payload_refused" if read.metadata.get("encoding") == b"binary/refused" else ""
    except MessageUnreadable as error:
        read, fault = Payload(), error.code
    return PayloadView(place=place, text="" if fault else _text(read), fault=fault)


def _text(payload: Payload) -> str:
    if payload.metadata.get("encoding") == b"binary/null":
        return "null"
    try:
        text = json.dumps(json.loads(payload.data), ensure_ascii=False, indent=1, sort_keys=True)
    except (ValueError, RecursionError):
        text = payload.data.decode("utf-8", "replace")
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + " …"
