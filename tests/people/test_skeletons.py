"""Names that look the same have the same skeleton (UTS #39)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.skeleton import look_alike, skeletons


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kim.reyes", "kim.r\u0435yes"),
        ("kim.reyes", "\u03bai\u043c.reyes"),
        ("Opal Sample", "\u041fpal Sample".replace("\u041f", "\u041e")),
        ("Ilya", "llya"),
        ("ILYA", "ilya"),
        ("bob", "b0b"),
        ("will", "wi11"),
        ("morris", "rnorris"),
        ("wally", "vvally"),
        ("anna", "\uff41\uff4e\uff4e\uff41"),
        ("anna", "\U0001d41a\U0001d427\U0001d427\U0001d41a"),
        ("anna", "an\u200bna"),
        ("anna", "an\u202ena"),
        ("jose", "jos\u00e9"),
        ("jose", "jose\u0301"),
        ("Kim Reyes", "Kim\u00a0 Reyes"),
        ("kim-reyes", "kim\u2011reyes"),
        ("o", "\u0585"),
        ("s", "\u054f"),
    ],
)
def test_what_looks_the_same(one: str, other: str) -> None:
    """R8 R04: letters of other alphabets, digits, widths, accents and invisible marks hide nobody."""
    assert look_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("kim", "tim"), ("anna", "hanna"), ("ada", "ade"), ("lim", "iim"), ("", "a")]
)
def test_what_looks_different(one: str, other: str) -> None:
    """R8: a warning that comes for everybody would be read by nobody."""
    assert not look_alike(one, other)


@given(st.text(max_size=50))
def test_every_text_has_a_skeleton_that_stays(text: str) -> None:
    """R8 B26: no text breaks it, and normal forms and letter case of the same text look alike."""
    assert 1 <= len(skeletons(text)) <= 2
    for form in ("NFC", "NFD"):
        assert skeletons(unicodedata.normalize(form, text)) == skeletons(text)
