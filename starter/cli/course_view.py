"""A case's course on the terminal: who was drawn, what it waits for, who objected, what officers decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starter.cli.language import spoken
from starter.cli.showing import moment, print_facts, print_table, shown

if TYPE_CHECKING:
    from starter.cli.api_client import Json

_MINUTE, _HOUR = 60, 3600


def show_course(case: Json) -> None:
    """Print what a case waits for besides its phase; nothing where there is nothing to tell."""
    facts: dict[str, object] = {
        "why this tier": _sentences(rows(case.get("tier_because"))),
        "held": _held(case),
        "suspended": spoken("yes, the account is disabled until an officer rules") if case.get("suspended") else None,
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
        spoken(
            "{name} ({login}), {tier} tier",
            name=shown(subject.get("display_name")),
            login=shown(subject.get("login")),
            tier=shown(case.get("tier")),
        ),
        shown(case.get("next_step")),
    ]
    if held := _held(case):
        lines.append(spoken("held: {how}", how=held))
    lines += [
        spoken(
            "objected: {kind} {contact} at {at}",
            kind=shown(one.get("kind")),
            contact=shown(one.get("contact_id")),
            at=moment(one.get("at")),
        )
        for one in rows(case.get("objections"))
        if one.get("open")
    ]
    lines += [
        spoken(
            "{verdict} by {method}, approver {approver}",
            verdict=shown(one.get("verdict")),
            method=shown(one.get("method")),
            approver=shown(one.get("approver_id")),
        )
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
    if not case.get("held"):
        return None
    return spoken("past the brake of the {brake}, until an officer releases it", brake=shown(case["held"]))


def _cooling_off(case: Json) -> str | None:
    cooling = inner(case, "cooling_off")
    if not cooling or case.get("outcome") or case.get("claimed_at"):
        return None
    seconds, usual = cooling.get("seconds"), cooling.get("default_seconds")
    text = spoken("none") if not seconds else _span(seconds)
    if seconds:
        until = cooling.get("until")
        text += spoken(", until {at}", at=moment(until)) if until else spoken(", not counting yet")
    if cooling.get("waived"):
        text += spoken(", waived by break-glass")
    if cooling.get("over") and seconds:
        text += spoken(" (over)")
    if seconds != usual:
        text += spoken("; the default would be {span}", span=_span(usual))
    return text + (spoken(" (this tenant's policy is a demonstration)") if case.get("demonstration") else "")


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
    names = (
        ", ".join(shown(one) for one in approvers) if isinstance(approvers, list) and approvers else spoken("nobody")
    )
    you = spoken(" (you)") if drawn.get("mine") else ""
    return spoken(
        "{names}, of {count} eligible; others from {at}",
        names=names + you,
        count=shown(drawn.get("eligible")),
        at=moment(drawn.get("escalate_at")),
    )


def _waiver(waiver: Json) -> str | None:
    if not waiver:
        return None
    text = spoken(
        "waived {what} by {who} at {at}, because: {why}",
        what=shown(waiver.get("waives")),
        who=shown(waiver.get("by")),
        at=moment(waiver.get("at")),
        why=shown(waiver.get("because")),
    )
    if not waiver.get("reviewed_at"):
        return f"{text}; {spoken('another officer has to review it')}"
    who, at = shown(waiver.get("reviewed_by")), moment(waiver.get("reviewed_at"))
    return f"{text}; {spoken('reviewed by {who} at {at}', who=who, at=at)}"


def _watch(watch: Json) -> str | None:
    if not watch:
        return None
    return spoken("the watch is over") if watch.get("ended") else spoken("until {at}", at=moment(watch.get("until")))


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
