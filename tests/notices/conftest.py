"""Worlds whose notices go to servers of a test's own."""

from __future__ import annotations

from tests.recovery.conftest import make_world, prepared, w

__all__ = ["make_world", "prepared", "w"]
