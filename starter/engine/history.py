"""A workflow's history read from Temporal, a page of events at a time, with its payloads decrypted."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.service import RPCError, RPCStatusCode

from service.history import EventsRead, HistoryEventView, PayloadView
from starter.engine.patience import ENGINE_AWAY, HISTORY_PATIENCE_SECONDS
from transport.errors import MessageUnreadable, TemporalUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from temporalio.api.history.v1 import HistoryEvent
    from temporalio.client import Client

MOST_EVENTS = 5_000
MOST_CHARACTERS = 20_000
"""Of one payload; ours have a few hundred."""


class TemporalHistories:
    """Fulfils `service.ports.Histories`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def namespace(self) -> str:
        """Where its workflows live, for links to the Temporal UI."""
        return self._client.namespace

    async def events(self, workflow: str, *, after: int, most: int) -> EventsRead:
        """A workflow's events after number `after`, `most` at a time. Raises `TemporalUnreachable`."""
        try:
            async with asyncio.timeout(HISTORY_PATIENCE_SECONDS):
                found, more = await _fetch(self._client, workflow, after, most)
        except ENGINE_AWAY as error:
            raise TemporalUnreachable from error
        views = [await _view(self._client, one) for one in found or ()]
        return EventsRead(found=found is not None, events=views, more=more)


async def _fetch(client: Client, workflow: str, after: int, most: int) -> tuple[list[HistoryEvent] | None, bool]:
    handle = client.get_workflow_handle(workflow)
    found: list[HistoryEvent] = []
    try:
        async for event in handle.fetch_history_events(rpc_timeout=timedelta(seconds=HISTORY_PATIENCE_SECONDS)):
            if event.event_id > after:
                found.append(event)
            if len(found) > most or event.event_id >= MOST_EVENTS:
                break
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None, False
        raise
    return found[:most], len(found) > most


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
