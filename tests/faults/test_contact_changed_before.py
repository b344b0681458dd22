"""A phone or mailbox changed just before the reset was asked for, through every door it passes (B11)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.account import ContactKind
from domain.acts import Method
from domain.case import Reason, RiskCode
from domain.errors import Refused
from domain.messages import Phase
from domain.notices import Audience, Occasion
from service import reading
from tests.notices.support import Collecting, relay_of, rows
from tests.support import playing

if TYPE_CHECKING:
    from directory.records import ContactKind as DirectoryKind
    from tests.support.world import World

NEW_NUMBER, NEW_MAIL = "+442079460999", "kim@elsewhere.example"


@pytest.mark.parametrize(("kind", "value"), [("desk_phone", NEW_NUMBER), ("mobile", NEW_NUMBER), ("email", NEW_MAIL)])
async def test_changed_two_hours_before(w: World, kind: DirectoryKind, value: str) -> None:
    """B11, R16, R23: refused as proof, shown as a risk without its value, and the reader of the old one is told."""
    old = next(one for one in (await w.parts.feed.read(w.accounts["kim"])).contacts if one.kind == kind)
    session = await playing.sign_in(w, "kim")
    await w.parts.directory.profile.change_contact(session.token, kind, value)
    await w.forward(timedelta(hours=2))

    case_id = await w.open("bo", "kim", Reason.BROKEN_FACTOR)
    await w.until_phase(case_id, Phase.VERIFICATION)
    case, _ = await w.case(case_id)
    new = next(one for one in case.snapshot.contacts if one.value == value)
    with pytest.raises(Refused) as refused:
        await w.verify(case_id, "cleo", Method.CALLBACK, contact_id=new.id)
    assert refused.value.code == ("number_not_on_record" if kind == "email" else "number_too_new")
    with pytest.raises(Refused) as replaced:
        await w.verify(case_id, "cleo", Method.CALLBACK, contact_id=old.id)
    assert replaced.value.code == "number_not_on_record"

    for reader in ("bo", "cleo"):
        view = await reading.read_case(w.doors, await w.session(reader), case_id)
        facts = {one.code: one.facts for one in view.risks}[RiskCode.CONTACT_CHANGED_LATELY]
        assert kind in str(facts["new"])
        assert value not in view.model_dump_json()
        assert old.value not in view.model_dump_json()

    channel = Collecting(frozenset(ContactKind))
    await relay_of(w, channel).work()
    told = {one.address for one in channel.taken if one.occasion is Occasion.OPENED}
    assert {old.value, value} <= told
    former = [one for one in await rows(w, case_id, "opened") if one["audience"] == Audience.FORMER]
    assert [one["address"] for one in former] == [old.value]
