"""The audit chain: looking for events, reading one as it was signed, checking the chain, taking it away (R42)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from domain.audit import ActorKind, EventFilters, EventOutcome
from domain.errors import CaseNotFound, InputRefused, RecoveryError
from domain.ids import case_reference
from domain.refusal_codes import Code
from service import audit_search, auditing, reading
from service.audit_search import EventNotFound
from service.auditing import ExportFormat
from service.naming import names_of
from starter.console.event_words import EVENT_WORDS
from starter.console.pages.people import may_look
from starter.console.refusals import TOO_MANY, refusal
from starter.console.routes import posted, shown
from starter.console.site import BASE
from starter.exports import MEDIA, in_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from service.auditing import EventView
    from service.naming import PersonName
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

A_PAGE = 50
MOST_CHECKS_A_MINUTE = 6
"""Each reads the whole chain."""
_PATH = f"{BASE}/audit"
_FIELDS = ("case", "person", "type", "outcome", "since", "until")
_ACCOUNT = re.compile(r"[A-Za-z0-9._:-]{1,255}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_PEOPLE = {ActorKind.PERSON, ActorKind.SUBJECT}


@dataclass(frozen=True)
class Asked:
    """What the address asks for, as text and as filters; `refused` where it cannot be asked."""

    values: Mapping[str, str]
    filters: EventFilters
    refused: Refusal | None = None


async def show(visit: Visit) -> Response:
    """The newest events that fit the filters in the address."""
    asked = await _asked(visit)
    return await _list(visit, asked)


async def find_person(visit: Visit) -> Response:
    """Filter by a person: what was typed is looked up and stands in no address (R44)."""
    fields = await visit.form()
    typed = fields.get("who", "").strip()
    kept = {name: fields.get(name, "") for name in _FIELDS if fields.get(name) and name != "person"}
    if not typed:
        return visit.go_to(_address(kept))
    if not may_look(visit):
        return await _list(visit, Asked(kept, EventFilters()), typed=typed, refused=replace(TOO_MANY, field="who"))
    try:
        found = await audit_search.accounts_called(visit.doors, visit.session, typed)
        if not found and _ACCOUNT.fullmatch(typed) and _is_id(typed):
            # Accounts that are gone have no login any more, but events.
            found = [typed]
        if not found:
            raise InputRefused(Code.ACCOUNT_UNKNOWN, "No account answers to exactly this.")
    except RecoveryError as error:
        return await _list(visit, Asked(kept, EventFilters()), typed=typed, refused=refusal(error, field="who"))
    if len(found) == 1:
        return visit.go_to(_address({**kept, "person": found[0]}))
    choices = [(name, _address({**kept, "person": name.id})) for name in (await names_of(visit.doors, found)).values()]
    return await _list(visit, Asked(kept, EventFilters()), typed=typed, choices=choices)


async def show_event(visit: Visit) -> Response:
    """One event with the text that was signed."""
    number = visit.path("seq")
    if not _NUMBER.fullmatch(number):
        raise EventNotFound
    signed = await audit_search.read_event(visit.doors, visit.session, int(number))
    names = await _names(visit, [signed.event])
    data = {key: json.dumps(value, ensure_ascii=False) for key, value in sorted(signed.event.data.items())}
    return visit.page("audit_event.html", signed=signed, event=signed.event, names=names, data=data,
                      reference=case_reference)  # fmt: skip


async def check(visit: Visit) -> Response:
    """Check the whole chain and say what was found; changes nothing."""
    await visit.form()
    if not visit.site.console.attempts.admit("audit_check", visit.session.actor.account_id, most=MOST_CHECKS_A_MINUTE):
        return visit.page("refused.html", refusal=TOO_MANY)
    report = await auditing.check_chain(visit.doors, visit.services.trail, visit.session)
    return visit.page("audit_check.html", report=report)


async def export(visit: Visit) -> Response:
    """The whole chain as a file; that it was taken away is its own last event."""
    fields = await visit.form()
    try:
        chosen = ExportFormat(fields.get("format", ""))
    except ValueError:
        raise InputRefused(Code.FORMAT_UNKNOWN, "Choose JSON lines or CSV.") from None
    lines = await auditing.begin_export(visit.doors, visit.services.trail, visit.session, chosen)
    answer = StreamingResponse(in_pieces(lines), media_type=MEDIA[chosen], headers=_download(f"audit.{chosen.value}"))
    return visit.finished(answer)


async def keys(visit: Visit) -> Response:
    """The public keys, with which any reader can check an export."""
    text = json.dumps(json.loads(visit.services.trail.public_keys()), indent=1, sort_keys=True)
    answer = Response(text + "\n", media_type="application/json", headers=_download("audit-keys.json"))
    return visit.finished(answer)


async def _list(
    visit: Visit,
    asked: Asked,
    *,
    typed: str = "",
    refused: Refusal | None = None,
    choices: Sequence[tuple[PersonName, str]] = (),
) -> Response:
    refused = refused or asked.refused
    before = visit.query("before")
    events: list[EventView] = []
    if refused is None and not choices:
        events = await audit_search.search(
            visit.doors, visit.session, asked.filters,
            before=int(before) if _NUMBER.fullmatch(before) else None, limit=A_PAGE + 1,
        )  # fmt: skip
    more, events = len(events) > A_PAGE, events[:A_PAGE]
    names = await _names(visit, events, asked.filters.person)
    return visit.page(
        "audit.html",
        refusal=refused,
        asked={name: asked.values.get(name, "") for name in _FIELDS},
        typed=typed,
        choices=choices,
        events=events,
        names=names,
        person=names.get(asked.filters.person or ""),
        older=_address({**asked.values, "before": str(events[-1].seq)}) if more else "",
        newest=_address(asked.values) if before else "",
        without_person=_address({key: value for key, value in asked.values.items() if key != "person"}),
        of_person=lambda account: _address({"person": account}),
        reference=case_reference,
        types=[(code, visit.say(text)) for code, text in EVENT_WORDS.items()],
        outcomes=list(EventOutcome),
    )


async def _asked(visit: Visit) -> Asked:
    values = {name: text for name in _FIELDS if (text := visit.query(name).strip())}
    field = ""
    try:
        field = "case"
        case_id = await reading.find_case(visit.doors, visit.session, values["case"]) if "case" in values else None
        field = "person"
        person = _one_of("person", values, bool(_ACCOUNT.fullmatch(values.get("person", "x"))))
        field = "type"
        kind = _one_of("type", values, values.get("type") in EVENT_WORDS)
        field = "outcome"
        outcome = _one_of("outcome", values, values.get("outcome") in set(EventOutcome))
        field = "since"
        since = _day(values.get("since"))
        field = "until"
        until = _day(values.get("until"))
        filters = EventFilters(
            case_id=case_id,
            person=person,
            type=kind,
            outcome=EventOutcome(outcome) if outcome else None,
            since=since,
            until=until + timedelta(days=1) if until else None,
        )
    except (InputRefused, CaseNotFound) as error:
        return Asked(values, EventFilters(), refusal(error, field=field))
    return Asked(values, filters)


def _one_of(name: str, values: Mapping[str, str], known: bool) -> str | None:
    if name in values and not known:
        raise InputRefused(Code.FILTER_UNKNOWN, "There is nothing of this name to filter by.")
    return values.get(name)


def _day(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
        return datetime(found.year, found.month, found.day, tzinfo=UTC) if found.year < date.max.year else None
    except ValueError:
        raise InputRefused(Code.DATE_MALFORMED, "Write the day as year-month-day, such as 2026-11-25.") from None


def _address(values: Mapping[str, str]) -> str:
    given = {name: text for name, text in values.items() if text}
    return f"{_PATH}?{urlencode(given)}" if given else _PATH


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


async def _names(visit: Visit, events: Sequence[EventView], person: str | None = None) -> dict[str, PersonName]:
    ids = {one.actor.id for one in events if one.actor.kind in _PEOPLE}
    ids |= {one.subject for one in events if one.subject}
    asked_for = {person} - ids if person else set()
    return await names_of(visit.doors, ids) | await names_of(visit.doors, asked_for, within=visit.session.tenant_id)


def _download(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


ROUTES = (
    shown("/audit", show),
    posted("/audit/person", find_person),
    posted("/audit/check", check),
    posted("/audit/export", export),
    shown("/audit/keys", keys),
    shown("/audit/{seq}", show_event),
)
