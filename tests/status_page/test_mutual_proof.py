"""The phrase that approver and caller compare: for the approver who entered the code, and for nobody else (R36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import Method
from service import deciding
from service.mutual_proof import phrase_for

if TYPE_CHECKING:
    from tests.support.world import World


async def test_only_who_entered_the_code_sees_the_phrase(w: World) -> None:
    """R36: the words on the caller's page are told to that approver alone, and only while that browser is bound."""
    case_id = await w.open("bo", "kim")
    await w.verify(case_id, "cleo", Method.IN_PERSON)
    cleo, bo = await w.session("cleo"), await w.session("bo")
    assert await phrase_for(w.doors, cleo, case_id) is None
    token, code = await w.wait_in_browser("kim")
    await deciding.confirm_presence(w.doors, cleo, case_id, code)
    shown = (await w.parts.directory.presence.status(token)).phrase
    assert shown
    assert await phrase_for(w.doors, cleo, case_id) == shown
    assert await phrase_for(w.doors, bo, case_id) is None
    await w.parts.directory.presence.renew(token)
    assert await phrase_for(w.doors, cleo, case_id) is None
