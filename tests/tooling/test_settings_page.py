"""docs/settings.md says what settings.py reads, all of it and nothing else."""

from __future__ import annotations

from tests.tooling.settings_page import PAGE, page, variables


def test_the_settings_page_is_up_to_date() -> None:
    """A developer who adds a setting writes the page anew: `python -m tests.tooling.settings_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_setting_says_what_it_means() -> None:
    """A setting without a description cannot be documented."""
    assert [name for name, field in variables().items() if not field.description] == []
