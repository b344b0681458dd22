"""The store is a wall: nobody outside it runs a statement, holds a connection or opens a row (docs/adr/0017)."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TypeGuard

import pytest

from tests.architecture.sources import Source, imports, parse, sources, within

# These have a database of their own, or are no part of the product.
WITHIN = {"store", "directory", "postgres", "connectors", "tests", "bench", "examples"}
HANDLES = {"connection", "pool", "_connection", "_pool"}
# A caller of one of these has a connection, whatever they name it.
ASKS_A_DATABASE = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table"}
# These put pools together, or run a PostgreSQL of their own.
OPENERS = ("compose/", "starter/embedded/")
RUNS_POSTGRES = "starter/embedded/"
_STATEMENT = re.compile(
    r"\s*(WITH\s|SELECT\s|INSERT\s+INTO\s|UPDATE\s+[\w.]+\s+SET\s|DELETE\s+FROM\s|TRUNCATE\s|LOCK\s+TABLE\s)"
)
# What a signature outside the store's own rooms must not speak of.
RAW = {"Connection", "Pool", "PoolConnectionProxy", "Record", "Row", "asyncpg"}
# What is handed out under these names may be a row all the same.
UNTOLD = {"Any", "object", "Mapping"}
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
        or (within(name, {"postgres.pool", "postgres.queries"}) and not source.path.startswith(OPENERS))
        or (within(name, {"store"}) and name.endswith(".*"))
    ]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in HANDLES:
            found.append(f"{source.path}:{node.lineno} uses .{node.attr}")
        elif isinstance(node, ast.Import) and any(within(one.name, {"store"}) for one in node.names):
            found.append(f"{source.path}:{node.lineno} imports a room of the store, and so all that is in it")
        elif source.path.startswith(RUNS_POSTGRES):
            continue
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKS_A_DATABASE:
            found.append(f"{source.path}:{node.lineno} calls .{node.func.attr}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _STATEMENT.match(node.value):
            found.append(f"{source.path}:{node.lineno} holds a statement")
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

    Of a class its public methods count, its public fields, those of what it is made from, and making one of it where
    somebody outside does (`called`). What is not told of a value (`Any`) may be a row.
    """
    counted: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    fields: list[ast.AnnAssign] = []
    for found in module.body:
        if isinstance(found, FUNCTIONS) and found.name == name:
            counted.append(found)
        elif isinstance(found, ast.ClassDef) and found.name == name:
            methods = [one for part in _parts(found) for one in part.body if isinstance(one, FUNCTIONS)]
            counted += [one for one in methods if not one.name.startswith("_") or (called and one.name == "__init__")]
            fields += [one for part in _parts(found) for one in part.body if isinstance(one, ast.AnnAssign)]
    handed_out = [one.name for one in counted if _words_of([one.returns]) & UNTOLD]
    handles = [one.name for one in counted if _spoken_of(one) & RAW]
    public = [one for one in fields if not ast.unparse(one.target).startswith("_")]
    handles += [ast.unparse(one.target) for one in public if _words_of([one.annotation]) & RAW]
    return [f"{name}: {one}" for one in sorted({*handles, *handed_out})]


def _parts(found: ast.ClassDef) -> list[ast.ClassDef]:
    """The class, and those of the store's that it is made from."""
    bases = {ast.unparse(one) for one in found.bases}
    known = [one for module in _store().values() for one in module.body if isinstance(one, ast.ClassDef)]
    return [found, *(part for one in known if one.name in bases and one is not found for part in _parts(one))]


def _spoken_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names that stand in the annotations of a function."""
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return _words_of([*(one.annotation for one in given), function.returns])


def _words_of(annotations: list[ast.expr | None]) -> set[str]:
    nodes = [node for one in annotations if one is not None for node in ast.walk(one)]
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def test_what_others_use_of_the_store_takes_and_returns_no_handle() -> None:
    """A caller of the store hands in a ledger, a unit or values of the domain, and gets values of the domain."""
    found = [
        f"{source.path} uses {module}.{raw}"
        for source in sources()
        for module, name, called in names_taken_from_the_store(source)
        for raw in raw_signatures(_store()[module], name, called=called)
    ]
    assert found == []


def test_nobody_takes_from_the_store_what_is_not_at_home_there() -> None:
    """What a room of the store has itself from another is no offer of it: `SQL` is nobody's by way of the ledger."""
    found = [
        f"{source.path} takes {module}.{name}"
        for source in sources()
        for module, name, _ in names_taken_from_the_store(source)
        if name not in _at_home(_store()[module])
    ]
    assert found == []


def _at_home(module: ast.Module) -> set[str]:
    named = {one.name for one in module.body if isinstance(one, (*FUNCTIONS, ast.ClassDef))}
    written = [one for one in module.body if isinstance(one, ast.Assign | ast.AnnAssign)]
    return named | {
        node.id for one in written for node in ast.walk(one) if isinstance(node, ast.Name) and _is_written(node)
    }


def _is_written(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def test_what_is_taken_from_another_room_is_seen() -> None:
    """A name that a room of the store imports is not at home in it; what it defines is."""
    taken = names_taken_from_the_store(parse("service/example.py", "from store.ledger import SQL, Ledger"))
    assert [name for module, name, _ in taken if name not in _at_home(_store()[module])] == ["SQL"]


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ("async def f(pool: asyncpg.Pool) -> int: ...", False),
        ("async def f(*, connection: Connection) -> int: ...", False),
        ("async def f(unit: Unit) -> list[Row]: ...", False),
        ("class f:\n    async def read(self, connection: Connection | None) -> None: ...", False),
        ("class f:\n    def __init__(self, pool: asyncpg.Pool) -> None: ...", True),
        ("class f:\n    connection: Connection", False),
        ("async def f(unit: Unit) -> list[dict[str, Any]]: ...", False),
        ("async def f(unit: Unit) -> Mapping[str, str]: ...", False),
    ],
)
def test_a_handle_in_a_signature_is_seen(code: str, *, called: bool) -> None:
    """In arguments, in what is returned, in methods and fields, and in making an object; so is a row in disguise."""
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
        "from store.ledger import *",
        "import store.ledger",
        "async def f(unit): await unit.anything.fetch(QUESTION)",
        "async def f(page): await page.execute('case_wiped')",
        "QUESTION = 'SELECT 1'",
        "QUESTION = f'UPDATE recovery.cases SET code = {code}'",
    ],
)
def test_each_way_over_the_wall_is_seen(code: str) -> None:
    """Statements, connections, pools and rows are all found outside the store, and none within it."""
    assert reaches_over(parse("service/example.py", code))
    assert reaches_over(parse("compose/example.py", code))
    assert reaches_over(parse("store/example.py", code)) == []


def test_only_the_wiring_opens_a_pool() -> None:
    """A service or a way in has no connection of its own beside the store's."""
    code = "from postgres.pool import open_pool"
    assert reaches_over(parse("service/example.py", code))
    assert reaches_over(parse("starter/console/example.py", code))
    assert reaches_over(parse("compose/example.py", code)) == []


@pytest.mark.parametrize(
    "code", ["from store.ledger import Ledger", "from store.cases import case_of", "def f(body): return body['id']"]
)
def test_what_the_store_offers_is_free(code: str) -> None:
    """Its typed functions are for all who may import it, and not every mapping is a row."""
    assert reaches_over(parse("service/example.py", code)) == []
