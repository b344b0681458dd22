"""Decisions about a case, each with the step-up that moves it forward (R28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Response

from domain.acts import CancelBody, ExecuteBody, PresenceBody
from service import deciding, reading
from service.case_view import CaseView
from service.repeating import Answer, check_key, once, request_of
from starter.api.bodies import PresenceChecked, StepUpChallenge, options
from starter.api.entry import Key, SignedIn, SignedInDoor, TheDoors, bearer
from starter.api.problems import documented
from starter.wishes.decisions import (
    AskForReset,
    BeginStepUp,
    BindPresence,
    BreakGlass,
    Cancel,
    CodesCannotBeUsed,
    CodeWasUsed,
    GiveVerdict,
    PresenceCode,
    Release,
    Review,
    Rule,
    StepUp,
)

if TYPE_CHECKING:
    from domain.acts import Body
    from service.doors import Doors
    from service.sessions import Session

_HEARD_LATER: dict[int | str, dict[str, Any]] = {
    202: {"description": "Recorded; the case's workflow has not heard of it yet", "model": CaseView}
}

router = APIRouter(
    prefix="/cases/{case}",
    tags=["decisions"],
    route_class=SignedInDoor,
    dependencies=[Depends(bearer)],
    responses={**documented(400, 401, 403, 404, 409, 422, 423, 429, 503), **_HEARD_LATER},
)


@router.post("/codes")
async def settle_codes(
    case: str,
    body: CodesCannotBeUsed | CodeWasUsed,
    *,
    doors: TheDoors,
    session: SignedIn,
    key: Key,
    response: Response,
) -> CaseView:
    """Say why the backup codes cannot be used, or confirm that one was used (R10, R11)."""
    return await _decide(doors, session, case, body.act(), key=key, response=response)


@router.post("/verdicts")
async def give_verdict(
    case: str, body: GiveVerdict, *, doors: TheDoors, session: SignedIn, key: Key, response: Response
) -> CaseView:
    """Record a verdict on the subject's identity (R13 to R18)."""
    return await _decide(doors, session, case, body.act(), key=key, response=response, step_up=body.step_up)


@router.post("/presence")
async def bind_presence(
    case: str, body: BindPresence, *, doors: TheDoors, session: SignedIn, key: Key, response: Response
) -> CaseView:
    """Bind the subject's waiting browser to the case (R36)."""
    act = PresenceBody(presence_id=body.presence_id)
    return await _decide(doors, session, case, act, key=key, response=response, step_up=body.step_up)


@router.post("/reset")
async def ask_for_reset(
    case: str, body: AskForReset, *, doors: TheDoors, session: SignedIn, key: Key, response: Response
) -> CaseView:
    """As the acting admin: ask for the reset (R27); it is judged once more before anything is removed (R34)."""
    return await _decide(doors, session, case, ExecuteBody(), key=key, response=response, step_up=body.step_up)


@router.post("/cancel")
async def cancel(
    case: str, body: Cancel, *, doors: TheDoors, session: SignedIn, key: Key, response: Response
) -> CaseView:
    """End the case without a reset; after the claim it is told that the reset has begun (R34)."""
    return await _decide(doors, session, case, CancelBody(reason=body.reason), key=key, response=response)


@router.post("/ruling")
async def rule(case: str, body: Rule, *, doors: TheDoors, session: SignedIn, key: Key, response: Response) -> CaseView:
    """As a security officer: answer the objections, or say that the cooling-off is over where nobody was told (R24)."""
    return await _decide(doors, session, case, body.act(), key=key, response=response, step_up=body.step_up)


@router.post("/release")
async def release(
    case: str, body: Release, *, doors: TheDoors, session: SignedIn, key: Key, response: Response
) -> CaseView:
    """As a security officer: let a case that is held past a brake go on (R41)."""
    return await _decide(doors, session, case, body.act(), key=key, response=response, step_up=body.step_up)


@router.post("/break-glass")
async def break_glass(
    case: str, body: BreakGlass, *, doors: TheDoors, session: SignedIn, key: Key, response: Response
) -> CaseView:
    """As a security officer: waive one requirement, once a case; another officer has to review it (R39)."""
    return await _decide(doors, session, case, body.act(), key=key, response=response, step_up=body.step_up)


@router.post("/break-glass/review")
async def review(
    case: str, body: Review, *, doors: TheDoors, session: SignedIn, key: Key, response: Response
) -> CaseView:
    """As another security officer: close the review of a break-glass, also after the case has ended (R39)."""
    return await _decide(doors, session, case, body.act(), key=key, response=response, step_up=body.step_up)


@router.post("/presence-checks")
async def check_presence(
    case: str, body: PresenceCode, doors: TheDoors, session: SignedIn, key: Key
) -> PresenceChecked:
    """Match the code that the subject's browser shows; the answer names that browser (R36)."""
    case_id = await reading.find_case(doors, session, case)

    async def check() -> Answer:
        return {"presence": await deciding.confirm_presence(doors, session, case_id, body.code)}

    request = request_of(session, key, "presence-check", case=str(case_id), code=body.code)
    answer = await once(doors, request, check)
    return PresenceChecked(presence_id=str(answer["presence"]))


@router.post("/step-ups", status_code=201)
async def begin_step_up(case: str, body: BeginStepUp, doors: TheDoors, session: SignedIn, key: Key) -> StepUpChallenge:
    """Begin the proof that one exact decision will carry; each begin asks anew."""
    case_id = await reading.find_case(doors, session, case)
    act = body.decision.act()
    await check_key(doors, request_of(session, key, "step-up", case=str(case_id), decision=act.model_dump(mode="json")))
    begun = await deciding.begin_step_up(doors, session, case_id, act)
    return StepUpChallenge(
        id=begun.id,
        kinds=list(begun.challenge.kinds),
        webauthn_options=options(begun.challenge.webauthn_options),
        expires_at=begun.expires_at,
    )


async def _decide(
    doors: Doors,
    session: Session,
    case: str,
    act: Body,
    *,
    key: str,
    response: Response,
    step_up: StepUp | None = None,
) -> CaseView:
    case_id = await reading.find_case(doors, session, case)
    answer = step_up.answer() if step_up else None
    recorded = await deciding.decide(doors, session, case_id, act, key=key, answer=answer)
    if not recorded.delivered:
        response.status_code = 202
    if recorded.file is None:
        return await reading.read_case(doors, session, case_id)
    return (await reading.with_the_rest(doors, session, recorded.file)).view()
