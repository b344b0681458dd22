"""The store is a wall: nobody outside it runs a statement, holds a connection or opens a row (docs/adr/0017)."""

from __future__ import annotations

import ast
from functools import cache
from typing import TypeGuard

import pytest

from tests.architecture.sources import Source, imports, parse, sources, within

# These have a database of their own, or are no part of the product.
WITHIN = {"store", "directory", "postgres", "connectors", "tests", "bench", "examples"}
HANDLES = {"connection", "pool", "_connection", "_pool"}
# What a signature outside the store's own rooms must not speak of.
RAW = {"Connection", "Pool", "PoolConnectionProxy", "Record", "Row", "asyncpg"}
ROWS = {"row", "rows"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


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


def names_taken_from_the_store(source: Source) -> list[tuple[str, str, bool]]:
    """What the file uses of the store, as (module, name, whether it calls it)."""
    if source.package in WITHIN:
        return []
    called = {ast.unparse(node.func) for node in ast.walk(source.tree) if isinstance(node, ast.Call)}
    taken = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ImportFrom) or not within(node.module or "", {"store"}):
            continue
        for alias in node.names:
            local, module = alias.asname or alias.name, f"{node.module}.{alias.name}"
            if module in _store():
                parts = {one.attr for one in ast.walk(source.tree) if _is_of(one, local)}
                taken += [(module, part, f"{local}.{part}" in called) for part in sorted(parts)]
            else:
                taken.append((str(node.module), alias.name, local in called))
    return taken


@cache
def _store() -> dict[str, ast.Module]:
    """The store's modules by their dotted names."""
    return {one.path.removesuffix(".py").replace("/", "."): one.tree for one in sources() if one.package == "store"}


def _is_of(node: ast.AST, local: str) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == local


def raw_signatures(module: ast.Module, name: str, *, called: bool) -> list[str]:
    """Where the function or class of this name takes or returns a pool, a connection or a row.

    Of a class its public methods count, and making one of it where somebody outside does (`called`).
    """
    counted: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    for found in module.body:
        if isinstance(found, FUNCTIONS) and found.name == name:
            counted.append(found)
        elif isinstance(found, ast.ClassDef) and found.name == name:
            methods = [one for one in found.body if isinstance(one, FUNCTIONS)]
            counted += [one for one in methods if not one.name.startswith("_") or (called and one.name == "__init__")]
    return [f"{name}: {one.name}" for one in counted if _spoken_of(one) & RAW]


def _spoken_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names that stand in the annotations of a function."""
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    annotations = [*(one.annotation for one in given), function.returns]
    nodes = [node for one in annotations if one is not None for node in ast.walk(one)]
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def test_what_others_use_of_the_store_takes_and_returns_no_handle() -> None:
    """Whoever asks the store hands in a ledger, a unit or values of the domain, and gets values of the domain."""
    found = [
        f"{source.path} uses {module}.{raw}"
        for source in sources()
        for module, name, called in names_taken_from_the_store(source)
        for raw in raw_signatures(_store()[module], name, called=called)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ("async def f(pool: asyncpg.Pool) -> int: ...", False),
        ("async def f(*, connection: Connection) -> int: ...", False),
        ("async def f(unit: Unit) -> list[Row]: ...", False),
        ("class f:\n    async def read(self, connection: Connection | None) -> None: ...", False),
        ("class f:\n    def __init__(self, pool: asyncpg.Pool) -> None: ...", True),
    ],
)
def test_a_handle_in_a_signature_is_seen(code: str, *, called: bool) -> None:
    """In arguments, in what is returned, in methods, and in making an object."""
    assert raw_signatures(ast.parse(code), "f", called=called)


@pytest.mark.parametrize(
    "code",
    [
        "async def f(ledger: Ledger, limit: int) -> list[Case]: ...",
        "class f:\n    def __init__(self, pool: asyncpg.Pool) -> None: ...\n    def _read(self, row: Row) -> int: ...",
        "f = 3",
    ],
)
def test_a_signature_without_handles_is_free(code: str) -> None:
    """What is private to the store may speak of rows, and so may a class that nobody outside makes."""
    assert raw_signatures(ast.parse(code), "f", called=False) == []


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
        "async def f(ledger): await ledger._pool.fetch('SELECT 1')",
        "async def f(unit): await unit._connection.execute('SELECT 1')",
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
