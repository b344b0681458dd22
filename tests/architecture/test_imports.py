"""The import table, file by file: what each package may import of ours and of others (docs/adr, CONTRIBUTING.md)."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import pytest

from tests.architecture.sources import Source, imports, parse, sources, within

OURS = {
    "activities",
    "compose",
    "connectors",
    "directory",
    "domain",
    "postgres",
    "service",
    "settings",
    "starter",
    "store",
    "transport",
    "web",
    "worker",
    "workflows",
}


@dataclass(frozen=True)
class Row:
    """One row of the table; `libraries` None means any but those in `never`."""

    ours: set[str] = field(default_factory=set)
    libraries: set[str] | None = None
    never: set[str] = field(default_factory=set)


TEMPORAL_WORDS = {"temporalio.common", "temporalio.exceptions"}

TABLE = {
    "domain": Row(libraries={"pydantic"}),
    "activities": Row({"domain"}, {"temporalio.activity", *TEMPORAL_WORDS}),
    "workflows": Row(
        {"domain.messages", "domain.ids", "domain.errors", "domain.refusal_codes", "activities"},
        {"temporalio.workflow", *TEMPORAL_WORDS},
    ),
    "connectors": Row({"domain", "postgres"}, never={"temporalio"}),
    "store": Row({"domain", "postgres"}, {"asyncpg"}),
    "postgres": Row(libraries={"asyncpg"}),
    "web": Row(libraries={"babel", "jinja2", "markupsafe", "starlette"}),
    "directory": Row({"postgres", "web"}, never={"temporalio"}),
    "transport": Row(
        {"domain.ids", "domain.errors", "domain.refusal_codes"},
        {"temporalio", "cryptography", "pydantic", "pydantic_core", "google.protobuf", "structlog"},
    ),
    # Of the store its typed functions (docs/adr/0017).
    "service": Row({"domain", "store"}, {"pydantic", "pydantic_core", "structlog"}),
    "starter": Row(
        {"service", "workflows", "domain", "transport", "store", "postgres", "web", "settings"}, never={"asyncpg"}
    ),
    "settings": Row({"domain"}, {"pydantic", "pydantic_settings"}),
    "worker": Row({"compose", "settings", "transport", "workflows"}, {"temporalio", "structlog"}),
}

# Single files that may know more than their package, each for a reason.
EXCEPTIONS = {
    ("connectors/builtin.py", "directory"): "the only way from us to the built-in identity provider",
    ("connectors/builtin_import.py", "directory"): "and the way people get into it",
    ("starter/__main__.py", "compose"): "the ways in are wired here",
    ("starter/__main__.py", "worker"): "the worker is one of the processes it starts",
}

WIRING_MAY_BE_IMPORTED_BY = {"worker.py", "starter/__main__.py"}
# Of the ways in, these alone speak to Temporal; the others ask the service, which asks through ports.
SPEAKS_TEMPORAL = ("starter/engine/", "starter/relay/", "starter/demo/")
FREE = {"tests", "bench", "examples"}


def forbidden_imports(source: Source) -> list[str]:
    """What the file imports against the table."""
    row = TABLE.get(source.package)
    if row is None:
        return []
    found = []
    for line, name in imports(source):
        top = name.split(".")[0]
        if top in sys.stdlib_module_names or (source.path, top) in EXCEPTIONS:
            continue
        if top in OURS:
            allowed = within(name, row.ours | {source.package})
        elif row.libraries is None:
            allowed = not within(name, row.never)
        else:
            allowed = within(name, row.libraries)
        if not allowed:
            found.append(f"{source.path}:{line} imports {name}")
    return found


def temporal_imports(source: Source) -> list[str]:
    """Imports of temporalio by ways in that have no business with it."""
    if source.package not in {"starter", "compose"} or source.path.startswith(SPEAKS_TEMPORAL):
        return []
    # The wiring names the client's type and nothing else.
    allowed = {"temporalio.client.Client"} if source.package == "compose" else set()
    return [
        f"{source.path}:{line} imports {name}"
        for line, name in imports(source)
        if within(name, {"temporalio"}) and name not in allowed
    ]


def wiring_imports(source: Source) -> list[str]:
    """Imports of the wiring outside itself and the two files that start something."""
    if source.path in WIRING_MAY_BE_IMPORTED_BY or source.package in FREE | {"compose"}:
        return []
    return [
        f"{source.path}:{line} imports compose" for line, name in imports(source) if name.split(".")[0] == "compose"
    ]


def test_the_import_table_holds() -> None:
    """Every file imports only what the table allows its package."""
    assert [found for source in sources() for found in forbidden_imports(source)] == []


def test_only_a_few_ways_in_speak_to_temporal() -> None:
    """Pages, commands and the wiring leave Temporal to engine, relay and demo."""
    assert [found for source in sources() for found in temporal_imports(source)] == []


@pytest.mark.parametrize(
    "path", ["starter/api/app.py", "starter/console/app.py", "starter/serving.py", "compose/relay.py"]
)
def test_temporal_elsewhere_is_noticed(path: str) -> None:
    """A page that reaches for Temporal's client is reported."""
    assert len(temporal_imports(parse(path, "from temporalio.service import RPCError"))) == 1


