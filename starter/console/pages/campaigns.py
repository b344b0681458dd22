"""Rollout campaigns: a group will need a second factor; starting, holding, and how far one has come (R40)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ValidationError

from domain.campaign import CampaignActKind, CampaignNotFound, CampaignState
from domain.errors import RecoveryError
from domain.policy.campaigns import USUAL_PER_SECOND, may_manage_campaigns
from domain.refusal_codes import Code
from service import campaigns
from service.naming import names_of
from starter.console.refusals import field_refusal, refusal
from starter.console.routes import posted, shown
from starter.console.site import BASE
from starter.wishes.campaigns import StartCampaign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

HOME = f"{BASE}/campaigns"
MOST = 50
_FIELDS = ("group", "grace_days", "remind_days", "per_second")
_FIELD_OF: Mapping[str, str] = {
    Code.CAMPAIGN_GROUP_EMPTY: "group",
    Code.CAMPAIGN_ALREADY_RUNNING: "group",
    Code.CAMPAIGN_GRACE_OUT_OF_RANGE: "grace_days",
    Code.CAMPAIGN_REMINDER_OUTSIDE_GRACE: "remind_days",
    Code.CAMPAIGN_RATE_OUT_OF_RANGE: "per_second",
    Code.CAMPAIGN_RATE_TOO_LOW: "per_second",
}
_KINDS = {"pause": CampaignActKind.PAUSE, "resume": CampaignActKind.RESUME, "call-off": CampaignActKind.CALL_OFF}


async def show(visit: Visit) -> Response:
    """All campaigns, newest first, and the form to start one."""
    return await _list(visit)


async def start(visit: Visit) -> Response:
    """Start one; a second click leads to the same."""
    fields = await visit.form()
    key = visit.key(fields)
    typed = {name: fields.get(name, "").strip() for name in _FIELDS}
    try:
        wish = StartCampaign.model_validate(_values(typed)).wish()
        campaign_id = await campaigns.start_campaign(visit.doors, visit.session, wish, key=key)
    except ValidationError as error:
        return await _list(visit, refused=field_refusal(error), typed=typed)
    except RecoveryError as error:
        return await _list(visit, refused=refusal(error, field=_FIELD_OF.get(error.code, "")), typed=typed)
    return visit.go_to(f"{HOME}/{campaign_id}")


async def show_campaign(visit: Visit) -> Response:
    """How far one has come; the numbers are asked for again by themselves."""
    return await _one(visit)


async def decide(visit: Visit) -> Response:
    """Pause, resume or call off."""
    fields = await visit.form()
    key = visit.key(fields)
    kind, campaign_id = _KINDS.get(visit.path("kind")), _id(visit)
    if kind is None:
        raise CampaignNotFound
    try:
        await campaigns.decide_campaign(visit.doors, visit.session, campaign_id, kind, key=key)
    except CampaignNotFound:
        raise
    except RecoveryError as error:
        return await _one(visit, refused=refusal(error))
    return visit.go_to(f"{HOME}/{campaign_id}")


def _values(typed: dict[str, str]) -> dict[str, object]:
    """What was typed as the API takes it; what is no number stays a text, which the field's check refuses."""
    found: dict[str, object] = {"group": typed["group"], "grace_days": _number(typed["grace_days"])}
    if typed["remind_days"]:
        found["remind_days"] = [_number(one) for one in typed["remind_days"].replace(",", " ").split()]
    if typed["per_second"]:
        found["per_second"] = _number(typed["per_second"])
    return found


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text  # noqa: PLR2004 - no int is longer


async def _list(visit: Visit, *, refused: Refusal | None = None, typed: dict[str, str] | None = None) -> Response:
    found = await campaigns.read_campaigns(visit.doors, visit.session, limit=MOST)
    return visit.page(
        "campaigns.html",
        refusal=refused,
        campaigns=found,
        typed=typed or {"group": "", "grace_days": "14", "remind_days": "", "per_second": str(USUAL_PER_SECOND)},
        may_manage=may_manage_campaigns(visit.session.actor).allowed,
    )


async def _one(visit: Visit, *, refused: Refusal | None = None) -> Response:
    found = await campaigns.read_campaign(visit.doors, visit.session, _id(visit))
    return visit.page(
        "campaigns_part.html" if visit.is_part else "campaigns_one.html",
        refusal=refused,
        campaign=found,
        names=await names_of(visit.doors, [one.by for one in found.decisions]),
        may_manage=may_manage_campaigns(visit.session.actor).allowed,
        running=found.outcome is None and found.standing is CampaignState.RUNNING,
        paused=found.outcome is None and found.standing is CampaignState.PAUSED,
    )


def _id(visit: Visit) -> UUID:
    try:
        return UUID(visit.path("campaign"))
    except ValueError:
        raise CampaignNotFound from None


ROUTES = (
    shown("/campaigns", show),
    posted("/campaigns", start),
    shown("/campaigns/{campaign}", show_campaign),
    posted("/campaigns/{campaign}/{kind}", decide),
)
