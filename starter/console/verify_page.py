"""The approver's page of one case, as verdict, revealed number and document check all come back to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from domain.acts import Method
from service import identity_checks
from service.naming import names_of
from service.offers import next_offer
from service.verifying import METHODS, approach
from starter.console import proving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from domain.case_file import CaseFile
    from service.case_view import CaseView
    from service.identity_checks import CheckView, Started
    from service.verifying import Approach
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

DOUBT = "doubt"
"""The form for what did not work out, by whatever method; every other form has its method's name."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What an answer shows beside the page itself: what was typed, a number shown once, a link for the caller."""

    refused: Refusal | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""
    number: str = field(default="", repr=False)
    started: Started | None = None


async def verify_page(visit: Visit, brought: Brought | None = None) -> Response:
    """The page as the case stands now. Raises `CaseNotFound`, and `Refused` for a case about oneself."""
    brought = brought or Brought()
    read = await visit.case()
    case = read.view()
    checks = await _checks(visit, read.file)
    passed = [one for one in checks if one.state == "verified"]
    mine = await approach(visit.doors, visit.session, read.file, passed_checks=[str(one.reference) for one in passed])
    open_ways = [one for one in mine.ways if one.closed is None] if mine.not_verified is None else []
    forms = {one.method.value for one in open_ways} | ({DOUBT} if mine.no_doubt is None else set())
    return visit.page(
        "verify.html",
        refusal=_placed(brought.refused, forms),
        case=case,
        seen=proving.seen_of(case),
        pulse=read.pulse,
        heard_later=visit.query("heard") == "later",
        mine=mine,
        next=next_offer(read.file, visit.session.actor),
        open_ways=open_ways,
        closed_ways=[one for one in mine.ways if one not in open_ways],
        shown=_shown(brought, forms, open_ways[0].method.value if open_ways else DOUBT),
        brought=brought,
        checks=checks,
        passed=passed,
        may_check=visit.services.identity_checks is not None,
        methods=METHODS,
        names=await names_of(visit.doors, _people(case, mine)),
    )


async def _checks(visit: Visit, file: CaseFile) -> list[CheckView]:
    checks = visit.services.identity_checks
    return [] if checks is None else await identity_checks.of_case(checks, visit.session, file)


def _placed(refused: Refusal | None, forms: set[str]) -> Refusal | None:
    """A refusal beside a field of a form that is no longer there is shown above everything."""
    if refused is None or refused.field.partition("-")[0] in forms:
        return refused
    return replace(refused, field="")


def _shown(brought: Brought, forms: set[str], usual: str) -> str:
    """Which form stands open: the one that came back, that of the number that was asked for, or the best."""
    wanted = Method.CALLBACK.value if brought.contact else brought.typed.get("form", "")
    return wanted if wanted in forms else usual


def _people(case: CaseView, mine: Approach) -> list[str]:
    drawn = case.drawn.approvers if case.drawn else []
    given = [one.approver_id for one in case.verification.verdicts]
    return [case.agent_id, case.acting_admin_id, *drawn, *given, *(one.account_id for one in mine.vouchers)]
