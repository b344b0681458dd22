"""The command policy show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starter.cli.context import at_hand
from starter.cli.options import AsJson
from starter.cli.showing import print_facts, print_json, shown

if TYPE_CHECKING:
    from starter.cli.api_client import Json

import typer


def show(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the policy in force, with its version."""
    with at_hand(context).api() as api:
        policy = api.get("/policy")
    if as_json:
        print_json(policy)
    else:
        print_facts(dict(_flat(policy)))


def _flat(document: Json, above: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in document.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{above}{shown(name)}.")
        elif isinstance(value, list):
            rows.append((f"{above}{shown(name)}", ", ".join(shown(one) for one in value)))
        else:
            rows.append((f"{above}{shown(name)}", value))
    return rows
