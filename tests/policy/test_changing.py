"""Changing the policy through its doors: at once, by two people, after a day, never past the doors (R26, R28)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest

from domain.errors import InputRefused, Refused, StepUpRefused
from domain.people import Role
from domain.policy.changing import change_is_proved
from domain.policy.document import Policy, StepUpPolicy
from service import policy as service
from service import step_up
from service.policy_upkeep import settle_policies
from service.step_up import StepUpAnswer
from tests.recovery.conftest import make_world, prepared, w
from tests.support.database import pool_of
from tests.support.world import CALM, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from service.step_up import StepUpChallenge
    from tests.support.world import World

__all__ = ["make_world", "prepared", "w"]
NO_STEP_UP = CALM.model_copy(update={"step_up": StepUpPolicy(required=False)})
LOOSER = CALM.model_copy(update={"case_hours": 100})
TIGHTER = CALM.model_copy(update={"case_hours": 48})


async def answer(w: World, who: str, begun: StepUpChallenge) -> StepUpAnswer:
    """This person's proof."""
    response = w.people[who].respond(begun.challenge.kinds, begun.challenge.webauthn_options, ORIGIN)
    return StepUpAnswer(begun.id, response)


async def apply(w: World, who: str, policy: Policy) -> service.Outcome:
    """Ask for this policy, with a proof."""
    session = await w.session(who)
    proof = await answer(w, who, await service.begin_change(w.doors, session, policy))
    return await service.change(w.doors, session, service.Wanted(policy, proof))


async def second(w: World, who: str, proposal: UUID) -> service.ProposalView:
    """Agree, with a proof."""
    session = await w.session(who)
    proof = await answer(w, who, await service.begin_second(w.doors, session, proposal))
    return await service.second(w.doors, session, proposal, proof)


async def in_force(w: World) -> Policy:
    """The policy at this moment."""
    async with w.parts.ledger.unit(w.tenant_id) as unit:
        return await unit.policy()


async def events(w: World) -> list[str]:
    """The policy's audit events in order."""
    rows = await pool_of(w.parts.ledger).fetch(
        "SELECT type FROM recovery.audit_events WHERE type LIKE 'policy.%' ORDER BY seq"
    )
    return [row["type"] for row in rows]


async def code_of(asked: Awaitable[Any]) -> str:
    """The code of the refusal."""
    with pytest.raises((Refused, StepUpRefused, InputRefused)) as refused:
        await asked
    return refused.value.code


@pytest.fixture
async def admins(w: World) -> World:
    """Two administrators, founders both: Ari, and Dev for this test."""
    await w.give_roles("dev", Role.ADMIN)
    return w


async def test_one_administrator_tightens_at_once(admins: World) -> None:
    """R26: a stricter policy holds from that moment, as the next version, and is audited."""
    outcome = await apply(admins, "ari", TIGHTER)
    assert (outcome.version, outcome.proposal) == (2, None)
    assert (await in_force(admins)).case_hours == 48
    assert await events(admins) == ["policy.changed"]
    assert await code_of(apply(admins, "ari", TIGHTER)) == "policy_unchanged"


async def test_weakening_takes_two_people_and_a_day(admins: World) -> None:
    """R26: proposed by one, seconded by another, a day later it holds by itself; step-up off is an event of its own."""
    outcome = await apply(admins, "ari", NO_STEP_UP)
    assert outcome.weakens == ["step_up.required"]
    assert outcome.proposal is not None
    assert (await in_force(admins)).step_up.required
    assert await code_of(second(admins, "ari", outcome.proposal.id)) == "own_proposal"
    assert (await second(admins, "dev", outcome.proposal.id)).state == "seconded"
    await admins.forward(timedelta(hours=23, minutes=59))
    assert (await in_force(admins)).step_up.required
    await admins.forward(timedelta(minutes=2))
    assert not (await in_force(admins)).step_up.required
    assert await settle_policies(admins.parts.ledger) == 1
    assert await settle_policies(admins.parts.ledger) == 0
    assert (await in_force(admins)).version == 2
    assert await events(admins) == [
        "policy.weakening_proposed",
        "policy.change_refused",
        "policy.weakening_seconded",
        "policy.weakening_took_effect",
        "policy.step_up_turned_off",
    ]


