"""The same worlds as tests/recovery and tests/api."""

from __future__ import annotations

from tests.api.conftest import api_database, app, bell, doors, owner, parts, world
from tests.recovery.conftest import make_world, prepared, w

__all__ = ["api_database", "app", "bell", "doors", "make_world", "owner", "parts", "prepared", "w", "world"]
