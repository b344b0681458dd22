"""The commands that carry a step-up, case verify, presence and step-up, and reveal, which a callback needs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from domain.acts import ActKind, Confirmed, Method, Verdict
from starter.cli.api_client import Json, part
from starter.cli.asking import ask_optional, ask_secret, ask_text, ask_yes_or_no, interactive
from starter.cli.case_view import show_operations
from starter.cli.cases import chosen, present
from starter.cli.context import at_hand
from starter.cli.errors import AnswerUnreadable
from starter.cli.language import marked, spoken
from starter.cli.options import AsJson, Authenticator, CaseId
from starter.cli.showing import print_json, print_line, say, shown
from starter.cli.step_up import decide

_NEEDS: dict[Method, dict[str, str]] = {
    Method.CALLBACK: {"contact_id": marked("The id of the contact that was called")},
    Method.CORROBORATING_TICKET: {
        "author_id": marked("The account id of whoever vouches"),
        "ticket_opened_at": marked("When was the ticket opened? Such as 2026-11-25T09:30:00+00:00"),
    },
    Method.RECOVERY_CONTACT: {"author_id": marked("The account id of whoever vouches")},
    Method.VIDEO_CALL: {"record_since": marked("Since when is the photo on record? Such as 2024-03-01T00:00:00+00:00")},
}
_VOUCHED = {Method.CORROBORATING_TICKET, Method.RECOVERY_CONTACT}
_TIMES = {"ticket_opened_at": "--ticket-opened-at", "record_since": "--record-since"}


def verify(
    context: typer.Context,
    case: CaseId,
    *,
    verdict: Annotated[Verdict | None, typer.Option(help="What you conclude.")] = None,
    method: Annotated[Method | None, typer.Option(help="How the identity was verified.")] = None,
    seen: Annotated[str | None, typer.Option(help="What you saw.")] = None,
    reference: Annotated[str | None, typer.Option(help="Where the evidence is kept.")] = None,
    contact: Annotated[str | None, typer.Option(help="The id of the contact that was called.")] = None,
    author: Annotated[str | None, typer.Option(help="The account that vouches in a ticket.")] = None,
    ticket_opened_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When that ticket was opened, ISO 8601 with its offset.")
    ] = None,
    quotes_case: Annotated[bool, typer.Option("--quotes-case", help="The ticket quotes this case.")] = False,
    author_confirmed: Annotated[
        Confirmed | None, typer.Option(help="How whoever vouches confirmed that it is theirs.")
    ] = None,
    record_since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Since when the photo that you compared is on record, ISO 8601."),
    ] = None,
    authenticator: Authenticator = None,
    as_json: AsJson = False,
) -> None:
    """Record your verdict on the subject's identity, signed with a fresh proof of your own.

    The code from your authenticator app is asked for; without a terminal it is one line of standard input.
    """
    verdict = chosen("What do you conclude?", verdict, Verdict)
    method = chosen("How was the identity verified?", method, Method)
    evidence: Json = {
        "seen": seen or ask_text("What did you see?"),
        "reference": reference or ask_text("Where is the evidence kept?"),
    }
    asks = verdict is Verdict.VERIFIED and interactive()
    if asks and method in _VOUCHED:
        author_confirmed = chosen("How did whoever vouches confirm that it is theirs?", author_confirmed, Confirmed)
    if asks and method is Method.CORROBORATING_TICKET:
        quotes_case = quotes_case or ask_yes_or_no("Does the ticket quote this case's reference?")
    given = {
        "contact_id": contact,
        "author_id": author,
        "ticket_opened_at": ticket_opened_at,
        "author_confirmed": author_confirmed.value if author_confirmed else None,
        "record_since": record_since,
    }
    evidence |= {"quotes_case": quotes_case, **_evidence(given, _NEEDS.get(method, {}) if asks else {})}
    decision: Json = {"verdict": verdict.value, "method": method.value, "evidence": evidence}
    here = at_hand(context)
    with here.api() as api:
        found = decide(api, here, case, ActKind.VERDICT, decision, to="verdicts", authenticator=authenticator)
    present(found, as_json=as_json)


def presence(
    context: typer.Context, case: CaseId, *, authenticator: Authenticator = None, as_json: AsJson = False
) -> None:
    """Bind the subject's own browser: enter the code that they read to you on the verified channel.

    Both codes are asked for; without a terminal they are lines of standard input: the subject's, then your own.
    """
    here = at_hand(context)
    with here.api() as api:
        code = ask_secret("The code that the subject's browser shows")
        checked = api.post(f"/cases/{part(case)}/presence-checks", {"code": code})
        presence_id = checked.get("presence_id")
        if not isinstance(presence_id, str):
            raise AnswerUnreadable
        entered: Json = {"presence_id": presence_id}
        found = decide(api, here, case, ActKind.PRESENCE, entered, to="presence", authenticator=authenticator)
    present(found, as_json=as_json)


def execute(
    context: typer.Context, case: CaseId, *, authenticator: Authenticator = None, as_json: AsJson = False
) -> None:
    """Ask for the reset: shows the plan, asks for a fresh proof over it, and then it is carried out.

    The code from your authenticator app is asked for; without a terminal it is one line of standard input.
    """
    here = at_hand(context)
    with here.api() as api:
        if interactive():
            before = api.get(f"/cases/{part(case)}")
            say(spoken("You are about to sign this plan of {reference}:", reference=shown(before.get("reference"))))
            for line in show_operations(before):
                say(f"  {line}")
        found = decide(api, here, case, ActKind.EXECUTE, {}, to="reset", authenticator=authenticator)
    present(found, as_json=as_json)


def reveal(
    context: typer.Context,
    case: CaseId,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="The contact's id, as the case shows it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show one contact in full, for a callback; this is audited."""
    with at_hand(context).api() as api:
        found = api.post(f"/cases/{part(case)}/contacts/{part(contact)}/reveal")
    if as_json:
        print_json(found)
    else:
        print_line(shown(found.get("value")))


def _evidence(given: dict[str, str | None], needed: dict[str, str]) -> Json:
    """What was given, and the answers for what the method needs beyond it; nothing is asked without a terminal."""
    found = {name: value or (ask_optional(needed[name]) if name in needed else None) for name, value in given.items()}
    return {name: _moment(name, value) if name in _TIMES else value for name, value in found.items() if value}


def _moment(name: str, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(spoken("{option} is a time such as 2026-11-25T09:30:00+00:00.", option=_TIMES[name]))
    return moment.isoformat()
