"""The store's named SQL, read once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from postgres.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import asyncpg

    Row: TypeAlias = asyncpg.Record | Mapping[str, Any]

SQL = Queries(Path(__file__).parent / "queries")
SCHEMA_FOLDER = Path(__file__).parent / "schema"
SCHEMA = "recovery"
