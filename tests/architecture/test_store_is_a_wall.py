"""The store is a wall: nobody outside it runs a statement, holds a connection or opens a row (docs/adr/0017)."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import Source, imports, parse, sources, within

# These have a database of their own, or are no part of the product.
WITHIN = {"store", "directory", "postgres", "connectors", "tests", "bench", "examples"}
HANDLES = {"connection", "pool"}
ROWS = {"row", "rows"}

# The files that still reach over the wall. A file leaves this list in the commit that moves its last statement into
# the store, and none is ever added: the test wants the list exact.
STILL_TO_COME = {
    "service/audit_search.py",
    "service/auditing.py",
    "service/campaigns.py",
    "service/deciding.py",
    "service/identity_checks.py",
    "service/objecting.py",
    "service/opening.py",
    "service/person_view.py",
    "service/public_status.py",
    "service/reading.py",
    "service/repeating.py",
    "service/step_up.py",
    "service/verifying.py",
}


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


def test_only_the_listed_files_still_reach_over_the_wall() -> None:
    """A file that begins to run statements is found, and one that has stopped must leave the list."""
    found = {source.path: reaches for source in sources() if (reaches := reaches_over(source))}
    new = [line for path, reaches in found.items() if path not in STILL_TO_COME for line in reaches]
    assert new == []
    assert sorted(STILL_TO_COME - found.keys()) == []


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
