"""Whether this process can work: for the operator and the monitoring; tells a stranger nothing else."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from domain.case import RiskCode
from postgres.outages import BUSY, UNREACHABLE
from starter.api.entry import OpenDoor, Services

_PATIENCE_SECONDS = 2.0
State = Literal["ok", "unreachable"]

router = APIRouter(tags=["health"], route_class=OpenDoor)


class Health(BaseModel):
    """`ok` as long as the database answers: without Temporal acts are committed and delivered later.

    A warning is for the operator and names no tenant: some tenant has fewer eligible approvers than its
    policy calls enough (R22); the tenant's audit says how many.
    """

    status: State
    database: State
    temporal: State
    warning: Literal[RiskCode.FEW_ELIGIBLE_APPROVERS] | None = None


@router.get(
    "/healthz",
    response_model_exclude_none=True,
    responses={503: {"model": Health, "description": "The database cannot be reached"}},
)
async def health(services: Services, response: Response) -> Health:
    """Readiness of the database and of Temporal."""
    database, temporal = await asyncio.gather(_database(services), services.temporal_answers())
    response.status_code = 200 if database else 503
    few = database and await _approvers_are_few(services)
    return Health(
        status=_state(database),
        database=_state(database),
        temporal=_state(temporal),
        warning=RiskCode.FEW_ELIGIBLE_APPROVERS if few else None,
    )


async def _database(services: Services) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await services.doors.ledger.answers()
    except (*UNREACHABLE, *BUSY):
        return False


async def _approvers_are_few(services: Services) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await services.doors.ledger.approvers_are_few()
    except (*UNREACHABLE, *BUSY):
        return False


def _state(answers: bool) -> State:
    return "ok" if answers else "unreachable"
