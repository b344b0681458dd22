"""The same worlds as tests/recovery."""

from __future__ import annotations

from tests.recovery.conftest import make_world, prepared, w

__all__ = ["make_world", "prepared", "w"]
