"""The approver's verdict on one request: evidence by method, then the proof (R13 to R18)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from domain.acts import ActKind
from domain.errors import CaseNotFound, InputRefused, NotSignedIn, RecoveryError
from domain.refusal_codes import Code
from service import reading
from starter.console import proving
from starter.console.pages.people import may_look
from starter.console.refusals import field_refusal, refusal
from starter.console.routes import posted, shown
from starter.console.verify_page import Brought, verify_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from starter.console.visit import Visit

_PLAIN = ("contact_id", "author_id", "author_confirmed")
_FIELD_OF: Mapping[str, str] = {
    Code.EVIDENCE_MISSING: "what_seen",
    Code.NUMBER_NOT_ON_RECORD: "contact_id",
    Code.NUMBER_TOO_NEW: "contact_id",
    Code.NUMBER_IS_THE_LOST_PHONE: "contact_id",
    Code.AUTHOR_UNKNOWN: "author_login",
    Code.AUTHOR_NOT_INDEPENDENT: "author_id",
    Code.AUTHOR_CANNOT_VOUCH: "author_id",
    Code.AUTHOR_RECOVERED_LATELY: "author_id",
    Code.AUTHOR_IS_GRANTER: "author_id",
    Code.MANAGER_TOO_NEW: "author_id",
    Code.RELATION_TOO_NEW: "author_id",
    Code.CONTACT_NOT_NAMED: "author_id",
    Code.AUTHOR_NOT_CONFIRMED: "author_confirmed",
    Code.TICKET_TOO_OLD: "ticket_opened_at",
    Code.TICKET_DOES_NOT_QUOTE: "quotes_case",
    Code.RECORD_TOO_NEW: "record_since",
    Code.CHECK_USED: "reference",
}
"""Beside which field a refusal of the rules is shown, by its code."""


async def show(visit: Visit) -> Response:
    """What is known, what was typed, what will be done, and a form for each method that proves something here."""
    if visit.is_part:
        # Nothing is taken away from under the hands of an approver who types evidence.
        return visit.page("verify_news.html", case=(await visit.case()).view())
    return await verify_page(visit)


async def decide(visit: Visit) -> Response:
    """On to the proof of the verdict; what is refused is said beside its field, with what was typed still there."""
    fields = await visit.form()
    key = visit.key(fields)
    form = fields.get("form", "")
    try:
        return await proving.begin(visit, await _decision(visit, fields), key=key, seen=fields.get("seen", ""))
    except (NotSignedIn, CaseNotFound):
        raise
    except ValidationError as error:
        refused = field_refusal(error)
        name = "what_seen" if refused.field == "seen" else refused.field
        refused = replace(refused, field=f"{form}-{name}")
    except RecoveryError as error:
        name = _FIELD_OF.get(error.code, "")
        refused = refusal(error, field=f"{form}-{name}" if name else "")
    return await verify_page(visit, Brought(refused=refused, typed=fields))


async def _decision(visit: Visit, fields: dict[str, str]) -> dict[str, Any]:
    evidence: dict[str, Any] = {
        "seen": fields.get("what_seen", "").strip(),
        "reference": fields.get("reference", "").strip(),
        "quotes_case": fields.get("quotes_case") == "yes",
        **{name: fields[name] for name in _PLAIN if fields.get(name)},
    }
    if login := fields.get("author_login", "").strip():
        evidence["author_id"] = await _author(visit, login)
    if opened := fields.get("ticket_opened_at", ""):
        evidence["ticket_opened_at"] = f"{opened}+00:00"
    if since := fields.get("record_since", ""):
        evidence["record_since"] = f"{since}T00:00:00+00:00"
    return {
        "kind": ActKind.VERDICT.value,
        "verdict": fields.get("verdict", ""),
        "method": fields.get("method", ""),
        "evidence": evidence,
    }


async def _author(visit: Visit, login: str) -> str:
    """The one account that answers to exactly this login; whether it may vouch, the rules say."""
    found = await reading.find_accounts(visit.doors, visit.session, login) if may_look(visit) else []
    if len(found) != 1:
        raise InputRefused(Code.AUTHOR_UNKNOWN, "Not exactly one account answers to that. Ask for their login.")
    return found[0].id


ROUTES = (
    shown("/cases/{case}/verify", show),
    posted("/cases/{case}/verify", decide),
)
