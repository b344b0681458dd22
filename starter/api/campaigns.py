"""Policy rollout campaigns: starting, pausing, resuming and calling off, and how far one has come (R40)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from domain.campaign import CampaignActKind, CampaignNotFound
from service import campaigns
from service.campaigns import CampaignSummary, CampaignView
from starter.api.entry import Key, SignedIn, SignedInDoor, TheDoors, bearer
from starter.api.problems import documented
from starter.wishes.campaigns import StartCampaign
from starter.wishes.fields import Nothing
from starter.wishes.limits import MOST_CAMPAIGNS, USUAL_CAMPAIGNS

router = APIRouter(
    prefix="/campaigns",
    tags=["campaigns"],
    route_class=SignedInDoor,
    dependencies=[Depends(bearer)],
    responses=documented(401, 403, 422, 503),
)


class Campaigns(BaseModel):
    """Campaigns, newest first."""

    campaigns: list[CampaignSummary]


@router.post("", status_code=201, responses=documented(400, 409))
async def start_campaign(
    body: StartCampaign, doors: TheDoors, session: SignedIn, key: Key, response: Response
) -> CampaignView:
    """As an administrator: from the end of the grace period on, everybody in the group needs a second factor."""
    campaign_id = await campaigns.start_campaign(doors, session, body.wish(), key=key)
    response.headers["Location"] = f"/api/v1/campaigns/{campaign_id}"
    return await campaigns.read_campaign(doors, session, campaign_id)


@router.get("")
async def list_campaigns(
    doors: TheDoors, session: SignedIn, limit: Annotated[int, Query(ge=1, le=MOST_CAMPAIGNS)] = USUAL_CAMPAIGNS
) -> Campaigns:
    """The tenant's campaigns, newest first."""
    return Campaigns(campaigns=await campaigns.read_campaigns(doors, session, limit=limit))


@router.get("/{campaign}", responses=documented(404))
async def read_campaign(campaign: str, doors: TheDoors, session: SignedIn) -> CampaignView:
    """How far a campaign has come; answered from the store, whether or not a worker runs."""
    return await campaigns.read_campaign(doors, session, _id(campaign))


@router.post("/{campaign}/pause", responses=documented(400, 404, 409))
async def pause_campaign(
    campaign: str,
    doors: TheDoors,
    session: SignedIn,
    key: Key,
    body: Nothing | None = None,  # noqa: ARG001 - an empty object is part of the contract
) -> CampaignView:
    """Hold everything: nobody is told, reminded or changed until it is resumed."""
    return await _decided(doors, session, campaign, CampaignActKind.PAUSE, key)


@router.post("/{campaign}/resume", responses=documented(400, 404, 409))
async def resume_campaign(
    campaign: str,
    doors: TheDoors,
    session: SignedIn,
    key: Key,
    body: Nothing | None = None,  # noqa: ARG001 - as above
) -> CampaignView:
    """Go on where it was held; the announced end stays."""
    return await _decided(doors, session, campaign, CampaignActKind.RESUME, key)


@router.post("/{campaign}/call-off", responses=documented(400, 404, 409))
async def call_off_campaign(
    campaign: str,
    doors: TheDoors,
    session: SignedIn,
    key: Key,
    body: Nothing | None = None,  # noqa: ARG001 - as above
) -> CampaignView:
    """End it before its enforcement has begun; later it can only be paused."""
    return await _decided(doors, session, campaign, CampaignActKind.CALL_OFF, key)


async def _decided(doors: TheDoors, session: SignedIn, campaign: str, kind: CampaignActKind, key: str) -> CampaignView:
    campaign_id = _id(campaign)
    await campaigns.decide_campaign(doors, session, campaign_id, kind, key=key)
    return await campaigns.read_campaign(doors, session, campaign_id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CampaignNotFound from None