def test_only_the_two_starting_points_import_the_wiring() -> None:
    """compose/ is imported by worker.py and starter/__main__.py and by nothing else of ours."""
    assert [found for source in sources() for found in wiring_imports(source)] == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("domain/case.py", "import temporalio"),
        ("domain/case.py", "from store import cases"),
        ("domain/case.py", "import structlog"),
        ("activities/reset.py", "from connectors import keycloak"),
        ("activities/reset.py", "from temporalio import client"),
        ("activities/reset.py", "import asyncpg"),
        ("workflows/recovery.py", "from domain.policy import judge"),
        ("workflows/recovery.py", "from domain import policy"),
        ("workflows/recovery.py", "import domain"),
        ("workflows/recovery.py", "from temporalio import client"),
        ("workflows/recovery.py", "def late():\n    from store import cases"),
        ("connectors/keycloak.py", "from store import cases"),
        ("connectors/keycloak.py", "import directory"),
        ("connectors/keycloak.py", "import temporalio"),
        ("store/cases.py", "from connectors import keycloak"),
        ("store/cases.py", "import temporalio.client"),
        ("directory/accounts.py", "from domain import ids"),
        ("directory/accounts.py", "import temporalio"),
        ("transport/codec.py", "from workflows import recovery"),
        ("transport/codec.py", "from domain.policy import judge"),
        ("starter/api/app.py", "from connectors import keycloak"),
        ("service/history.py", "import temporalio.client"),
        ("service/history.py", "from transport.errors import TransportError"),
        ("service/history.py", "from starter.engine import temporal"),
        ("starter/api/app.py", "import asyncpg"),
        ("starter/api/app.py", "from directory import accounts"),
        ("starter/api/app.py", "import compose.parts"),
        ("settings.py", "from store import cases"),
    ],
)
def test_a_forbidden_import_is_noticed(path: str, code: str) -> None:
    """Each row of the table is one that can be broken, and is then reported."""
    assert len(forbidden_imports(parse(path, code))) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("workflows/recovery.py", "from temporalio import workflow\nfrom domain.messages import Step"),
        ("workflows/recovery.py", "from datetime import timedelta\nfrom workflows.options import QUICK"),
        ("activities/reset.py", "from temporalio import activity\nfrom domain.policy import judge"),
        ("connectors/builtin.py", "from directory import accounts"),
        ("starter/__main__.py", "from compose.serving import serve"),
        ("worker.py", "from compose.parts import open_parts"),
        ("domain/case.py", "from pydantic import BaseModel"),
    ],
)
def test_an_allowed_import_passes(path: str, code: str) -> None:
    """The table's own examples are allowed."""
    source = parse(path, code)
    assert forbidden_imports(source) + wiring_imports(source) == []


@pytest.mark.parametrize("path", ["starter/api/app.py", "store/cases.py", "connectors/builtin.py", "settings.py"])
def test_importing_the_wiring_elsewhere_is_noticed(path: str) -> None:
    """Nobody else reaches for compose/."""
    assert len(wiring_imports(parse(path, "from compose.serving import serve"))) == 1
