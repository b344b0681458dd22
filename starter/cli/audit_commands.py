"""The commands audit verify, export and events."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from starter.cli.context import at_hand
from starter.cli.errors import FileExists, NotVerified
from starter.cli.language import spoken
from starter.cli.offline_audit import check_export
from starter.cli.options import AsJson
from starter.cli.showing import moment, print_facts, print_json, print_line, print_table, say, shown
from starter.wishes.limits import MOST_EVENTS, USUAL_EVENTS


class ExportFormat(StrEnum):
    """JSON lines carry the proof, CSV is for reading."""

    JSONL = "jsonl"
    CSV = "csv"


def verify(
    context: typer.Context,
    *,
    file: Annotated[
        Path | None, typer.Option(metavar="EXPORT", exists=True, dir_okay=False, help="Check this JSON-lines export.")
    ] = None,
    heads: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="The signed heads; without them a cut tail is not seen."
        ),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(metavar="KEYRING", exists=True, dir_okay=False, help="The public keyring.")
    ] = None,
    tenant_id: Annotated[UUID | None, typer.Option(help="Whose chain the export is.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the audit chain and name the first bad event; ends with 1 when it is not good.

    With --file and --keys (and --heads) everything happens here, with public keys and without the product.
    """
    if file is None and (heads or keys or tenant_id):
        raise typer.BadParameter("--heads, --keys and --tenant-id belong to --file.")
    if file is not None:
        if keys is None:
            raise typer.BadParameter("--file needs --keys, the public keyring.")
        report = check_export(file, heads, keys, tenant_id)
        bad = report.first_bad
        if heads is None:
            say(spoken("No heads file was given: a tail that was cut off would not be noticed."))
        answer: dict[str, object] = {
            "events": report.events,
            "verified": report.verified,
            "vouched": report.vouched_seq,
            "first_bad": None
            if bad is None
            else {"seq": bad.seq, "event_id": str(bad.event_id) if bad.event_id else None, "kind": bad.kind.value},
        }
    else:
        with at_hand(context).api() as api:
            answer = api.get("/audit/check")
    if as_json:
        print_json(answer)
    else:
        print_facts({name: value for name, value in answer.items() if name != "first_bad"})
    if answer.get("verified") is not True:
        raise NotVerified(_named(answer.get("first_bad")))


def export(
    context: typer.Context,
    *,
    form: Annotated[
        ExportFormat, typer.Option("--format", help="jsonl carries the proof, csv is for reading.")
    ] = ExportFormat.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A new file, mode 0600; else standard output.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Export the audit chain."""
    if as_json and output is None:
        raise typer.BadParameter("--json tells of the export, so the export itself needs --output.")
    count = 0
    with at_hand(context).api() as api, api.stream("/audit/export", format=form.value) as pieces:
        if output is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        # Under another name until complete: half an export must not pass for one.
        unfinished = output.with_name(f"{output.name}.unfinished")
        try:
            with os.fdopen(_new_file(unfinished), "wb") as file:
                for piece in pieces:
                    count += file.write(piece)
            os.link(unfinished, output)
        except FileExistsError:
            raise FileExists from None
        finally:
            unfinished.unlink(missing_ok=True)
    if as_json:
        print_json({"file": str(output), "bytes": count})
    else:
        print_line(spoken("{count} bytes written.", count=count))


def events(
    context: typer.Context,
    *,
    case: Annotated[str | None, typer.Option("--case", metavar="CASE", help="Only this case, by its id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_EVENTS, help="At most so many.")] = USUAL_EVENTS,
    as_json: AsJson = False,
) -> None:
    """List audit events."""
    with at_hand(context).api() as api:
        answer = api.get("/audit/events", case_id=case, limit=limit)
    if as_json:
        print_json(answer)
        return
    rows: list[list[object]] = []
    for one in answer.get("events") or []:
        actor = one.get("actor")
        who = f"{shown(actor.get('kind'))} {shown(actor.get('id'))}" if isinstance(actor, dict) else actor
        rows.append(
            [
                one.get("seq"),
                moment(one.get("at")),
                one.get("type"),
                one.get("outcome"),
                who,
                one.get("case_id") or one.get("case"),
            ]
        )
    print_table(["seq", "at", "type", "outcome", "actor", "case"], rows)


def _named(bad: object) -> str:
    if not isinstance(bad, dict):
        return spoken("The audit chain is not good.")
    number, kind = shown(bad.get("seq")), shown(bad.get("kind"))
    if not bad.get("event_id"):
        return spoken("The first bad event is number {number} ({kind}).", number=number, kind=kind)
    event = shown(bad["event_id"])
    return spoken(
        "The first bad event is number {number} ({kind}, event {event}).", number=number, kind=kind, event=event
    )


def _new_file(path: Path) -> int:
    # What an export that was killed left behind.
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
