"""Reading acts back: only those that a door or the worker signed, each in its own row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import Act, signed_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from domain.ports import ActSigner
    from store.statements import Row


def acts_from_rows(rows: Iterable[Row], case_id: UUID, signer: ActSigner) -> tuple[list[Act], int]:
    """Of a case's rows the acts whose signature holds, and how many do not: those were written past the doors."""
    acts, forged = [], 0
    for row in rows:
        try:
            act = Act.model_validate(row["record"])
        except ValueError:
            # No door writes such a row; it must not keep the case from moving either.
            forged += 1
            continue
        text = signed_text(row["record"])
        # A signed record under another row would be the same act a second time.
        in_place = (row["id"], row["seq"], row["kind"], case_id) == (act.id, act.seq, act.kind.value, act.case_id)
        if in_place and signer.verify_act(row["key_id"], text, bytes(row["signature"])):
            acts.append(act)
        else:
            forged += 1
    return acts, forged
