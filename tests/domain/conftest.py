"""Property tests here judge rules, not the speed of a busy machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