async def test_a_second_login_of_the_proposer_is_no_second_person(admins: World) -> None:
    """R6, R26: two logins of one person count as one."""
    outcome = await apply(admins, "ari", NO_STEP_UP)
    assert outcome.proposal is not None
    await admins.owner(
        "UPDATE directory.accounts AS d SET person_id = a.person_id FROM directory.accounts AS a "
        "WHERE a.id = $1 AND d.id = $2",
        UUID(admins.accounts["ari"]),
        UUID(admins.accounts["dev"]),
    )
    await admins.give_roles("dev", Role.ADMIN)
    assert await code_of(second(admins, "dev", outcome.proposal.id)) == "own_proposal"


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        ({"founding": False}, "role_too_young"),
        ({"granted_by": "ari"}, "granter_on_the_case"),
    ],
)
async def test_the_young_and_the_granted_do_not_second(admins: World, standing: dict[str, Any], code: str) -> None:
    """R21, R26: an admin whom the proposer made one, or who is one since today, is no second admin."""
    outcome = await apply(admins, "ari", NO_STEP_UP)
    assert outcome.proposal is not None
    await admins.give_roles("dev", Role.ADMIN, **standing)
    assert await code_of(second(admins, "dev", outcome.proposal.id)) == code


async def test_it_can_be_withdrawn_until_it_holds(admins: World) -> None:
    """R26: security stops a weakening that two admins want, without a proof; it then never holds."""
    outcome = await apply(admins, "ari", NO_STEP_UP)
    assert outcome.proposal is not None
    await second(admins, "dev", outcome.proposal.id)
    withdrawn = await service.withdraw(admins.doors, await admins.session("sol"), outcome.proposal.id)
    assert withdrawn.state == "withdrawn"
    await admins.forward(timedelta(days=2))
    assert (await in_force(admins)).step_up.required
    assert await settle_policies(admins.parts.ledger) == 0


async def test_a_later_version_voids_what_was_proposed_on_the_one_before(admins: World) -> None:
    """R26, B07: what two people agreed to was a change of that policy, not of the one that holds now."""
    outcome = await apply(admins, "ari", NO_STEP_UP)
    assert outcome.proposal is not None
    await second(admins, "dev", outcome.proposal.id)
    await apply(admins, "dev", TIGHTER)
    await admins.forward(timedelta(days=2))
    assert (await in_force(admins)).step_up.required
    states = [one.state for one in await service.read_proposals(admins.doors, await admins.session("ari"))]
    assert states == ["void"]


async def test_nobody_else_changes_it(admins: World) -> None:
    """R26: agents, approvers, officers and auditors change nothing, and the refusal is audited."""
    for who in ("bo", "cleo", "sol", "ivy"):
        assert await code_of(apply(admins, who, TIGHTER)) == "role_missing"
    assert await events(admins) == ["policy.change_refused"] * 4


async def test_an_officer_raises_the_threat_and_nothing_else(admins: World) -> None:
    """R41, R26: an officer under attack waits for no administrator; anything beside it, or back, is refused."""
    raised = (await in_force(admins)).model_copy(update={"raised_threat": True})
    assert await code_of(apply(admins, "sol", raised.model_copy(update={"case_hours": 48}))) == "role_missing"
    assert await code_of(apply(admins, "ivy", raised)) == "role_missing"
    outcome = await apply(admins, "sol", raised)
    assert (outcome.version, outcome.proposal) == (2, None)
    assert (await in_force(admins)).raised_threat
    lowered = (await in_force(admins)).model_copy(update={"raised_threat": False})
    assert await code_of(apply(admins, "sol", lowered)) == "role_missing"


async def test_a_change_carries_its_own_proof(admins: World) -> None:
    """R28, B24: without a proof, with one for another document, or with a used one nothing is changed."""
    session = await admins.session("ari")
    assert await code_of(service.change(admins.doors, session, service.Wanted(TIGHTER, None))) == "step_up_missing"
    other = TIGHTER.model_copy(update={"case_hours": 47})
    begun = await service.begin_change(admins.doors, session, TIGHTER)
    proof = await answer(admins, "ari", begun)
    assert await code_of(service.change(admins.doors, session, service.Wanted(other, proof))) == "step_up_mismatch"
    await service.change(admins.doors, session, service.Wanted(TIGHTER, proof))
    again = service.Wanted(TIGHTER.model_copy(update={"case_hours": 24}), proof)
    assert await code_of(service.change(admins.doors, session, again)) in {"step_up_refused", "step_up_mismatch"}


