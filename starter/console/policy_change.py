"""Changing the policy by pages: what was previewed is proved, then applied, whichever page it came from (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import StepUpRefused
from domain.texts import Text
from service import policy as service
from service.policy import Outcome, Wanted
from service.policy_file import read_toml, write_toml
from service.policy_preview import preview
from service.repeating import Answer, once, request_of
from starter.console import proving
from starter.console.proving import ToProve
from starter.console.refusals import PageStale, refusal
from starter.console.site import BASE

if TYPE_CHECKING:
    from starlette.responses import Response

    from domain.policy.document import Policy
    from service.policy_preview import ChangeView
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

HOME = f"{BASE}/settings/policy"


class PolicyPageStale(PageStale):
    """This page is out of date: the policy has changed since you opened it. Nothing was done; look again."""

    code = "policy_page_stale"


async def require_fresh(visit: Visit, base: str) -> Policy:
    """The policy in force. Raises `PolicyPageStale` unless it is the version that the page was made from.

    A document is the whole policy: one made from an older version would take back what others changed meanwhile.
    """
    policy = await service.read_policy(visit.doors, visit.session)
    if base != str(policy.version):
        raise PolicyPageStale
    return policy


async def begin(visit: Visit, wanted: Policy, *, base: str, key: str, refused: Refusal | None = None) -> Response:
    """Ask for the proof over exactly this policy. Raises what refuses it, and `PolicyPageStale`."""
    await require_fresh(visit, base)
    seen = await preview(visit.doors, visit.session, wanted)
    begun = await service.begin_change(visit.doors, visit.session, wanted)
    what = ToProve(
        heading=visit.say(Text("Propose a weaker policy")) if seen.weakens else visit.say(Text("Change the policy")),
        action=f"{HOME}/apply",
        hidden={"document": write_toml(wanted), "base": base, "key": key},
        statements=statements(visit, seen.changes),
    )
    return proving.ask(visit, what, begun, refused=refused)


async def apply(visit: Visit) -> Response:
    """Check the proof and make it the policy, or a proposal where it weakens something."""
    fields = await visit.form()
    key = visit.key(fields)
    document, base = fields.get("document", ""), fields.get("base", "")
    wanted = read_toml(document)

    async def act() -> Answer:
        outcome = await service.change(visit.doors, visit.session, Wanted(wanted, proving.answer_of(fields)))
        return outcome.model_dump(mode="json")

    request = request_of(visit.session, key, "policy-apply", document=document, base=base)
    try:
        outcome = Outcome.model_validate(await once(visit.doors, request, act))
    except StepUpRefused as error:
        return await begin(visit, wanted, base=base, key=key, refused=refusal(error, field=fields.get("kind", "")))
    await visit.renew_session()
    if outcome.proposal is None:
        return visit.go_to(f"{HOME}?now={outcome.version}")
    return visit.go_to(f"{HOME}/proposals?new={outcome.proposal.id}")


def statements(visit: Visit, changes: list[ChangeView]) -> tuple[tuple[str, str], ...]:
    """What changes, line by line, as it stands above the proof."""
    weaker = visit.say(Text("weaker"))
    return tuple((one.name, f"{one.before} → {one.after}" + (f" ({weaker})" if one.weaker else "")) for one in changes)
