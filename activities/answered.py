"""Whether a step was answered before: one comparison of versions for cases and campaigns (architecture, step 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


def answered_before(
    asked: int, known: int, recorded: Callable[[], Answer | None], held: Callable[[], Answer]
) -> Answer | None:
    """The recorded answer where the store is ahead of the workflow, a hold where it is behind, None where neither is.

    `asked` is the version that the workflow has seen, `known` the store's. Ahead: this very step was committed and its
    report lost, or an operator reset the workflow. Behind: the store was restored from an older copy, to which nothing
    that was done since is known; nothing more is done until ops have looked.
    """
    if asked > known:
        return held()
    return recorded() if asked < known else None
