"""Backup codes as a text file, for a browser that has no script to copy them with.

The codes come from the page that shows them, for the server cannot tell them again. Only what has the shape of
ten codes goes back, under our own form token, so that no other site can make us hand out a file of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Response

from directory.codes import BACKUP_CODE_CHARACTERS, BACKUP_CODES_IN_A_SET, typed_code
from directory.pages.refusals import FormInvalid
from web.languages import translated

_GROUP = 4
_HEADERS = {
    "Content-Disposition": 'attachment; filename="backup-codes.txt"',
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def codes_file(fields: Mapping[str, str], *, site_name: str, language: str) -> Response:
    """The file; it names the site and no account. Raises `FormInvalid`."""
    codes = [typed_code(one, characters=BACKUP_CODE_CHARACTERS) for one in fields.get("codes", "").split(" ")]
    lines = [_grouped(one) for one in codes if one is not None]
    if not len(lines) == len(codes) == BACKUP_CODES_IN_A_SET:
        raise FormInvalid
    title = translated("Backup codes", language)
    hint = translated("Each works once. Keep them where you can reach them without your phone.", language)
    text = "\r\n".join([f"{site_name}: {title}", hint, "", *lines, ""])
    return Response(text.encode(), media_type="text/plain; charset=utf-8", headers=_HEADERS)


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
