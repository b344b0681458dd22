"""The command line `recovery`: a door like the others, over the HTTP API, with no rules of its own."""

from starter.cli.build import build_app
from starter.cli.context import Processes

__all__ = ["Processes", "app", "build_app"]

app = build_app(Processes())
"""Every command, for help and completion; `starter.__main__` builds the one whose processes run."""
