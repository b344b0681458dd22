"""Weaker policies that were proposed: a second administrator agrees, or one stops them (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import RecoveryError, StepUpRefused
from domain.texts import Text
from service import policy as service
from service.naming import names_of
from service.policy import ProposalNotFound
from service.policy_preview import changes_of_proposals
from service.repeating import Answer, once, request_of
from starter.console import proving
from starter.console.policy_change import HOME, statements
from starter.console.proving import ToProve
from starter.console.refusals import refusal
from starter.console.routes import posted, shown

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

LIST = f"{HOME}/proposals"


async def show(visit: Visit) -> Response:
    """All of them, newest first."""
    return await _list(visit)


async def show_one(visit: Visit) -> Response:
    """Where a reload after a refusal leads: to all of them."""
    return visit.go_to(LIST)


async def begin_second(visit: Visit) -> Response:
    """As another administrator: ask for the proof over exactly this proposal."""
    fields = await visit.form()
    key = visit.key(fields)
    try:
        return await _ask(visit, _id(visit), key=key)
    except RecoveryError as error:
        return await _list(visit, refused=refusal(error))


async def second(visit: Visit) -> Response:
    """Check the proof and agree; the weaker policy holds a day later."""
    fields = await visit.form()
    key = visit.key(fields)
    proposal = _id(visit)

    async def act() -> Answer:
        agreed = await service.second(visit.doors, visit.session, proposal, proving.answer_of(fields))
        return agreed.model_dump(mode="json")

    try:
        await once(visit.doors, request_of(visit.session, key, "policy-second", proposal=str(proposal)), act)
    except StepUpRefused as error:
        return await _ask(visit, proposal, key=key, refused=refusal(error, field=fields.get("kind", "")))
    await visit.renew_session()
    return visit.go_to(LIST)


async def withdraw(visit: Visit) -> Response:
    """Stop it before it holds; to stop needs no proof."""
    fields = await visit.form()
    key = visit.key(fields)
    proposal = _id(visit)

    async def act() -> Answer:
        return (await service.withdraw(visit.doors, visit.session, proposal)).model_dump(mode="json")

    try:
        await once(visit.doors, request_of(visit.session, key, "policy-withdraw", proposal=str(proposal)), act)
    except RecoveryError as error:
        return await _list(visit, refused=refusal(error))
    return visit.go_to(LIST)


async def _ask(visit: Visit, proposal: UUID, *, key: str, refused: Refusal | None = None) -> Response:
    begun = await service.begin_second(visit.doors, visit.session, proposal)
    changes = (await changes_of_proposals(visit.doors, visit.session)).get(proposal, [])
    what = ToProve(
        heading=visit.say(Text("Agree to a weaker policy")),
        action=f"{LIST}/{proposal}/agree",
        hidden={"key": key},
        statements=statements(visit, changes),
    )
    return proving.ask(visit, what, begun, refused=refused)


async def _list(visit: Visit, *, refused: Refusal | None = None) -> Response:
    found = await service.read_proposals(visit.doors, visit.session)
    people = [who for one in found for who in (one.proposed_by, one.seconded_by) if who]
    return visit.page(
        "proposals.html",
        refusal=refused,
        proposals=found,
        changes=await changes_of_proposals(visit.doors, visit.session),
        names=await names_of(visit.doors, people),
        new=visit.query("new"),
        offers=await service.offers_of_proposals(visit.doors, visit.session),
    )


def _id(visit: Visit) -> UUID:
    try:
        return UUID(visit.path("proposal"))
    except ValueError:
        raise ProposalNotFound from None


ROUTES = (
    shown("/settings/policy/proposals", show),
    shown("/settings/policy/proposals/{proposal}", show_one),
    posted("/settings/policy/proposals/{proposal}/second", begin_second),
    posted("/settings/policy/proposals/{proposal}/agree", second),
    posted("/settings/policy/proposals/{proposal}/withdraw", withdraw),
)
