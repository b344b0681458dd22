"""A case on the terminal: first what has to happen next and by whom, then what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.text import Text

from starter.cli.course_view import inner, rows, show_course
from starter.cli.language import marked, spoken
from starter.cli.showing import moment, output, print_facts, print_table, shown

if TYPE_CHECKING:
    from starter.cli.api_client import Json

_PANEL_WIDTH = 100
_WAITING_FOR = {
    "agent": marked("the agent"),
    "approver": marked("an approver"),
    "acting_admin": marked("the acting admin"),
    "subject": marked("the subject"),
    "security": marked("a security officer"),
    "nobody": marked("nobody"),
}


_WHEN = {"claimed_at": marked("claimed at"), "enrol_by": marked("enrol by"), "closed_at": marked("closed at")}


def show_case(case: Json) -> None:
    """Print everything about a case."""
    _next_step(case)
    subject = inner(case, "subject")
    print_facts(
        {
            "case": f"{shown(case.get('reference'))}  {shown(case.get('id'))}",
            "subject": f"{shown(subject.get('display_name'))} ({shown(subject.get('login'))})",
            "account": subject.get("id"),
            "reason": case.get("reason"),
            "password compromised": case.get("password_compromised"),
            "phase": case.get("phase"),
            **({"outcome": case["outcome"]} if case.get("outcome") else {}),
            "tier": case.get("tier"),
            "backup codes left": subject.get("backup_codes_left"),
            "opened": moment(case.get("opened_at")),
            "expires": moment(case.get("expires_at")),
            **{label: moment(case[name]) for name, label in _WHEN.items() if case.get(name)},
        }
    )
    _risks(rows(case.get("risks")))
    show_course(case)
    _stated(inner(case, "stated"))
    _verification(case)
    _plan(inner(case, "plan"))
    _contacts(subject)


def case_line(case: Json) -> str:
    """One line for a case that has just moved."""
    waits = _who(case, "nobody")
    ended = case.get("outcome")
    what = spoken("outcome {outcome}", outcome=shown(ended)) if ended else spoken("waiting for {who}", who=waits)
    return f"{shown(case.get('reference'))}  {shown(case.get('phase'))}  {what}  {shown(case.get('next_step'))}"


def show_cases(cases: list[Json]) -> None:
    """Print a list of cases."""
    lines: list[list[object]] = []
    for case in cases:
        subject = case.get("subject")
        who = subject.get("display_name") if isinstance(subject, dict) else subject or case.get("subject_display_name")
        lines.append(
            [
                case.get("reference") or case.get("id"),
                who,
                case.get("reason"),
                case.get("outcome") or case.get("phase"),
                _who(case, case.get("waiting_for")),
                moment(case.get("opened_at")),
            ]
        )
    print_table(["case", "subject", "reason", "state", "waiting for", "opened"], lines)


def show_operations(case: Json) -> list[str]:
    """The operations of the plan, one line each, for the actor who is about to sign them."""
    return [
        f"{shown(one.get('kind'))} {shown(one.get('factor_kind') or '')} {shown(one.get('target'))}".replace("  ", " ")
        for one in rows(inner(case, "plan").get("operations"))
    ]


_TYPED = {
    "ticket": marked("ticket (typed by the agent, not checked)"),
    "statement": marked("statement (typed by the agent, not checked)"),
}


def _who(case: Json, otherwise: object) -> str:
    known = _WAITING_FOR.get(str(case.get("waiting_for")))
    return spoken(known) if known else shown(otherwise)


def _next_step(case: Json) -> None:
    waiting_for = str(case.get("waiting_for"))
    title = spoken("Waiting for {who}", who=_who(case, waiting_for))
    if case.get("outcome"):
        title = spoken("Closed: {outcome}", outcome=shown(case["outcome"]))
    screen = output()
    step = Text(shown(case.get("next_step")), style="bold")
    width = min(screen.width, _PANEL_WIDTH)
    screen.print(Panel(step, title=Text(title), title_align="left", padding=(1, 2), width=width))


def _stated(stated: Json) -> None:
    known = {name: value for name, value in stated.items() if value and name in {"ticket", "statement"}}
    if known:
        print_facts({spoken(_TYPED[name]): value for name, value in known.items()})


def _risks(risks: list[Json]) -> None:
    if risks:
        print_table(
            ["risk", "what it means", "facts"],
            [[one.get("code"), one.get("sentence"), _facts(inner(one, "facts"))] for one in risks],
        )


def _facts(facts: Json) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in facts.items())


def _verification(case: Json) -> None:
    verification = inner(case, "verification")
    print_facts(
        {
            "needs": verification.get("needs"),
            "presence confirmed": bool(inner(case, "presence").get("confirmed")),
        }
    )
    verdicts = rows(verification.get("verdicts"))
    if verdicts:
        print_table(
            ["verdict", "method", "approver", "at", "counts"],
            [
                [
                    one.get("verdict"),
                    one.get("method"),
                    one.get("approver_id"),
                    moment(one.get("at")),
                    one.get("counts"),
                ]
                for one in verdicts
            ],
        )


def _plan(plan: Json) -> None:
    operations = rows(plan.get("operations"))
    if operations:
        print_facts(
            {
                "plan": spoken(
                    "version {version}, {digest}", version=shown(plan.get("version")), digest=shown(plan.get("digest"))
                )
            }
        )
        print_table(
            ["operation", "factor", "target", "state", "because"],
            [
                [one.get(name) for name in ("kind", "factor_kind", "target", "state", "justification")]
                for one in operations
            ],
        )


def _contacts(subject: Json) -> None:
    contacts = rows(subject.get("contacts"))
    if contacts:
        print_table(
            ["contact", "kind", "shown masked", "bound since"],
            [[one.get("id"), one.get("kind"), one.get("masked"), moment(one.get("bound_since"))] for one in contacts],
        )
