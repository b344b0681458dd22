"""Codes as people type them, and TOTP against the reference (B28)."""

from __future__ import annotations

import pytest

from directory import codes, totp
from directory.errors import SeedInvalid

RFC_SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")],
)
def test_rfc_6238_vectors(seconds: int, code: str) -> None:
    """The codes of RFC 6238 appendix B, last six digits."""
    assert totp.code_at(RFC_SEED, totp.step_at(seconds)) == code


@pytest.mark.parametrize("typed", ["081804", " 081 804 ", "08 18 04"])
def test_a_code_may_be_spaced(typed: str) -> None:
    """B28: ASCII spaces do not matter."""
    assert totp.matching_step(RFC_SEED, typed, now=1_111_111_109) == totp.step_at(1_111_111_109)


@pytest.mark.parametrize(
    "typed",
    ["81804", "0081804", 81804, 81804.0, True, None, ["081804"], "\uff10\uff18\uff11\uff18\uff10\uff14",
     "٠٨١٨٠٤", "●●●●●●", "²81804", "", " ",
     "0" * 1000, "08180\uff14", "081\n804", "\ud800", "+81804", "-81804"],
)  # fmt: skip
def test_what_is_no_code_is_a_wrong_code(typed: object) -> None:
    """B28: a number, foreign digits, signs and lengths never match and never raise."""
    assert totp.matching_step(RFC_SEED, typed, now=1_111_111_109) is None


def test_one_step_either_side() -> None:
    """The present step and one either side match, two away do not."""
    here = totp.step_at(1_111_111_109)
    found = [
        totp.matching_step(RFC_SEED, totp.code_at(RFC_SEED, here + away), now=1_111_111_109)
        for away in (-2, -1, 0, 1, 2)
    ]
    assert found == [None, here - 1, here, here + 1, None]


@pytest.mark.parametrize("length", [16, 26, 32, 52])
def test_seeds_as_they_are_pasted(length: int) -> None:
    """B28: case, spaces, hyphens and padding of a seed do not matter."""
    text = ("JBSWY3DPEHPK3PXP" * 4)[:length]
    wanted = totp.parse_seed(text)
    spaced = " ".join(text[at : at + 4] for at in range(0, length, 4)).lower()
    assert totp.parse_seed(spaced) == totp.parse_seed(text + "====") == totp.parse_seed(spaced.replace(" ", "-"))
    assert len(totp.code_at(wanted, 1)) == 6


@pytest.mark.parametrize(
    "text", ["", "JBSW", "JBSWY3DPEHPK3PX1", "JBSWY3DPEHPK3PXP1", "\uff2aBSWY3DPEHPK3PXP", "A" * 17]
)
def test_a_bad_seed_is_refused_without_being_quoted(text: str) -> None:
    """B28, B09: refused at set-up, and the error does not contain it."""
    with pytest.raises(SeedInvalid) as raised:
        totp.parse_seed(text)
    assert not text or text not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "typed",
    ["ABCD-EFGH-JKMN-0001", "abcdefghjkmn0001", "ABCD EFGH JKMN 0001", "abcd\u2013efgh\u2014jkmn\u20110001",
     " ABCD-EFGH-JKMN-OOOI ", "ABCD\u00a0EFGH-JKMN-000l"],
)  # fmt: skip
def test_backup_codes_as_typed(typed: str) -> None:
    """B28: case, spaces, hyphens and dashes do not matter; O is 0, I and L are 1."""
    assert codes.typed_code(typed, characters=16) == "ABCDEFGHJKMN0001"


@pytest.mark.parametrize(
    "typed",
    ["", "ABCD-EFGH-JKMN-000", "ABCD-EFGH-JKMN-00011", "ABCD-EFGH-JKMN-000U", "ABCD-EFGH-JKMN-000\u0131", 1, None,
     "A" * 100_000, "ABCD-EFGH-JKMN-00\u06601", "\ud800"],
)  # fmt: skip
def test_what_is_no_backup_code(typed: object) -> None:
    """B28: another length, letter or type is no code; a dotless i is not I."""
    assert codes.typed_code(typed, characters=16) is None


def test_codes_have_the_bits_they_should() -> None:
    """R36 asks for 40 bits of presence code, NIST SP 800-63B-4 for 64 of a backup code; all are different."""
    many = [*codes.new_backup_codes(500), *(codes.new_presence_code() for _ in range(500))]
    assert len(set(many)) == 1000
    assert codes.BACKUP_CODE_CHARACTERS * 5 >= 64
    assert codes.PRESENCE_CODE_CHARACTERS * 5 >= 50
    assert all(set(code) <= set(codes.ALPHABET) | {"-"} for code in many)
