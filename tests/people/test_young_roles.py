"""Young roles, young factors and granters at the real doors (R21)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.acts import CancelBody, CancelReason, ExecuteBody, Method, Verdict
from domain.errors import Refused
from domain.messages import Outcome, Phase
from service import deciding
from tests.attacks.support import one_person
from tests.support import playing
from tests.support.world import World

YOUNG = datetime.now(UTC) - timedelta(days=6, hours=23)
OLD = datetime.now(UTC) - timedelta(days=7, hours=1)
IN_ERROR = CancelBody(reason=CancelReason.OPENED_IN_ERROR)


async def opened(w: World, agent: str = "bo", subject: str = "kim") -> UUID:
    """A case that waits for its verification."""
    case_id = await w.open(agent, subject)
    await w.until_phase(case_id, Phase.VERIFICATION)
    return case_id


async def verifies(w: World, who: str, case_id: UUID) -> str:
    """The code with which this person's verdict is refused, or `recorded`."""
    try:
        await w.verify(case_id, who, Method.IN_PERSON)
    except Refused as error:
        return error.code
    return "recorded"


async def test_a_young_role_opens_nothing(w: World) -> None:
    """R21: an agent since six days opens no case; after seven days they do; a founding agent at once."""
    await w.give_roles("bo", "agent", since=YOUNG, founding=False)
    with pytest.raises(Refused) as refused:
        await w.open("bo", "kim")
    assert refused.value.code == "role_too_young"
    await w.give_roles("bo", "agent", since=OLD, founding=False)
    await opened(w)
    await w.give_roles("ada", "agent", since=YOUNG, founding=True)
    await opened(w, "ada", "opal")


async def test_a_young_role_verifies_nothing_and_founders_do(w: World) -> None:
    """R21: an approver since six days does not verify; seven days or a founding role do."""
    case_id = await opened(w)
    await w.give_roles("dev", "approver", since=YOUNG, founding=False)
    assert await verifies(w, "dev", case_id) == "role_too_young"
    await w.give_roles("dev", "approver", since=OLD, founding=False)
    assert await verifies(w, "dev", case_id) == "recorded"
    await w.give_roles("cleo", "approver", since=YOUNG, founding=True)
    assert await verifies(w, "cleo", case_id) == "recorded"


async def test_a_role_that_became_young_executes_nothing(w: World) -> None:
    """R21 R34: an agent whose role was given anew after the opening does not carry out the reset."""
    played = await playing.ready(w)
    await w.give_roles("bo", "agent", since=YOUNG, founding=False)
    with pytest.raises(Refused) as refused:
        await w.execute(played.case_id, "bo")
    assert refused.value.code == "role_too_young"


async def test_a_young_role_confirms_no_browser(w: World) -> None:
    """R21 R36: the presence is entered by an approver whose role is old enough."""
    case_id = await playing.verified(w)
    _, code = await w.wait_in_browser("kim")
    await w.give_roles("ada", "approver", since=YOUNG, founding=False)
    with pytest.raises(Refused) as refused:
        await w.confirm_presence(case_id, "ada", code)
    assert refused.value.code == "role_too_young"


async def test_a_young_role_still_cancels_denies_and_doubts(w: World) -> None:
    """R21: to stop a case is open to the young: doubt and denial by an approver, cancelling by the agent."""
    doubted, cancelled = await opened(w), await opened(w, subject="opal")
    await w.give_roles("dev", "approver", since=YOUNG, founding=False)
    body = await w.verdict(doubted, Method.IN_PERSON)
    await w.decide("dev", doubted, body.model_copy(update={"verdict": Verdict.UNCERTAIN}))
    await w.decide("dev", doubted, body.model_copy(update={"verdict": Verdict.FAILED}))
    assert (await w.until_closed(doubted)).outcome is Outcome.DENIED
    await w.give_roles("bo", "agent", since=YOUNG, founding=False)
    await w.decide("bo", cancelled, IN_ERROR, proved=False)
    assert (await w.until_closed(cancelled)).outcome is Outcome.CANCELLED


