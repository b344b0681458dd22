"""Which refusal a test expects: its class and its code, for a class says less than the rule that refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def coded(code: str) -> Callable[[BaseException], bool]:
    """For `pytest.raises(Refused, check=coded("case_closed"))`."""
    return lambda error: getattr(error, "code", None) == code
