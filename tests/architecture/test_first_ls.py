"""What the first `ls` shows is what the documents, the import contracts and the image say, each name in all of them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

import pytest

from tests.architecture.sources import ROOT, files, imports, sources
from tests.architecture.test_imports import EXCEPTIONS, OURS, SPEAKS_TEMPORAL, TABLE

NAMES = {name.split("/")[0] for name in files()}
PACKAGES = {name.split("/")[0] for name in files() if name.count("/") == 1 and name.endswith("/__init__.py")}
MODULES = {name.removesuffix(".py") for name in files() if "/" not in name and name.endswith(".py")}
CODE = PACKAGES | MODULES

# What the installation needs besides.
BESIDE_CODE_IN_THE_IMAGE = {"pyproject.toml", "requirements.lock", "README.md", "LICENSE"}
# Of the ways in, the parts that are no production: they may stand on a twin.
NOT_PRODUCTION = {"__main__", "demo", "running", "twins"}


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def _project() -> dict[str, Any]:
    return tomllib.loads(_text("pyproject.toml"))


def _contract(which: str) -> dict[str, Any]:
    [found] = [one for one in _project()["tool"]["importlinter"]["contracts"] if one["id"] == which]
    return dict(found)


def _promises() -> dict[str, list[str]]:
    """The rows of the import table in CONTRIBUTING: package or module, and its other cells."""
    table = _text("CONTRIBUTING.md").partition("## A folder's name is a promise")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \|(.*)\|$", table, re.MULTILINE)
    return {name.removesuffix(".py"): [cell.strip() for cell in cells.split("|")] for name, cells in rows}


def _beside_the_code() -> set[str]:
    """The names that CONTRIBUTING lists after the table: what is at the top and is not imported."""
    sentence = _text("CONTRIBUTING.md").partition("\nBeside the code, the first `ls` shows ")[2].partition("\n\n")[0]
    return set(re.findall(r"`([^`]+)`", sentence))


def _drawn_in_the_readme() -> set[str]:
    """The names in the README's drawing of the house."""
    drawing = _text("README.md").partition("## How it is built")[2].split("```")[1]
    names = re.findall(r"^([a-z]+(?:/|\.py)) ", drawing, re.MULTILINE)
    return {name.rstrip("/").removesuffix(".py") for name in names}


def _let_into_the_image() -> set[str]:
    return {line[1:] for line in _text(".dockerignore").splitlines() if line.startswith("!")}


def _compiled_in_the_image() -> set[str]:
    [names] = re.findall(r"compileall -q ([a-z ]+)$", _text("Dockerfile"), re.MULTILINE)
    return set(names.split())


def test_each_name_at_the_top_is_in_contributing_and_nothing_else_is() -> None:
    """A new name at the top is a decision: it goes into the table, or into the line below it, with an ADR."""
    listed = {f"{one}.py" if one in MODULES else one for one in _promises()} | _beside_the_code()
    assert sorted(listed - NAMES) == []
    assert sorted(NAMES - listed) == []


@pytest.mark.parametrize(
    ("where", "named", "there"),
    [
        ("CONTRIBUTING's table", set(_promises()), CODE),
        ("README's drawing", _drawn_in_the_readme(), CODE),
        ("the tests' import table", OURS, CODE),
        ("the import contracts", set(_project()["tool"]["importlinter"]["root_packages"]), PACKAGES),
        ("the wheel", set(_project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]), PACKAGES),
        ("the image", {one.removesuffix(".py") for one in _let_into_the_image()} - BESIDE_CODE_IN_THE_IMAGE, CODE),
        ("the image, compiled", _compiled_in_the_image(), PACKAGES),
    ],
)
def test_every_list_of_packages_is_the_first_ls(where: str, named: set[str], there: set[str]) -> None:
    """A developer who adds, renames or removes a package is told by each list that has not followed."""
    assert sorted(named) == sorted(there), where


def test_each_package_has_a_contract() -> None:
    """Every package is bound by a contract of its own name, the wiring by the one that keeps twins out of it."""
    bound = {one["id"]: one.get("source_modules", []) for one in _project()["tool"]["importlinter"]["contracts"]}
    assert sorted(one for one in PACKAGES - {"compose"} if bound.get(one) != [one]) == []
    assert "compose" in bound["twins"]


@pytest.mark.parametrize("package", sorted(TABLE))
def test_contributing_says_what_the_test_allows(package: str) -> None:
    """What a row of CONTRIBUTING lets a package import of ours is what `test_imports` lets it import."""
    may = _promises()[package][0]
    said = {name.split(".")[0] for name in re.findall(r"`([a-z_]+)(?:\.[\w.]+)?`", may)} & OURS
    excepted = {other for path, other in EXCEPTIONS if path.split("/")[0] == package}
    assert said == {name.split(".")[0] for name in TABLE[package].ours} | excepted


def test_what_the_worker_takes_of_the_wiring_is_kept_from_the_ways_in() -> None:
    """A worker loads no page and no command; what it comes to need of the wiring comes under the same contract."""
    taken = {
        ".".join(name.split(".")[:2])
        for source in sources()
        if source.path == "worker.py"
        for _, name in imports(source)
        if name.startswith("compose.")
    }
    assert taken
    assert taken <= set(_contract("worker")["source_modules"])


def _parts_of_the_starter() -> set[str]:
    names = {name.split("/")[1].removesuffix(".py") for name in files() if re.match(r"starter/.*\.py$", name)}
    return names - {"__init__"}


def test_all_of_production_is_kept_from_twins() -> None:
    """A new way in is production until a developer says otherwise, so the contract must name it."""
    kept = set(_contract("twins")["source_modules"])
    assert kept == (PACKAGES - {"starter"}) | {f"starter.{one}" for one in _parts_of_the_starter() - NOT_PRODUCTION}


def test_every_other_way_in_is_kept_from_temporal() -> None:
    """The contract names each way in but the few that speak Temporal."""
    speaks = {path.split("/")[1] for path in SPEAKS_TEMPORAL}
    assert set(_contract("engine")["source_modules"]) == {f"starter.{one}" for one in _parts_of_the_starter() - speaks}