async def test_a_demonstration_cannot_be_made_of_a_real_tenant(admins: World) -> None:
    """R25, R26: what lifts the floors comes with the founding document or never."""
    real = Policy()
    await admins.set_policy(real)
    assert await code_of(apply(admins, "ari", CALM)) == "demonstration_only_at_founding"


async def test_a_row_that_no_door_signed_decides_nothing(admins: World) -> None:
    """R26: an insider with the application's login inserts a weak policy: nobody follows it."""
    pool = pool_of(admins.parts.ledger)
    await pool.execute(
        "INSERT INTO recovery.policies (tenant_id, version, document, at) VALUES ($1, 99, $2, now())",
        admins.tenant_id,
        NO_STEP_UP.record(),
    )
    assert (await in_force(admins)).step_up.required
    row = await pool.fetchrow("SELECT * FROM recovery.policies WHERE tenant_id = $1 AND version = 1", admins.tenant_id)
    assert row is not None
    await pool.execute(
        "INSERT INTO recovery.policies (tenant_id, version, document, at, signature, key_id) "
        "VALUES ($1, 98, $2, $3, $4, $5)",
        admins.tenant_id,
        NO_STEP_UP.record(),
        row["at"],
        row["signature"],
        row["key_id"],
    )
    assert (await in_force(admins)).step_up.required
    listed = await service.read_versions(admins.doors, await admins.session("ivy"))
    assert [(one.version, one.signed) for one in listed] == [(99, False), (98, False), (1, True)]


async def test_a_seconding_written_by_hand_is_not_believed(admins: World) -> None:
    """R26: the application's login adds a row that says it was seconded long ago: nothing comes of it."""
    outcome = await apply(admins, "ari", NO_STEP_UP)
    assert outcome.proposal is not None
    await pool_of(admins.parts.ledger).execute(
        "INSERT INTO recovery.policy_proposals (tenant_id, proposal_id, record, signature, key_id) "
        "SELECT tenant_id, proposal_id, record || "
        "jsonb_build_object('seconded_by', 'x', 'seconder_person', 'y', 'seconded_at', '2020-01-01T00:00:00Z'), "
        "signature, key_id FROM recovery.policy_proposals"
    )
    assert (await in_force(admins)).step_up.required
    assert await settle_policies(admins.parts.ledger) == 0
    states = [one.state for one in await service.read_proposals(admins.doors, await admins.session("ari"))]
    assert states == ["proposed"]


async def test_what_was_withdrawn_cannot_be_put_back(admins: World) -> None:
    """R26: the application's login can neither change nor remove a proposal's rows; copying an old one is in vain."""
    outcome = await apply(admins, "ari", NO_STEP_UP)
    assert outcome.proposal is not None
    await second(admins, "dev", outcome.proposal.id)
    await service.withdraw(admins.doors, await admins.session("sol"), outcome.proposal.id)
    pool = pool_of(admins.parts.ledger)
    for statement in (
        "UPDATE recovery.policy_proposals SET record = record",
        "DELETE FROM recovery.policy_proposals",
        "INSERT INTO recovery.policy_proposals (id) OVERRIDING SYSTEM VALUE VALUES (0)",
        "DELETE FROM recovery.policies",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)
    await pool.execute(
        "INSERT INTO recovery.policy_proposals (tenant_id, proposal_id, record, signature, key_id) "
        "SELECT tenant_id, proposal_id, record, signature, key_id FROM recovery.policy_proposals "
        "WHERE record ->> 'seconded_at' IS NOT NULL AND record ->> 'withdrawn_at' IS NULL"
    )
    await admins.forward(timedelta(days=2))
    assert (await in_force(admins)).step_up.required
    assert await settle_policies(admins.parts.ledger) == 0


async def test_a_forged_row_keeps_no_place(admins: World) -> None:
    """R26: an insider occupies the next version's number: the tightening holds all the same, and is no mere promise."""
    await pool_of(admins.parts.ledger).execute(
        "INSERT INTO recovery.policies (tenant_id, version, document, at) SELECT $1, n, $2, now() "
        "FROM generate_series(2, 5) n",
        admins.tenant_id,
        NO_STEP_UP.record(),
    )
    assert (await apply(admins, "ari", TIGHTER)).version == 2
    assert ((await in_force(admins)).version, (await in_force(admins)).case_hours) == (2, 48)


