"""Options and arguments that several commands share; none of them carries a secret (R03)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The case's id or its reference, such as R-1A2B-3C4D.")]
Authenticator = Annotated[
    Path | None,
    typer.Option(
        "--authenticator",
        metavar="FILE",
        dir_okay=False,
        exists=True,
        help="A software passkey's key file, for demonstrations and tests only; real passkeys need the web console.",
    ),
]
