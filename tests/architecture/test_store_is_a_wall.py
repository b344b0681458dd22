"""The store is a wall: nobody outside it runs a statement, holds a connection or opens a row (docs/adr/0017)."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import Source, imports, parse, sources, within

# These have a database of their own, or are no part of the product.
WITHIN = {"store", "directory", "postgres", "connectors", "tests", "bench", "examples"}
HANDLES = {"connection", "pool"}
ROWS = {"row", "rows"}


def reaches_over(source: Source) -> list[str]:
    """What the file knows of statements, connections and rows that only the store may know."""
    if source.package in WITHIN:
        return []
    found = [
        f"{source.path}:{line} imports {name}"
        for line, name in imports(source)
        if within(name, {"store.statements", "store.audit.statements", "asyncpg"})
    ]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in HANDLES:
            found.append(f"{source.path}:{node.lineno} uses .{node.attr}")
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id in ROWS
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            found.append(f"{source.path}:{node.lineno} opens a row")
    return found


def test_nobody_reaches_over_the_wall() -> None:
    """Not one file outside the store knows its statements, its connections or its rows."""
    assert [line for source in sources() for line in reaches_over(source)] == []


@pytest.mark.parametrize(
    "code",
    [
        "from store.statements import SQL",
        "import store.statements",
        "from store.statements import Row",
        "from store.audit.statements import Connection",
        "import asyncpg",
        "async def f(ledger): await ledger.pool.fetch('SELECT 1')",
        "async def f(unit): await unit.connection.execute('SELECT 1')",
        "def f(row): return row['id']",
    ],
)
def test_each_way_over_the_wall_is_seen(code: str) -> None:
    """Statements, connections, pools and rows are all found outside the store, and none within it."""
    assert reaches_over(parse("service/example.py", code))
    assert reaches_over(parse("compose/example.py", code))
    assert reaches_over(parse("store/example.py", code)) == []


@pytest.mark.parametrize(
    "code", ["from store.ledger import Ledger", "from store.cases import case_of", "def f(body): return body['id']"]
)
def test_what_the_store_offers_is_free(code: str) -> None:
    """Its typed functions are for all who may import it, and not every mapping is a row."""
    assert reaches_over(parse("service/example.py", code)) == []