@pytest.mark.parametrize("second_login", [False, True])
@pytest.mark.parametrize("direction", ["approver was made by agent", "agent was made by approver"])
async def test_granter_and_grantee_are_not_on_one_case(w: World, direction: str, second_login: bool) -> None:
    """R21 B05: in either direction, and by a second login of the granter too; with any other person both may work."""
    grantee, granter, role = ("dev", "bo", "approver") if direction.startswith("approver") else ("bo", "dev", "agent")
    by = granter
    if second_login:
        await one_person(w, "ivy", granter)
        by = "ivy"
    await w.give_roles(grantee, role, since=OLD, founding=False, granted_by=by)
    case_id = await opened(w)
    assert await verifies(w, "dev", case_id) == "granter_on_the_case"
    assert await verifies(w, "cleo", case_id) == "recorded"
    body = await w.verdict(case_id, Method.IN_PERSON)
    await w.decide("dev", case_id, body.model_copy(update={"verdict": Verdict.FAILED}))
    assert (await w.until_closed(case_id)).outcome is Outcome.DENIED


async def test_two_approvers_of_whom_one_made_the_other(w: World) -> None:
    """R21: the second verdict does not come from a person whom the first approver gave the role."""
    await w.give_roles("dev", "approver", since=OLD, founding=False, granted_by="cleo")
    case_id = await opened(w)
    assert await verifies(w, "cleo", case_id) == "recorded"
    assert await verifies(w, "dev", case_id) == "granter_on_the_case"


async def test_a_young_factor_proves_no_verdict(w: World) -> None:
    """R21: a factor enrolled six days ago steps no actor up once the tenant itself is older than that."""
    await w.give_roles("dev", "approver", since=OLD, founding=True)
    case_id = await opened(w)
    account = UUID(w.accounts["dev"])
    enrolled = "UPDATE directory.factors SET enrolled_at = $2 WHERE account_id = $1"
    await w.owner(enrolled, account, YOUNG)
    assert await verifies(w, "dev", case_id) == "factor_too_young"
    await w.owner(enrolled, account, OLD)
    assert await verifies(w, "dev", case_id) == "recorded"


async def test_a_young_factor_opens_nothing(w: World) -> None:
    """R21: an agent with only factors of this week opens no case; founders may while the tenant is as young."""
    account = UUID(w.accounts["bo"])
    await w.owner("UPDATE directory.factors SET enrolled_at = $2 WHERE account_id = $1", account, YOUNG)
    await opened(w, subject="opal")
    await w.give_roles("bo", "agent", since=OLD, founding=True)
    with pytest.raises(Refused) as refused:
        await w.open("bo", "kim")
    assert refused.value.code == "factor_too_young"


async def test_whoever_was_recovered_lately_decides_nothing_but_may_stop(w: World) -> None:
    """R21: an approver recovered today verifies nobody, and may still doubt and deny."""
    await w.session("dev")
    await w.give_roles("ada", "approver")
    recovered = await opened(w, "bo", "dev")
    await w.verify(recovered, "cleo", Method.IN_PERSON)
    await w.verify(recovered, "ada", Method.VIDEO_CALL)
    await w.until_phase(recovered, Phase.PRESENCE)
    browser, code = await w.wait_in_browser("dev")
    await w.confirm_presence(recovered, "cleo", code)
    await w.until_phase(recovered, Phase.STEP_UP)
    await w.decide("bo", recovered, ExecuteBody())
    await w.until_phase(recovered, Phase.RE_ENROLMENT)
    await playing.enrol(w, browser)
    assert (await w.until_closed(recovered)).outcome is Outcome.RECOVERED
    case_id = await opened(w)
    assert await verifies(w, "dev", case_id) == "recovered_lately"
    doubt = (await w.verdict(case_id, Method.IN_PERSON)).model_copy(update={"verdict": Verdict.UNCERTAIN})
    await deciding.begin_step_up(w.doors, await w.session("dev"), case_id, doubt)
