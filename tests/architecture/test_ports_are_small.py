"""A port is one concept of three or four methods, so that a caller names, and a fake fulfils, only what is used."""

from __future__ import annotations

import ast

from tests.architecture.sources import Source, parse, sources

MOST_METHODS = 4
_PORTS = ("domain/ports/", "domain/campaign_ports.py", "service/ports.py")


def sizes(source: Source) -> dict[str, int]:
    """How many methods each Protocol of a file names itself; a Protocol that only joins others names none."""
    return {
        node.name: sum(isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) for one in node.body)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Protocol") for base in node.bases)
    }


def test_a_port_has_at_most_four_methods() -> None:
    """What is needed of a party is split by concept; a Protocol that needs several joins them."""
    ports = {
        f"{source.path} {name}": count
        for source in sources()
        if source.path.startswith(_PORTS)
        for name, count in sizes(source).items()
    }
    assert len(ports) > len(_PORTS)
    assert {name: count for name, count in ports.items() if count > MOST_METHODS} == {}


def test_methods_and_properties_are_counted() -> None:
    """The count sees a property and a coroutine, and no class that is not a Protocol."""
    code = """
class Wide(typing.Protocol):
    @property
    def one(self) -> str: ...
    async def two(self) -> None: ...
class Joined(Wide, Protocol): ...
class Plain:
    def one(self) -> None: ...
"""
    assert sizes(parse("service/ports.py", code)) == {"Wide": 2, "Joined": 0}
