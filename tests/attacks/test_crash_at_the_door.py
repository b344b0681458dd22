"""A door that dies between two lines: after the proof, after the act, after the bell, at COMMIT (B27, B01)."""

from __future__ import annotations

import dataclasses
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest

from domain.acts import CancelBody, CancelReason, Method
from domain.errors import StepUpRefused
from domain.messages import Outcome, Phase
from service import deciding
from store.ledger import Ledger
from store.page import Page
from tests.support.database import pool_of
from tests.support.refusals import coded
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service.doors import Doors


class Cut(Exception):
    """The process died here."""


class CutAfterCommit(Ledger):
    """Commits, and then the answer is lost, once."""

    armed = True

    @asynccontextmanager
    async def page(self, tenant_id: UUID, case_id: UUID, *, reader: str | None = None) -> AsyncIterator[Page]:
        """See base class."""
        async with super().page(tenant_id, case_id, reader=reader) as page:
            yield page
        if self.armed:
            self.armed = False
            raise asyncpg.ConnectionDoesNotExistError


class CutBeforeCommit(CutAfterCommit):
    """Everything is written and then lost with the connection, once."""

    @asynccontextmanager
    async def page(self, tenant_id: UUID, case_id: UUID, *, reader: str | None = None) -> AsyncIterator[Page]:
        """See base class."""
        async with Ledger.page(self, tenant_id, case_id, reader=reader) as page:
            yield page
            if self.armed:
                self.armed = False
                raise asyncpg.ConnectionDoesNotExistError


def _with_ledger(w: World, kind: type[Ledger]) -> Doors:
    ours = w.parts.ledger
    cut = kind(pool_of(ours), act_signer=ours._act_signer, audit_signer=ours._audit_signer)
    return dataclasses.replace(w.doors, ledger=cut)


async def _acts(w: World, case_id: UUID, kind: str) -> int:
    return int(await w.owner("SELECT count(*) FROM recovery.acts WHERE case_id = $1 AND kind = $2", case_id, kind))


async def test_committed_but_not_answered_is_once(w: World) -> None:
    """B27: the connection dies after COMMIT; the same request again is answered with the first act and counts once."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.CALLBACK)
    answer = await w.step_up("cleo", case_id, body)
    cleo, doors = await w.session("cleo"), _with_ledger(w, CutAfterCommit)
    with pytest.raises(asyncpg.PostgresError):
        await deciding.decide(doors, cleo, case_id, body, key="k", answer=answer)
    await deciding.decide(doors, cleo, case_id, body, key="k", answer=answer)
    assert await _acts(w, case_id, "verdict") == 1
    await w.until(case_id, lambda one: one.applied_seq == one.act_seq)
    assert (await w.audit_types(case_id)).count("recovery.verification_recorded") == 1


async def test_cut_before_commit_is_not_at_all_and_the_proof_still_serves(w: World) -> None:
    """B27: proved, then cut before COMMIT: nothing was recorded, and the same request again goes through."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.CALLBACK)
    answer = await w.step_up("cleo", case_id, body)
    cleo, doors = await w.session("cleo"), _with_ledger(w, CutBeforeCommit)
    with pytest.raises(asyncpg.PostgresError):
        await deciding.decide(doors, cleo, case_id, body, key="k", answer=answer)
    assert await _acts(w, case_id, "verdict") == 0
    await deciding.decide(doors, cleo, case_id, body, key="k", answer=answer)
    assert await _acts(w, case_id, "verdict") == 1
    other = await w.verdict(case_id, Method.IN_PERSON)
    with pytest.raises(StepUpRefused, check=coded("step_up_refused")):
        await deciding.decide(doors, cleo, case_id, other, key="k2", answer=answer)


async def test_dead_between_act_and_bell_is_heard_later(w: World) -> None:
    """Architecture 3: the door dies before it rings; the background delivery takes the act to the case."""

    async def dead(_row: int) -> bool:
        raise Cut

    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    doors: Any = dataclasses.replace(w.doors, ring=dead)
    with pytest.raises(Cut):
        await deciding.decide(
            doors, await w.session("bo"), case_id, CancelBody(reason=CancelReason.OPENED_IN_ERROR), key="k"
        )
    assert (await w.until_closed(case_id)).outcome is Outcome.CANCELLED
