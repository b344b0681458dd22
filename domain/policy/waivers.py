"""What break-glass has waived in a case (R39); read by the rules that it waives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import BreakGlassBody, Waiver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act


def waived(acts: Sequence[Act]) -> Waiver | None:
    """The one requirement that is waived, if any; a second waiver never counts."""
    return next((act.body.waives for act in acts if isinstance(act.body, BreakGlassBody)), None)
