"""The commands case identity-check and identity-checks: a link for the caller, and what came of it (R14)."""

from __future__ import annotations

import typer

from starter.cli.api_client import part
from starter.cli.context import at_hand
from starter.cli.course_view import rows
from starter.cli.language import spoken
from starter.cli.options import AsJson, CaseId
from starter.cli.showing import moment, print_json, print_line, print_table, say, shown


def start(context: typer.Context, case: CaseId, *, as_json: AsJson = False) -> None:
    """Start a check of an identity document: prints a link for the caller, good for half an hour.

    Give it to the caller over the channel on which you verify them, and to nobody else. When they are done, record
    your verdict with the check's reference: case verify --method identity_document --reference …
    """
    with at_hand(context).api() as api:
        found = api.post(f"/cases/{part(case)}/identity-checks")
    if as_json:
        print_json(found)
        return
    until, reference = moment(found.get("expires_at")), shown(found.get("reference"))
    say(spoken("For the caller alone, until {until}; the reference is {reference}.", until=until, reference=reference))
    print_line(found.get("link"))


def list_checks(context: typer.Context, case: CaseId, *, as_json: AsJson = False) -> None:
    """List the identity-document checks of a case, newest first."""
    with at_hand(context).api() as api:
        found = api.get(f"/cases/{part(case)}/identity-checks")
    if as_json:
        print_json(found)
        return
    checks = rows(found.get("checks"))
    if not checks:
        print_line(spoken("No checks."))
        return
    print_table(
        ["reference", "state", "why", "framework", "started", "finished", "failed before"],
        [
            [
                *(one.get(name) for name in ("reference", "state", "code", "trust_framework")),
                moment(one.get("started_at")),
                moment(one.get("finished_at")) if one.get("finished_at") else None,
                one.get("failed_before"),
            ]
            for one in checks
        ],
    )
