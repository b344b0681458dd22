"""How an export of the audit chain leaves by a web door: its media type, and pieces worth sending (R42)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from service.auditing import ExportFormat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_PIECE_CHARACTERS = 32_768
MEDIA = {ExportFormat.JSONL: "application/jsonl", ExportFormat.CSV: "text/csv"}


async def in_pieces(lines: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """The lines in pieces that are worth sending; closes the iterator."""
    piece: list[str] = []
    size = 0
    async with aclosing(lines):
        async for line in lines:
            piece.append(line)
            size += len(line)
            if size >= _PIECE_CHARACTERS:
                yield "".join(piece)
                piece, size = [], 0
    yield "".join(piece)
