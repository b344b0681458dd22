"""Reads our source files as trees, for the checks of this folder; imports nothing of ours."""

from __future__ import annotations

import ast
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where a checkout without git is walked by hand, these are not part of it.
_NOT_OURS = {".git", ".venv", ".venv-lock", ".data", "secrets", "__pycache__"}


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the checkout, with forward slashes."""

    path: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The first folder, or the module's name for a file at the top."""
        return self.path.split("/", 1)[0].removesuffix(".py")


def parse(path: str, code: str) -> Source:
    """A source from text, as the checks see one from disk."""
    return Source(path=path, tree=ast.parse(code))


@cache
def files() -> tuple[str, ...]:
    """Every file that is or would be committed, relative to the checkout."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run(
            [git, "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            check=True,
            capture_output=True,
            timeout=30,
        )
        names = listed.stdout.decode().rstrip("\0").split("\0")
    else:
        names = [
            path.relative_to(ROOT).as_posix()
            for path in ROOT.rglob("*")
            if not _NOT_OURS & set(path.relative_to(ROOT).parts)
        ]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the checkout."""
    return tuple(parse(name, (ROOT / name).read_text(encoding="utf-8")) for name in files() if name.endswith(".py"))


def imports(source: Source) -> list[tuple[int, str]]:
    """What a file imports, anywhere in it, as (line, dotted name); `from a import b` gives `a.b`."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def within(name: str, allowed: set[str]) -> bool:
    """Whether the dotted name is one of `allowed` or lies below one."""
    parts = name.split(".")
    return any(".".join(parts[:length]) in allowed for length in range(1, len(parts) + 1))
