"""The tenant's policy: read, checked, changed by one or by two administrators, and explained (R26)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from service import explaining
from service import policy as service
from service.explaining import Explanation
from service.policy import Outcome, ProposalView, VersionView, Wanted
from service.policy_file import LARGEST_DOCUMENT, read_toml, write_toml
from service.repeating import Answer, check_key, once, request_of
from starter.api.bodies import StepUpChallenge, options
from starter.api.entry import Key, SignedIn, SignedInDoor, TheDoors, bearer
from starter.api.problems import documented
from starter.wishes.decisions import StepUp
from starter.wishes.fields import Nothing, Strict
from starter.wishes.policy import ExplainCase

Document = Annotated[str, Field(max_length=LARGEST_DOCUMENT, description="The whole policy as a TOML document")]

router = APIRouter(
    prefix="/policy",
    tags=["policy"],
    route_class=SignedInDoor,
    dependencies=[Depends(bearer)],
    responses=documented(401, 403, 422, 503),
)


class CheckPolicy(Strict):
    """A document to be checked."""

    document: Document


class ChangePolicy(Strict):
    """The document that shall be the policy, with its proof."""

    document: Document
    step_up: StepUp | None


class SecondProposal(Strict):
    """The proof over exactly this proposal."""

    step_up: StepUp | None


class PolicyDocument(BaseModel):
    """The policy in force as its document."""

    version: int
    document: str


class Checked(BaseModel):
    """The document is a policy; what it says of each key."""

    policy: dict[str, Any]


class Proposals(BaseModel):
    """Proposals, newest first."""

    proposals: list[ProposalView]


class Versions(BaseModel):
    """Versions, newest first."""

    versions: list[VersionView]


@router.get("")
async def read_policy(doors: TheDoors, session: SignedIn) -> dict[str, Any]:
    """The policy in force, with its version."""
    return (await service.read_policy(doors, session)).record()


@router.get("/document")
async def read_document(doors: TheDoors, session: SignedIn) -> PolicyDocument:
    """The policy in force as a TOML document, with the rule and the default of each key."""
    policy = await service.read_policy(doors, session)
    return PolicyDocument(version=policy.version, document=write_toml(policy))


@router.get("/versions")
async def read_versions(doors: TheDoors, session: SignedIn) -> Versions:
    """Every version there is."""
    return Versions(versions=await service.read_versions(doors, session))


@router.post("/check")
async def check_policy(body: CheckPolicy, session: SignedIn, key: Key) -> Checked:  # noqa: ARG001 - the door's contract
    """Whether a document is a policy; nothing is changed."""
    return Checked(policy=read_toml(body.document).record())


@router.post("/step-ups", status_code=201, responses=documented(400, 409, 423, 429))
async def begin_change(body: CheckPolicy, doors: TheDoors, session: SignedIn, key: Key) -> StepUpChallenge:
    """Begin the proof over exactly this document."""
    await check_key(doors, request_of(session, key, "policy-step-up", document=body.document))
    return _challenge(await service.begin_change(doors, session, read_toml(body.document)))


@router.post("/apply", responses=documented(400, 409, 423, 429))
async def change_policy(body: ChangePolicy, doors: TheDoors, session: SignedIn, key: Key) -> Outcome:
    """As an administrator: set this policy, or propose it where it weakens something."""
    answer = body.step_up.answer() if body.step_up else None
    wanted = Wanted(read_toml(body.document), answer)

    async def apply() -> Answer:
        return (await service.change(doors, session, wanted)).model_dump(mode="json")

    return Outcome.model_validate(
        await once(doors, request_of(session, key, "policy-apply", document=body.document), apply)
    )


@router.get("/proposals")
async def read_proposals(doors: TheDoors, session: SignedIn) -> Proposals:
    """Weaker policies that were proposed, and how each stands."""
    return Proposals(proposals=await service.read_proposals(doors, session))


@router.post("/proposals/{proposal}/step-ups", status_code=201, responses=documented(400, 404, 409, 423, 429))
async def begin_second(
    proposal: UUID,
    doors: TheDoors,
    session: SignedIn,
    key: Key,
    body: Nothing | None = None,  # noqa: ARG001 - an empty object is part of the contract
) -> StepUpChallenge:
    """Begin the proof over exactly this seconding."""
    await check_key(doors, request_of(session, key, "second-step-up", proposal=str(proposal)))
    return _challenge(await service.begin_second(doors, session, proposal))


@router.post("/proposals/{proposal}/second", responses=documented(400, 404, 409, 423, 429))
async def second(proposal: UUID, body: SecondProposal, doors: TheDoors, session: SignedIn, key: Key) -> ProposalView:
    """As another administrator: agree; the weaker policy holds a day later."""
    answer = body.step_up.answer() if body.step_up else None

    async def agree() -> Answer:
        return (await service.second(doors, session, proposal, answer)).model_dump(mode="json")

    request = request_of(session, key, "policy-second", proposal=str(proposal))
    return ProposalView.model_validate(await once(doors, request, agree))


@router.post("/proposals/{proposal}/withdraw", responses=documented(400, 404, 409))
async def withdraw(
    proposal: UUID,
    doors: TheDoors,
    session: SignedIn,
    key: Key,
    body: Nothing | None = None,  # noqa: ARG001 - an empty object is part of the contract
) -> ProposalView:
    """As an administrator or a security officer: stop a weakening before it holds."""

    async def stop() -> Answer:
        return (await service.withdraw(doors, session, proposal)).model_dump(mode="json")

    request = request_of(session, key, "policy-withdraw", proposal=str(proposal))
    return ProposalView.model_validate(await once(doors, request, stop))


@router.post("/explain", responses=documented(404, 409))
async def explain(body: ExplainCase, doors: TheDoors, session: SignedIn, key: Key) -> Explanation:  # noqa: ARG001 - the door's contract
    """What a case about this person would ask for, phase by phase, and who is eligible now; nothing is changed."""
    return await explaining.explain(
        doors, session, subject=body.subject, reason=body.reason, compromised=body.password_compromised
    )


def _challenge(begun: Any) -> StepUpChallenge:
    return StepUpChallenge(
        id=begun.id,
        kinds=list(begun.challenge.kinds),
        webauthn_options=options(begun.challenge.webauthn_options),
        expires_at=begun.expires_at,
    )
