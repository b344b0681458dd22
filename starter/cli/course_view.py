"""A case's course on the terminal: who was drawn, what it waits for, who objected, what officers decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starter.cli.showing import moment, print_facts, print_table, shown

if TYPE_CHECKING:
    from starter.cli.api_client import Json

_MINUTE, _HOUR = 60, 3600


def show_course(case: Json) -> None:
    """Print what a case waits for besides its phase; nothing where there is nothing to tell."""
    facts: dict[str, object] = {
        "why this tier": _sentences(rows(case.get("tier_because"))),
        "held": _held(case),
        "suspended": "yes, the account is disabled until an officer rules" if case.get("suspended") else None,
        "cooling-off": _cooling_off(case),
        "drawn": _drawn(inner(case, "drawn")),
        "break-glass": _waiver(inner(case, "waiver")),
        "watched": _watch(inner(case, "watch")),
        "notices not sent": case.get("notices_failed"),
    }
    told = {name: value for name, value in facts.items() if value}
    if told:
        print_facts(told)
    _objections(rows(case.get("objections")))
    _deadlines(rows(case.get("deadlines")))
    _notices(rows(case.get("notices")))


def what_officers_see(case: Json) -> list[str]:
    """What an officer is about to decide on, one line each, before they sign."""
    subject = inner(case, "subject")
    lines = [
        f"{shown(subject.get('display_name'))} ({shown(subject.get('login'))}), {shown(case.get('tier'))} tier",
        shown(case.get("next_step")),
    ]
    if held := _held(case):
        lines.append(f"held: {held}")
    lines += [
        f"objected: {shown(one.get('kind'))} {shown(one.get('contact_id'))} at {moment(one.get('at'))}"
        for one in rows(case.get("objections"))
        if one.get("open")
    ]
    lines += [
        f"{shown(one.get('verdict'))} by {shown(one.get('method'))}, approver {shown(one.get('approver_id'))}"
        for one in rows(inner(case, "verification").get("verdicts"))
    ]
    for text in (_cooling_off(case), _waiver(inner(case, "waiver"))):
        lines += [text] if text else []
    return lines


def inner(document: Json, name: str) -> Json:
    """An object within, or an empty one."""
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def rows(found: object) -> list[Json]:
    """The objects of a list; nothing else."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _sentences(reasons: list[Json]) -> str:
    return " ".join(shown(one.get("sentence")) for one in reasons)


def _held(case: Json) -> str | None:
    return f"past the brake of the {shown(case['held'])}, until an officer releases it" if case.get("held") else None


def _cooling_off(case: Json) -> str | None:
    cooling = inner(case, "cooling_off")
    if not cooling or case.get("outcome") or case.get("claimed_at"):
        return None
    seconds, usual = cooling.get("seconds"), cooling.get("default_seconds")
    text = "none" if not seconds else _span(seconds)
    if seconds:
        text += f", until {moment(cooling['until'])}" if cooling.get("until") else ", not counting yet"
    if cooling.get("waived"):
        text += ", waived by break-glass"
    if cooling.get("over") and seconds:
        text += " (over)"
    if seconds != usual:
        text += f"; the default would be {_span(usual)}"
    return text + (" (this tenant's policy is a demonstration)" if case.get("demonstration") else "")


def _span(seconds: object) -> str:
    if not isinstance(seconds, int):
        return shown(seconds)
    if seconds and seconds % _HOUR == 0:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _MINUTE} min" if seconds and seconds % _MINUTE == 0 else f"{seconds} s"


def _drawn(drawn: Json) -> str | None:
    if not drawn:
        return None
    approvers = drawn.get("approvers")
    names = ", ".join(shown(one) for one in approvers) if isinstance(approvers, list) and approvers else "nobody"
    you = " (you)" if drawn.get("mine") else ""
    return f"{names}{you}, of {shown(drawn.get('eligible'))} eligible; others from {moment(drawn.get('escalate_at'))}"


def _waiver(waiver: Json) -> str | None:
    if not waiver:
        return None
    text = f"waived {shown(waiver.get('waives'))} by {shown(waiver.get('by'))} at {moment(waiver.get('at'))}"
    text += f", because: {shown(waiver.get('because'))}"
    reviewed = f"reviewed by {shown(waiver.get('reviewed_by'))} at {moment(waiver.get('reviewed_at'))}"
    return f"{text}; {reviewed if waiver.get('reviewed_at') else 'another officer has to review it'}"


def _watch(watch: Json) -> str | None:
    if not watch:
        return None
    return "the watch is over" if watch.get("ended") else f"until {moment(watch.get('until'))}"


def _objections(objections: list[Json]) -> None:
    if objections:
        print_table(
            ["objection", "contact", "at", "open"],
            [[one.get("kind"), one.get("contact_id"), moment(one.get("at")), one.get("open")] for one in objections],
        )


def _deadlines(deadlines: list[Json]) -> None:
    if deadlines:
        print_table(["when", "what happens"], [[moment(one.get("at")), one.get("sentence")] for one in deadlines])


def _notices(notices: list[Json]) -> None:
    if notices:
        print_table(
            ["notice", "to", "kind", "channel", "state", "why", "at"],
            [
                [
                    *(one.get(name) for name in ("occasion", "contact_id", "contact_kind", "channel", "state")),
                    one.get("code") or None,
                    moment(one.get("at")),
                ]
                for one in notices
            ],
        )
