"""The commands directory import and directory show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from starter.cli.context import at_hand
from starter.cli.errors import InputUnreadable
from starter.cli.language import marked, spoken
from starter.cli.options import AsJson
from starter.cli.showing import moment, print_facts, print_json, print_line, print_table, shown
from starter.wishes.limits import LARGEST_IMPORT_BYTES

_KNOWN = {
    "id": marked("id"),
    "status": marked("status"),
    "tier": marked("tier"),
    "backup_codes_left": marked("backup codes left"),
    "open_case_id": marked("open case id"),
}
_COLUMNS = {
    "kind": marked("kind"),
    "label": marked("label"),
    "enrolled_at": marked("enrolled_at"),
    "masked": marked("masked"),
    "bound_since": marked("bound_since"),
}


def import_people(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The document with people, JSON.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Import people and their roles; people who are there already are left as they are."""
    with at_hand(context).api() as api:
        answer = api.post("/directory/imports", read_document(file))
    if as_json:
        print_json(answer)
    else:
        print_facts(
            {"people": answer.get("people"), "created": answer.get("created"), "members": answer.get("members")}
        )


def show_account(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Login, e-mail address or number, exactly as on record.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show the accounts that answer to exactly this text: factors, contacts (masked), open case."""
    with at_hand(context).api() as api:
        answer = api.get("/directory/accounts", exact=text)
    if as_json:
        print_json(answer)
        return
    accounts = answer.get("accounts") or []
    if len(accounts) != 1:
        print_line(spoken("{count} accounts answer to that.", count=len(accounts)))
    for account in accounts:
        print_facts(
            {
                "account": f"{shown(account.get('display_name'))} ({shown(account.get('login'))})",
                **{label: account.get(name) for name, label in _KNOWN.items()},
            }
        )
        for heading, name, columns in (
            (marked("factor"), "factors", ("id", "kind", "label", "enrolled_at")),
            (marked("contact"), "contacts", ("id", "kind", "masked", "bound_since")),
        ):
            rows = account.get(name) or []
            if rows:
                print_table(
                    [heading, *(_COLUMNS[one] for one in columns[1:])],
                    [[*(one.get(column) for column in columns[:-1]), moment(one.get(columns[-1]))] for one in rows],
                )


def read_document(file: Path) -> dict[str, object]:
    """A JSON object from a file. Raises `InputUnreadable`, saying nothing of its content."""
    try:
        if file.stat().st_size > LARGEST_IMPORT_BYTES:
            raise InputUnreadable(spoken("The document is larger than 20 MB."))
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise InputUnreadable(spoken("The document is no JSON.")) from None
    if not isinstance(document, dict):
        raise InputUnreadable(spoken("The document must be a JSON object."))
    return document
