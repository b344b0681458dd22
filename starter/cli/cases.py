"""The commands of the agent and of everybody: case open, list, show, watch, codes, cancel."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from domain.acts import CancelReason, CodesUnavailable
from domain.case import Compromised, Reason
from starter.cli.api_client import Json, part
from starter.cli.asking import ask_choice, ask_optional, ask_text, ask_yes_or_no
from starter.cli.case_view import case_line, show_case, show_cases
from starter.cli.context import at_hand
from starter.cli.language import marked, spoken
from starter.cli.options import AsJson, CaseId
from starter.cli.showing import print_json, print_line
from starter.wishes.cases import ListedState
from starter.wishes.limits import LONGEST_WAIT_SECONDS, MOST_CASES, USUAL_CASES

_Choice = TypeVar("_Choice", bound=StrEnum)


class WaitingFor(StrEnum):
    """Who has to act."""

    AGENT = "agent"
    APPROVER = "approver"
    ACTING_ADMIN = "acting_admin"
    SUBJECT = "subject"
    SECURITY = "security"


def chosen(question: str, given: _Choice | None, kind: type[_Choice]) -> _Choice:
    """What was given, or the answer to a question."""
    return given or kind(ask_choice(question, [one.value for one in kind]))


def present(case: Json, *, as_json: bool) -> None:
    """Print a case."""
    if as_json:
        print_json(case)
    else:
        show_case(case)


def open_case(
    context: typer.Context,
    *,
    subject: Annotated[str | None, typer.Option(help="Login or e-mail address, exactly as it is on record.")] = None,
    reason: Annotated[Reason | None, typer.Option(help="Why the subject cannot use the second factor.")] = None,
    cannot_complete_mfa: Annotated[
        bool | None,
        typer.Option("--cannot-complete-mfa/--can-complete-mfa", help="Whether every way to complete MFA is closed."),
    ] = None,
    password_compromised: Annotated[
        Compromised | None, typer.Option(help="Is the password possibly compromised?")
    ] = None,
    ticket: Annotated[str | None, typer.Option(help="The ticket's reference.")] = None,
    statement: Annotated[str | None, typer.Option(help="What the caller says happened.")] = None,
    revoke_sessions_because: Annotated[
        str | None, typer.Option(help="Ask for the sessions to be revoked as well, and say why.")
    ] = None,
    reset_password_because: Annotated[
        str | None, typer.Option(help="Ask for the password to be invalidated as well, and say why.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open a case about somebody who is locked out; asks for what is not given."""
    asked = None in {subject, reason, cannot_complete_mfa, password_compromised}
    body: Json = {
        "subject": subject or ask_text("Who is locked out? Login or e-mail address, exactly"),
        "reason": chosen("Why can they not use the second factor?", reason, Reason).value,
        "cannot_complete_mfa": cannot_complete_mfa
        if cannot_complete_mfa is not None
        else ask_yes_or_no("Is every way to complete MFA closed to them?"),
        "password_compromised": chosen(
            "Is the password possibly compromised?", password_compromised, Compromised
        ).value,
    }
    optional = {
        "ticket": (ticket, marked("Ticket")),
        "statement": (statement, marked("What does the caller say happened?")),
        "revoke_sessions_because": (revoke_sessions_because, marked("Revoke the sessions too? Because …")),
        "reset_password_because": (reset_password_because, marked("Invalidate the password too? Because …")),
    }
    for name, (given, question) in optional.items():
        value = given or (ask_optional(question) if asked else None)
        if value:
            body[name] = value
    with at_hand(context).api() as api:
        case = api.post("/cases", body)
    present(case, as_json=as_json)


def list_cases(
    context: typer.Context,
    *,
    state: Annotated[ListedState, typer.Option(help="Which cases.")] = ListedState.OPEN,
    waiting_for: Annotated[
        WaitingFor | None, typer.Option(help="Only those in which they have to act, the oldest first.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_CASES, help="At most so many.")] = USUAL_CASES,
    as_json: AsJson = False,
) -> None:
    """List cases."""
    with at_hand(context).api() as api:
        answer = api.get("/cases", state=state.value, waiting_for=waiting_for and waiting_for.value, limit=limit)
    if as_json:
        print_json(answer)
        return
    cases = answer.get("cases") or []
    if cases:
        show_cases(cases)
    else:
        which = state.value if waiting_for is None else spoken("waiting for {who}", who=waiting_for.value)
        print_line(spoken("No cases ({which}).", which=which))


def show(context: typer.Context, case: CaseId, *, as_json: AsJson = False) -> None:
    """Show a case: what has to happen next, by whom, and everything that is known."""
    with at_hand(context).api() as api:
        present(api.get(f"/cases/{part(case)}"), as_json=as_json)


def watch(
    context: typer.Context,
    case: CaseId,
    *,
    once: Annotated[bool, typer.Option("--once", help="End at the first change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Follow a case until it closes, one line for each change; with --json the case as it is at the end."""
    with at_hand(context).api() as api:
        path = f"/cases/{part(case)}"
        seen = api.get(path)
        changes = 0
        if not as_json:
            print_line(case_line(seen))
        while not seen.get("outcome") and not (once and changes):
            found = api.get(path, after_version=seen.get("version"), wait=LONGEST_WAIT_SECONDS)
            if found != seen:
                changes += 1
                if not as_json:
                    print_line(case_line(found))
            seen = found
    if as_json:
        print_json(seen)


def codes(
    context: typer.Context,
    case: CaseId,
    *,
    unavailable: Annotated[CodesUnavailable | None, typer.Option(help="Why no backup code can be used.")] = None,
    statement: Annotated[str | None, typer.Option(help="What the caller said about the codes.")] = None,
    used: Annotated[
        bool, typer.Option("--used", help="The caller confirms the sign-in with a code that was observed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what became of the backup codes: used, or not available and why."""
    if used and (unavailable or statement):
        raise typer.BadParameter(spoken("--used stands alone: codes are either used or not available."))
    if used:
        body: Json = {"used": True}
    else:
        body = {
            "unavailable": chosen("Why can no backup code be used?", unavailable, CodesUnavailable).value,
            "statement": statement or ask_text("What did the caller say about the codes?"),
        }
    with at_hand(context).api() as api:
        present(api.post(f"/cases/{part(case)}/codes", body), as_json=as_json)


def cancel(
    context: typer.Context,
    case: CaseId,
    *,
    reason: Annotated[CancelReason | None, typer.Option(help="Why the case ends without a reset.")] = None,
    as_json: AsJson = False,
) -> None:
    """End a case without a reset."""
    body: Json = {"reason": chosen("Why is the case cancelled?", reason, CancelReason).value}
    with at_hand(context).api() as api:
        present(api.post(f"/cases/{part(case)}/cancel", body), as_json=as_json)
