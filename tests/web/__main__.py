"""Brings the catalogs up to date: adds what is missing, drops what nobody says any more, keeps what is translated.

Prints what is left to translate; fails while anything is.
"""

from __future__ import annotations

import sys

from tests.web.catalogs import untranslated, update
from web.languages import CATALOGS


def main() -> int:
    """The number of sentences without words, at most 1 for the shell."""
    left = 0
    for path in sorted(CATALOGS.glob("*.po")):
        update(path)
        missing = untranslated(path)
        left += len(missing)
        for sentence in missing:
            sys.stdout.write(f"{path.stem}: {sentence}\n")
    return min(left, 1)


if __name__ == "__main__":
    sys.exit(main())
