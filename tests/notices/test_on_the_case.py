"""The notices of a case are on the case: through the view, at the command line, and in its next step (R23, B10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.account import ContactKind
from domain.notices import NoticeState
from service import reading
from starter.cli.case_view import show_case
from tests.notices.support import Collecting, due, relay_of
from tests.notices.test_delivery import Refusing

if TYPE_CHECKING:
    from uuid import UUID

    import pytest

    from service.case_view import CaseView
    from tests.support.world import World

MAIL = frozenset({ContactKind.EMAIL})
NOT_ONE = "Not one notice of this case has reached"


async def view(w: World, case_id: UUID, who: str = "cleo") -> CaseView:
    """The case as this person sees it."""
    return await reading.read_case(w.doors, await w.session(who), case_id)


async def test_a_notice_that_was_not_sent_is_visible_on_the_case(w: World, capsys: pytest.CaptureFixture[str]) -> None:
    """R23: each notice with contact id, channel, state and code; the failed ones are counted; no address is shown."""
    case_id = await w.open("bo", "kim")
    assert (await view(w, case_id)).notices == []
    await relay_of(w, Collecting(MAIL)).work()
    seen = await view(w, case_id)
    case, _ = await w.case(case_id)
    by_kind = {one.contact_kind: one for one in seen.notices if one.audience == "on_record"}
    desk, mail = by_kind["desk_phone"], by_kind["email"]
    assert (desk.occasion, desk.state, desk.code, desk.channel) == ("opened", NoticeState.FAILED, "no_channel", None)
    assert (mail.occasion, mail.state, mail.channel) == ("opened", NoticeState.ACCEPTED, "collecting")
    assert desk.contact_id in {one.id for one in case.snapshot.contacts}
    assert seen.notices_failed == sum(one.state is NoticeState.FAILED for one in seen.notices) > 0
    assert NOT_ONE not in str(seen.next_step)
    document: dict[str, Any] = seen.model_dump(mode="json")
    assert not any(one.value in str(document) for one in case.snapshot.contacts)
    show_case(document)
    shown = capsys.readouterr().out
    assert "notices not sent" in shown
    assert "no_channel" in shown


async def test_a_case_of_which_nobody_was_told_says_so(w: World) -> None:
    """B10: all notices refused for good: the next step says that nobody could object, for every reader."""
    case_id = await w.open("bo", "kim")
    relay = relay_of(w, Refusing(kinds=frozenset(ContactKind)))
    await relay.work()
    assert NOT_ONE not in str((await view(w, case_id)).next_step)
    await w.owner("UPDATE recovery.notices SET created_at = created_at - interval '25 hours'")
    await due(w)
    await relay.work()
    seen = await view(w, case_id)
    assert {one.state for one in seen.notices} == {NoticeState.FAILED}
    assert seen.notices_failed == len(seen.notices) > 0
    assert NOT_ONE in str(seen.next_step)
    assert NOT_ONE in str((await view(w, case_id, "bo")).next_step)