async def test_tampering_is_put_on_record_once(admins: World) -> None:
    """R26, R42: a row that no door wrote and a version that an insider removed are incidents in the audit, once."""
    await apply(admins, "ari", TIGHTER)
    await apply(admins, "ari", TIGHTER.model_copy(update={"case_hours": 47}))
    await apply(admins, "ari", TIGHTER.model_copy(update={"case_hours": 46}))
    await admins.owner("DELETE FROM recovery.policies WHERE version IN (3, 4)")
    await pool_of(admins.parts.ledger).execute(
        "INSERT INTO recovery.policies (tenant_id, version, document, at) VALUES ($1, 99, $2, now())",
        admins.tenant_id,
        ["no policy at all"],
    )
    before = await events(admins)
    for _ in range(2):
        assert await settle_policies(admins.parts.ledger) == 0
    assert (await events(admins))[len(before) :] == [
        "policy.row_forged",
        "policy.version_missing",
        "policy.version_missing",
    ]
    assert (await in_force(admins)).case_hours == 48


async def test_an_administrator_who_lost_the_role_meanwhile(admins: World) -> None:
    """R6, R26: a session that is older than the loss of the role changes nothing."""
    session = await admins.session("ari")
    outcome = await apply(admins, "dev", NO_STEP_UP)
    assert outcome.proposal is not None
    await admins.give_roles("ari", Role.AGENT)
    assert await code_of(service.begin_second(admins.doors, session, outcome.proposal.id)) == "role_missing"
    assert await code_of(service.begin_change(admins.doors, session, TIGHTER)) == "role_missing"


async def test_of_two_weaker_policies_the_first_seconded_holds(admins: World) -> None:
    """R26, B07: both are due; the one that was seconded first is the next version, the other is void."""
    first, other = await apply(admins, "ari", NO_STEP_UP), await apply(admins, "ari", LOOSER)
    assert first.proposal is not None
    assert other.proposal is not None
    await second(admins, "dev", other.proposal.id)
    await admins.forward(timedelta(minutes=1))
    await second(admins, "dev", first.proposal.id)
    await admins.forward(timedelta(days=2))
    assert (await in_force(admins)) == LOOSER.model_copy(update={"version": 2})
    # A tightening right then writes down first what has come to hold by the clock.
    assert (await apply(admins, "ari", LOOSER.model_copy(update={"raised_threat": True}))).version == 3
    assert await settle_policies(admins.parts.ledger) == 0
    listed = await service.read_versions(admins.doors, await admins.session("ivy"))
    assert [one.version for one in listed] == [3, 2, 1]
    states = [one.state for one in await service.read_proposals(admins.doors, await admins.session("ari"))]
    assert sorted(states) == ["applied", "void"]


async def test_an_open_case_keeps_its_policy_and_is_judged_by_both(admins: World) -> None:
    """R26, R34: a case opened before a tightening has the old policy pinned; the judge asks the new one as well."""
    case_id = await admins.open("bo", "kim")
    await apply(admins, "ari", TIGHTER)
    case, _ = await admins.case(case_id)
    assert (case.policy.version, case.policy.case_hours) == (1, 72)


async def test_a_proof_is_over_one_change_of_one_version(admins: World) -> None:
    """R28, B07: a proof that was good when it was given is none once another version has come in between."""
    session = await admins.session("ari")
    proof = await answer(admins, "ari", await service.begin_change(admins.doors, session, TIGHTER))
    before = await service.read_policy(admins.doors, session)
    proved = await step_up.prove(admins.doors, session, service._over_change(session, before, TIGHTER), proof)
    now, wanted = proved.proved_at, proved.binding
    assert change_is_proved(proved, wanted, None, now=now, policy=before).allowed
    later = service._over_change(session, before.model_copy(update={"version": 2}), TIGHTER).binding
    assert change_is_proved(proved, later, None, now=now, policy=before).code == "step_up_mismatch"
    weak = proved.model_copy(update={"aal": 1})
    assert change_is_proved(weak, wanted, None, now=now, policy=before).code == "step_up_too_weak"
