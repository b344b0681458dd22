"""Every code that a page may show has words, and no table has words for a code that there is not (D6)."""

from __future__ import annotations

from enum import StrEnum

import pytest

from starter.console.words import every_enum, words_for


@pytest.mark.parametrize("codes", every_enum(), ids=lambda codes: codes.__name__)
def test_each_member_has_its_words(codes: type[StrEnum]) -> None:
    """A table names each member of its own enumeration, and is asked by the member or by the word that is kept."""
    table = every_enum()[codes]
    assert set(table) == set(codes)
    assert {type(one) for one in table} == {codes}
    assert all(words_for(one) == table[one.value] for one in codes)
