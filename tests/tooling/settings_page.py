"""Writes docs/settings.md from settings.py: `python -m tests.tooling.settings_page`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from settings import Settings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
_HEAD = """# Settings

Everything is set by environment variables, read once at start, in one place: `settings.py`. On one machine nothing
has to be set. This page is written from that file by `python -m tests.tooling.settings_page`.

| variable | default | meaning |
| --- | --- | --- |
"""


def variables() -> dict[str, FieldInfo]:
    """Every environment variable that is read, by its name."""
    prefix = Settings.model_config.get("env_prefix", "")
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): field for name, field in Settings.model_fields.items()
    }


def page() -> str:
    """The page as it should be."""
    rows = []
    for variable, field in variables().items():
        default = "" if field.default is None else f"`{field.default}`"
        rows.append(f"| `{variable}` | {default} | {field.description}. |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
