"""Reading and writing the catalogs of the languages in a stable order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tests.web.extraction import every_message

if TYPE_CHECKING:
    from pathlib import Path

_WIDTH = 118


def read(path: Path) -> Catalog:
    """The catalog of the language that the file is named after."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def update(path: Path) -> None:
    """Write the catalog with exactly the messages that pages say; what is translated stays so."""
    old = read(path)
    new = Catalog(locale=path.stem, header_comment=old.header_comment, fuzzy=False)
    for message in every_message().values():
        key = (message.one, message.many) if message.many else message.one
        known = old.get(message.one)
        text = known.string if known else ""
        if message.many and isinstance(text, str):
            text = (text, "") if text else ("", "")
        elif not message.many and isinstance(text, (tuple, list)):
            text = text[0]
        new.add(key, text, locations=[(file, 0) for file in message.files])
    with path.open("wb") as file:
        write_po(file, new, width=_WIDTH, sort_output=False, sort_by_file=False, include_lineno=False)
    _without_dates(path)


def untranslated(path: Path) -> list[str]:
    """The sentences without words."""
    return [_id(message.id) for message in read(path) if message.id and not _is_said(message.string)]


def _id(key: str | tuple[str, ...] | list[str]) -> str:
    return key if isinstance(key, str) else key[0]


def _is_said(text: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(text) and all(text or ())


def _without_dates(path: Path) -> None:
    """What would differ on each run, and names nobody."""
    kept = ('"Language: ', '"MIME-Version', '"Content-T', '"Plural-Forms', '"Generated')
    lines = path.read_text("utf-8").split("\n")
    start = lines.index('msgid ""')
    end = lines.index("", start)
    header = [line for line in lines[start + 2 : end] if line.startswith(kept[:4])]
    path.write_text("\n".join([*lines[: start + 2], *header, *lines[end:]]), "utf-8")
