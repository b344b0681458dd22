"""The audit chain: its events, its check, its export and the keys that verify it (R42)."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from service import auditing, reading
from service.auditing import EventView, ExportFormat
from starter.api.entry import Services, SignedIn, SignedInDoor, TheDoors, bearer
from starter.api.problems import documented
from starter.exports import MEDIA, in_pieces
from starter.wishes.limits import MOST_EVENTS, USUAL_EVENTS

router = APIRouter(
    prefix="/audit",
    tags=["audit"],
    route_class=SignedInDoor,
    dependencies=[Depends(bearer)],
    responses=documented(401, 403, 422, 503),
)


class FirstBadEvent(BaseModel):
    """Where the chain stops being good, and what is wrong there."""

    seq: int
    event_id: UUID | None
    kind: str


class ChainCheck(BaseModel):
    """`events` were found good from the first on; signed heads vouch for the first `vouched` of them."""

    events: int
    vouched: int
    verified: bool
    first_bad: FirstBadEvent | None


class Events(BaseModel):
    """Events as their signed texts say."""

    events: list[EventView]


@router.get("/check")
async def check_chain(services: Services, session: SignedIn) -> ChainCheck:
    """Check the tenant's whole chain against signatures and signed heads."""
    report = await auditing.check_chain(services.doors, services.trail, session)
    bad = report.first_bad
    return ChainCheck(
        events=report.events,
        vouched=report.vouched_seq,
        verified=report.verified,
        first_bad=FirstBadEvent(seq=bad.seq, event_id=bad.event_id, kind=bad.kind.value) if bad else None,
    )


@router.get("/events", responses=documented(404))
async def read_events(
    doors: TheDoors,
    session: SignedIn,
    case_id: str | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = USUAL_EVENTS,
) -> Events:
    """The tenant's newest events before a sequence number, or the latest of one case in their order."""
    found = None if case_id is None else await reading.find_case(doors, session, case_id)
    return Events(events=await auditing.read_events(doors, session, case_id=found, before=before, limit=limit))


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        200: {"content": {media: {"schema": {"type": "string"}} for media in MEDIA.values()}},
        **documented(429),
    },
)
async def export(services: Services, session: SignedIn, format: ExportFormat = ExportFormat.JSONL) -> StreamingResponse:  # noqa: A002 - the parameter's name in the API
    """The tenant's whole chain as it is now; this very export is its last event."""
    lines = await auditing.begin_export(services.doors, services.trail, session, format)
    return StreamingResponse(
        in_pieces(lines),
        media_type=MEDIA[format],
        headers={"Content-Disposition": f'attachment; filename="audit.{format.value}"'},
    )


@router.get("/keys")
async def keys(services: Services, session: SignedIn) -> dict[str, Any]:  # noqa: ARG001 - for members only
    """The public keys, as a keyring that verifies and does nothing else."""
    document: dict[str, Any] = json.loads(services.trail.public_keys())
    return document
