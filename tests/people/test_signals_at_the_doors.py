"""What stood out is on the case, for agent and approver alike (R8, B10, B11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.acts import CancelBody, CancelReason, Method, Verdict
from domain.case import RiskCode
from domain.ids import case_reference
from domain.messages import Phase
from domain.people import Tier
from service import reading
from starter.cli.case_view import show_case
from starter.relay.nightly import NightlyReads
from tests.support.world import World


async def risks(w: World, case_id: UUID, who: str = "bo") -> dict[RiskCode, dict[str, str | int]]:
    """The signals that this person sees."""
    view = await reading.read_case(w.doors, await w.session(who), case_id)
    return {one.code: one.facts for one in view.risks}


async def denied(w: World, subject: str = "kim") -> None:
    """A case whose verification failed."""
    case_id = await w.open("bo", subject)
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.IN_PERSON)
    await w.decide("cleo", case_id, body.model_copy(update={"verdict": Verdict.FAILED}))
    await w.until_closed(case_id)


async def test_who_rings_again_after_a_failed_verification_is_known(w: World) -> None:
    """B10: two failed cases stand on the third, for agent and approver alike, which is privileged; and in the audit."""
    await denied(w)
    await denied(w)
    again = await w.open("bo", "kim")
    seen = await risks(w, again)
    assert seen[RiskCode.FAILED_VERIFICATION_BEFORE] == {"cases": 2, "days": 30}
    assert seen[RiskCode.REPEATED_CASES] == {"cases": 2, "days": 30}
    assert seen == await risks(w, again, "cleo")
    assert (await w.case(again))[0].tier is Tier.PRIVILEGED
    [event] = await w.audit(again, "recovery.case_opened")
    assert {"failed_verification_before", "repeated_cases"} <= set(event["data"]["risks"])


async def test_a_case_that_takes_up_an_expired_one_names_it(w: World) -> None:
    """R37: the last case's enrolment window passed, so the new one is linked to it; no other end does that."""
    await denied(w)
    first = await w.open("bo", "kim")
    assert RiskCode.REOPENS_EXPIRED not in await risks(w, first)
    await w.decide("bo", first, CancelBody(reason=CancelReason.OPENED_IN_ERROR), proved=False)
    await w.until_closed(first)
    await w.owner("UPDATE recovery.cases SET outcome = 'enrolment_expired' WHERE id = $1", first)
    seen = await risks(w, await w.open("bo", "kim"), "cleo")
    assert seen[RiskCode.REOPENS_EXPIRED] == {"case": case_reference(first)}


async def test_a_contact_changed_just_before_the_case_is_told(w: World) -> None:
    """B11: a mobile that is bound since an hour stands on the case by kind and time, and its value does not."""
    bound = datetime.now(UTC) - timedelta(hours=1)
    await w.owner(
        "UPDATE directory.contact_points SET bound_since = $2 WHERE account_id = $1 AND kind = 'mobile'",
        UUID(w.accounts["kim"]), bound,
    )  # fmt: skip
    case_id = await w.open("bo", "kim")
    facts = (await risks(w, case_id))[RiskCode.CONTACT_CHANGED_LATELY]
    assert (facts["new"], facts["since"]) == ("mobile", bound.isoformat())
    assert "7700" not in str(facts)


async def test_an_account_that_looks_the_same_is_told(w: World) -> None:
    """R8 R04: a Cyrillic twin of the subject, known from the nightly reads, stands on the case by its id."""
    await w.owner(
        "UPDATE directory.accounts SET login = $2, display_name = $3 WHERE id = $1",
        UUID(w.accounts["opal"]), "k\u0456m.reyes", "Kim R\u0435yes",
    )  # fmt: skip
    await NightlyReads(w.parts.ledger, w.parts.feed, uuid4).read()
    seen = await risks(w, await w.open("bo", "kim"))
    assert seen[RiskCode.LOOKALIKE_ACCOUNT] == {"count": 1, "accounts": w.accounts["opal"]}
    assert RiskCode.AGENT_IS_LOOKALIKE not in seen


async def test_an_approver_who_looks_like_the_subject_is_told(w: World) -> None:
    """R8 R04: an approver renamed to look like the subject is told as such."""
    await w.owner(
        "UPDATE directory.accounts SET display_name = 'K\u0456m Reyes' WHERE id = $1", UUID(w.accounts["dev"])
    )
    await NightlyReads(w.parts.ledger, w.parts.feed, uuid4).read()
    seen = await risks(w, await w.open("bo", "kim"))
    assert seen[RiskCode.AGENT_IS_LOOKALIKE] == {"count": 1, "accounts": w.accounts["dev"]}


async def test_our_reads_make_a_number_of_unknown_age_usable(w: World) -> None:
    """R16: a desk number of unknown age proves something once our own reads have seen it for long enough."""
    account = UUID(w.accounts["kim"])
    await w.owner("UPDATE directory.contact_points SET bound_since = NULL WHERE account_id = $1", account)
    reads = NightlyReads(w.parts.ledger, w.parts.feed, uuid4)
    await reads.read()
    for _ in range(8):
        await w.forward(timedelta(days=2))
        await reads.read()
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.verify(case_id, "cleo", Method.CALLBACK)


async def test_the_command_line_shows_signals_in_words(w: World, capsys: pytest.CaptureFixture[str]) -> None:
    """R8: code, sentence and facts on the terminal."""
    await denied(w)
    case_id = await w.open("bo", "kim")
    view = await reading.read_case(w.doors, await w.session("bo"), case_id)
    document: dict[str, Any] = view.model_dump(mode="json")
    show_case(document)
    shown = capsys.readouterr().out
    assert "failed_verification_before" in shown
    assert "cases 1" in shown
    assert "A verification of this person failed" in shown
