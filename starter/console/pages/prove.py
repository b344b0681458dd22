"""Where the proof of a decision in a case goes, whatever is decided."""

from __future__ import annotations

from starter.console.proving import finish
from starter.console.routes import posted

ROUTES = (posted("/cases/{case}/prove", finish),)
