"""An insider with the application's database login and no keyring: what is believed (R42, R28)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.acts import ExecuteBody, Method, binding
from domain.errors import NotSignedIn, RecoveryError, StepUpRefused
from domain.messages import Phase
from service import deciding, reading
from service.repeating import request_of
from service.step_up import StepUpAnswer
from tests.attacks.support import as_application, call, codes, forged_session
from tests.support import playing
from tests.support.refusals import coded
from tests.support.world import World


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recovery.acts SET record = record",
        "DELETE FROM recovery.acts",
        "DELETE FROM recovery.cases",
        "UPDATE recovery.cases SET agent = agent",
        "UPDATE recovery.cases SET tier = tier",
        "UPDATE recovery.cases SET policy = policy",
        "UPDATE recovery.sessions SET account_id = account_id",
        "DELETE FROM recovery.members",
        "UPDATE recovery.policies SET document = document",
        "INSERT INTO recovery.test_clock SELECT id, interval '1 day' FROM recovery.tenants",
        "INSERT INTO recovery.tenants (id, slug, name) VALUES (gen_random_uuid(), 'x', 'x')",
        "UPDATE recovery.audit_events SET text = text",
        "INSERT INTO recovery.audit_heads (tenant_id) SELECT id FROM recovery.tenants",
        "SELECT * FROM directory.accounts",
        "CREATE TABLE recovery.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "SET ROLE postgres",
    ],
)
async def test_what_the_login_cannot_do(w: World, statement: str) -> None:
    """R42: the application's role has no right to rewrite acts, people in cases, time, audit, or the directory."""
    async with as_application(w) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def _copy_of_the_opening(w: World, connection: asyncpg.Connection, case_id: UUID, signature: str) -> None:
    await connection.execute(
        "INSERT INTO recovery.acts (id, case_id, seq, kind, record, signature, key_id, at) "
        f"SELECT gen_random_uuid(), case_id, 2, kind, record, {signature}, key_id, at "
        "FROM recovery.acts WHERE case_id = $1",
        case_id,
    )
    await connection.execute("UPDATE recovery.cases SET act_seq = 2 WHERE id = $1", case_id)


async def test_an_act_written_past_the_doors_is_not_believed_and_is_audited(w: World) -> None:
    """ADR 0001 R42: an act row with a made-up signature moves nothing and is put on record."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    async with as_application(w) as connection:
        await _copy_of_the_opening(w, connection, case_id, "sha256(signature)")
    await call(w, "recovery.assess", case_id)
    assert "act_signature_wrong" in codes(await w.audit(case_id))
    assert (await w.case(case_id))[0].phase is Phase.VERIFICATION


async def test_a_signed_act_copied_into_another_row_does_not_count_again(w: World) -> None:
    """ADR 0001 B14: the signature covers id and seq, so a copy under another row is nobody's act."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    async with as_application(w) as connection:
        await _copy_of_the_opening(w, connection, case_id, "signature")
    await call(w, "recovery.assess", case_id)
    assert len((await w.case(case_id))[1]) == 1
    assert "act_signature_wrong" in codes(await w.audit(case_id))


async def test_an_inserted_session_is_nobodys_sign_in(w: World) -> None:
    """B04 R28: a session row with a token of one's own choice opens nothing: no door made it."""
    async with as_application(w) as connection:
        with pytest.raises(NotSignedIn):
            await forged_session(w, connection, "cleo")


async def test_an_inserted_proof_is_no_step_up(w: World) -> None:
    """R27 R28: a row in step_ups that says "proved at AAL3" carries no decision."""
    played = await playing.ready(w)
    bo = await w.session("bo")
    case, _ = await w.case(played.case_id)
    wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=bo.actor, body=ExecuteBody())
    forged = uuid4()
    async with as_application(w) as connection:
        await connection.execute(
            "INSERT INTO recovery.step_ups (id, tenant_id, account_id, person_id, case_id, binding, transaction, "
            "created_at, expires_at, proof, proved_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, '', now(), now() + interval '5 min', $7, now())",
            forged, w.tenant_id, bo.actor.account_id, bo.actor.person_id, case.id, wanted,
            {
                "step_up_id": str(forged), "aal": 3, "phishing_resistant": True, "hardware_bound": True,
                "factor_kind": "webauthn", "binding": wanted,
                "proved_at": (case.opened_at + timedelta(minutes=1)).isoformat(),
            },
        )  # fmt: skip
    with pytest.raises(StepUpRefused, check=coded("step_up_refused")):
        await deciding.decide(
            w.doors, bo, case.id, ExecuteBody(), key="forged", answer=StepUpAnswer(forged, {"kind": "totp", "code": ""})
        )


