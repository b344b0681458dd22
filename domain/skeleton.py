"""Names that look the same to a person have the same skeleton (UTS #39, section 4; reserve fault R04)."""

# ruff: noqa: RUF001 - letters that are taken for others are what this module is about

from __future__ import annotations

import unicodedata
from functools import cache

_ALIKE = {
    "a": "аАαΑɑᴀ",
    "b": "ВΒвЬьƄƅБɓƃƀѣѢҍҌʙ",
    "c": "сСϲϹȼҫҪᴄ",
    "d": "ԁԀđĐɗɖƌÐƉᴅ",
    "e": "еЕΕҽҿɇɆᴇ",
    "f": "ϜքƑƒſ",
    "g": "ɡցԌƍɠǥǤ",
    "h": "һҺНΗнհңҢӊӉӈӇɦħĦћ",
    "i": "іιıɩɪɨւ",
    "j": "јЈϳͿɉɈᴊ",
    "k": "кКκΚĸƙқҚҟҞᴋ",
    "l": "1|ӏǀƖłŁɭƗƚɫ",
    "m": "мМΜϺӎӍɱᴍ",
    "n": "ΝոռηՈɳƞŋղƝɴ",
    "o": "0оОοΟσօՕøØɵөӨѳѲθΘϴᴏ",
    "p": "рРρΡþƿƥᴘ",
    "q": "ԛԚգզʠ",
    "r": "гᴦɽɼɍғƦʀ",
    "s": "ѕЅՏƽʂ",
    "t": "тТτΤƭȾƮҭҬŧŦᴛ",
    "u": "υսՍʋџɄᴜ",
    "v": "ѵѴνᴠ",
    "w": "ԝԜաѡѠωɯшѽᴡ",
    "x": "хХχΧҳҲ",
    "y": "уУγΥүҮɣƴɏɎұҰʏ",
    "z": "ΖᴢʐƶƵȥȤ",
    "2": "ƧƻꙄ",
    "3": "зЗӠӡƷʒҙҘȜ",
    "4": "Чч",
    "5": "Ƽ",
    "6": "бϬ",
    "8": "ȢȣՑ",
    "-": "‐‑‒–—−",
    ".": "․·",
    "'": "’‘ʼʹ′`",
    "ae": "æÆӕӔ",
    "oe": "œŒ",
    "bl": "ыЫ",
    "lo": "юЮ",
}
"""Letters and digits of Latin, Cyrillic, Greek and Armenian that are drawn like ASCII ones, in both cases.

Written by hand from the shapes and then compared with confusables.txt 17.0.0: what that maps to ASCII letters or digits
is here or falls together with them by NFKD, apart from Coptic, musical, phonetic and rare signs. It is coarser than
UTS #39 in that accents, case and width do not count, because a tired eye does not count them either.
"""
_SEVERAL = {"m": "rn", "w": "vv"}
_EITHER = "\N{INFORMATION SEPARATOR ONE}"
_I_OR_L = str.maketrans(dict.fromkeys("IІΙӀ", _EITHER))
_MOST = 4000
"""Longer names are compared by their beginning."""


def skeletons(text: str) -> frozenset[str]:
    """What the text looks like: one skeleton, or two where a capital I may be read as an i or as an l.

    Two texts look alike when they share one.
    """
    drawn = "".join(_letter(one) for one in unicodedata.normalize("NFKD", text[:_MOST]).translate(_I_OR_L))
    return frozenset(_tidy(drawn.replace(_EITHER, read)) for read in ("i", "l"))


def look_alike(one: str, other: str) -> bool:
    """Whether a person might take one for the other; equal texts do look alike."""
    return not skeletons(one).isdisjoint(skeletons(other))


def _tidy(drawn: str) -> str:
    for one, several in _SEVERAL.items():
        drawn = drawn.replace(one, several)
    return " ".join(drawn.split())


def _letter(character: str) -> str:
    if character == _EITHER or character.isspace():
        return character
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"}:
        return ""
    known = _table()
    return known.get(character) or "".join(known.get(one, one) for one in character.casefold())


@cache
def _table() -> dict[str, str]:
    return {character: letter for letter, alike in _ALIKE.items() for character in alike}
