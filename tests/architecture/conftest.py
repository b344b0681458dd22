"""These tests read the whole checkout, which on a busy machine takes the first of them longer than a test may take."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give them time; how busy the machine is decides nothing (F10)."""
    for one in items:
        if HERE in one.path.parents:
            one.add_marker(pytest.mark.timeout(300))
