"""What the tests of the approver's and the acting admin's pages share: paths, filled forms, what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import ActKind, Method, Verdict, VerdictBody
from domain.ids import case_reference
from domain.messages import Phase
from starter.console.site import BASE
from tests.support.world import CALM

if TYPE_CHECKING:
    from uuid import UUID

    from domain.policy.document import Policy
    from tests.console.support import Desk
    from tests.support.browsing import Page
    from tests.support.world import World

SEEN = "She came to the front desk and we both remembered the summer party"
WHERE = "visitor log 42"
LEFT_BEHIND = ("cases", "acts", "outbox", "operations", "step_ups", "presence_checks", "sessions")


def path_of(case_id: UUID, page: str = "") -> str:
    """A page of the case."""
    return f"{BASE}/cases/{case_reference(case_id)}" + (f"/{page}" if page else "")


async def opened(w: World, subject: str = "kim", agent: str = "ada", policy: Policy | None = None) -> UUID:
    """A case in verification, under the tests' own policy or this one."""
    await w.set_policy(policy or CALM)
    case_id = await w.open(agent, subject)
    await w.until_phase(case_id, Phase.VERIFICATION)
    return case_id


async def verified(w: World, subject: str = "kim") -> UUID:
    """A case that waits for the presence code."""
    case_id = await opened(w, subject)
    body = await w.verdict(case_id, Method.IN_PERSON)
    await w.decide("cleo", case_id, body)
    await w.until_phase(case_id, Phase.PRESENCE)
    return case_id


async def state_verdict(
    desk: Desk,
    case_id: UUID,
    verdict: str = "verified",
    *,
    page: Page | None = None,
    form: str = "in_person",
    **typed: str,
) -> Page:
    """Fill in a method's form on the approver's page."""
    page = page or await desk.get(path_of(case_id, "verify"))
    given = {"what_seen": SEEN, "verdict": verdict, **({"reference": WHERE} if form != "identity_document" else {})}
    return await desk.submit(page, path_of(case_id, "verify"), having={"form": form}, **{**given, **typed})


async def acts_of(w: World, case_id: UUID, kind: ActKind) -> int:
    """How many acts of this kind the case has."""
    _, acts = await w.case(case_id)
    return sum(1 for act in acts if act.kind is kind)


async def left_behind(w: World) -> tuple[int, ...]:
    """How much there is of everything that a decision leaves behind."""
    return tuple([await w.owner(f"SELECT count(*) FROM recovery.{one}") for one in LEFT_BEHIND])


async def verdicts_of(w: World, case_id: UUID) -> list[Verdict]:
    """The verdicts given, in order."""
    _, acts = await w.case(case_id)
    return [act.body.verdict for act in acts if isinstance(act.body, VerdictBody)]