async def test_a_claim_that_no_judge_made_wipes_nothing(w: World) -> None:
    """R34: claimed_at and an operation `sent`, written past the activity, do not skip the judgement."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    case, _ = await w.case(case_id)
    target = next(one for one in case.plan.operations if one.target)
    async with as_application(w) as connection:
        await connection.execute(
            "INSERT INTO recovery.operations "
            "(id, case_id, key, ordinal, stage, kind, target, factor_kind, justification, state) "
            "VALUES (gen_random_uuid(), $1, $2, 0, 'reset', 'wipe_factors', $3, $4, 'factor_lost', 'sent')",
            case_id, target.key, target.target, target.factor_kind,
        )  # fmt: skip
        await connection.execute(
            "UPDATE recovery.cases SET claimed_at = now(), enrol_by = now() + interval '15 min' WHERE id = $1", case_id
        )
    await w.handle(case_id).signal("look", "anything")
    await w.until(case_id, lambda one: one.version > case.version, patience=10)
    await w.until(case_id, lambda one: one.phase is not Phase.RESET, patience=10)
    present = {one.id for one in (await w.parts.feed.read(w.accounts["kim"])).factors}
    assert target.target in present


async def test_a_number_exchanged_in_the_snapshot_is_not_called(w: World) -> None:
    """R16 R20: a desk number written into the snapshot past the activities proves nothing."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    async with as_application(w) as connection:
        await connection.execute(
            "UPDATE recovery.cases SET snapshot = jsonb_set(snapshot, '{contacts}', (SELECT jsonb_agg("
            "CASE WHEN c ->> 'kind' = 'desk_phone' THEN c || '{\"value\": \"+44 20 7946 0999\"}' ELSE c END) "
            "FROM jsonb_array_elements(snapshot -> 'contacts') c)) "
            "WHERE id = $1",
            case_id,
        )
    with pytest.raises(RecoveryError, check=coded("case_row_changed")):
        await w.verify(case_id, "cleo", Method.CALLBACK)


@pytest.mark.parametrize(
    "change",
    [
        "roles = '{agent,approver}'",
        "roles = o.roles, signature = o.signature, key_id = o.key_id, since = o.since, founding = o.founding",
    ],
)
async def test_a_role_written_past_the_import_is_not_believed(w: World, change: str) -> None:
    """R42 B04: an agent who writes `approver` into members gains nothing, not with another's signature either."""
    async with as_application(w) as connection:
        await connection.execute(
            f"UPDATE recovery.members m SET {change} FROM recovery.members o "
            "WHERE m.account_id = $1 AND o.account_id = $2",
            w.accounts["ada"], w.accounts["cleo"],
        )  # fmt: skip
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    with pytest.raises(RecoveryError, check=coded("not_a_member")):
        await w.verify(case_id, "ada", Method.IN_PERSON)


async def test_a_role_row_written_by_sql_gives_nothing(w: World) -> None:
    """R42 B04: an insider without a role who inserts their own row does not even get in."""
    person = (await w.parts.feed.read(w.accounts["lee"])).person_id
    async with as_application(w) as connection:
        await connection.execute(
            "INSERT INTO recovery.members "
            "(tenant_id, account_id, person_id, roles, founding, since, signature, key_id) "
            "SELECT tenant_id, $1, $2, roles, founding, since, signature, key_id "
            "FROM recovery.members WHERE account_id = $3",
            w.accounts["lee"], person, w.accounts["cleo"],
        )  # fmt: skip
    assert await w.parts.ledger.member_of_account(w.tenant_id, w.accounts["lee"]) is None
    with pytest.raises(RecoveryError, check=coded("not_a_member")):
        await w.session("lee")


async def test_a_role_made_older_by_sql_gives_nothing(w: World) -> None:
    """R21 R42: a young role does not age by writing another date or `founding` into its row."""
    await w.give_roles("dev", "approver", founding=False)
    async with as_application(w) as connection:
        await connection.execute(
            "UPDATE recovery.members SET founding = true, since = now() - interval '1 year' WHERE account_id = $1",
            w.accounts["dev"],
        )
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    with pytest.raises(RecoveryError, check=coded("not_a_member")):
        await w.verify(case_id, "dev", Method.IN_PERSON)


async def test_a_policy_written_past_the_doors_is_not_believed(w: World) -> None:
    """R26: a policy without step-up, inserted into the table, does not weaken the next case."""
    async with as_application(w) as connection:
        await connection.execute(
            "INSERT INTO recovery.policies (tenant_id, version, document, at) VALUES ($1, 99, $2, now())",
            w.tenant_id,
            {"step_up": {"required": False}, "verification": {"standard_methods": 1}},
        )
    case_id = await w.open("bo", "kim")
    assert (await w.case(case_id))[0].policy.step_up.required


async def test_a_number_exchanged_in_the_snapshot_is_not_shown(w: World) -> None:
    """R16: a number written into the snapshot past the activities is not handed to the approver to dial."""
    case_id = await w.open("bo", "kim")
    case = await w.until_phase(case_id, Phase.VERIFICATION)
    number = next(one.id for one in case.snapshot.contacts if one.kind == "desk_phone")
    async with as_application(w) as connection:
        await connection.execute(
            "UPDATE recovery.cases SET snapshot = jsonb_set(snapshot, '{contacts,0,value}', '\"+44 20 7946 0999\"') "
            "WHERE id = $1",
            case_id,
        )
    cleo = await w.session("cleo")
    request = request_of(cleo, "reveal", "reveal", case=str(case_id), contact=number)
    with pytest.raises(RecoveryError, check=coded("case_row_changed")):
        await reading.reveal_number(w.doors, cleo, case_id, number, request)


async def test_a_changed_row_is_put_on_record(w: World) -> None:
    """R42: the next look at a case that is not genuine says so in the audit."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    async with as_application(w) as connection:
        await connection.execute(
            "UPDATE recovery.cases SET snapshot = jsonb_set(snapshot, '{display_name}', '\"x\"') WHERE id = $1", case_id
        )
    await call(w, "recovery.assess", case_id)
    assert "case_row_changed" in codes(await w.audit(case_id))
