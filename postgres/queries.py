"""Named SQL: every statement lives in a .sql file under a `-- name:` line; imports nothing of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postgres.errors import QueryFileMalformed

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"^--\s*name:\s*([a-z][a-z0-9_]*)\s*$")


class Queries:
    """The statements of one folder of .sql files, looked up by name.

    Names are unique over the whole folder. Raises `QueryFileMalformed` for a file with text before
    its first name, for an empty statement and for a name given twice; `KeyError` for an unknown name.
    """

    def __init__(self, folder: Path) -> None:
        self._statements: dict[str, str] = {}
        for path in sorted(folder.glob("*.sql")):
            for name, statement in _blocks(path):
                if name in self._statements:
                    raise QueryFileMalformed(f"{path.name}: the name {name} is given twice")
                self._statements[name] = statement

    def __getitem__(self, name: str) -> str:
        return self._statements[name]

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._statements)


def _blocks(path: Path) -> list[tuple[str, str]]:
    blocks: list[tuple[str, list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := _NAME.match(line):
            blocks.append((match.group(1), []))
        elif blocks:
            blocks[-1][1].append(line)
        elif line.strip() and not line.lstrip().startswith("--"):
            raise QueryFileMalformed(f"{path.name}: text before the first '-- name:' line")
    statements = [(name, "\n".join(lines).strip()) for name, lines in blocks]
    for name, statement in statements:
        if not statement:
            raise QueryFileMalformed(f"{path.name}: {name} has no statement")
    return statements
