"""The built-in directory behind the product's ports: facts arrive whole, and effects happen once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from connectors.builtin import BuiltinDirectory, BuiltinGroups, BuiltinRollout, BuiltinStepUps
from directory import importer
from directory.records import SignInStarted
from domain import errors
from domain.ports import Accounts, Effects, EventFeed, Groups, Rollout, StepUps
from tests.directory.test_relations import sample
from tests.directory.world import BACKUP_CODES, KEYS, PASSWORD, SETTINGS, World, backup


async def test_an_account_with_all_its_facts(world: World) -> None:
    """R8, R14, R23: relations with their people and ages, former contacts and the freeze."""
    imported = await importer.apply(world.pool, importer.parse(sample()), keys=KEYS, settings=SETTINGS)
    people = imported.people
    builtin: Accounts = BuiltinDirectory(world.administration)
    ann = await builtin.read(str(people["ann"].account_id))
    assert (ann.manager_id, ann.manager_person_id, ann.sponsor_id) == (
        str(people["kim"].account_id),
        str(people["kim"].person_id),
        str(people["bare"].account_id),
    )
    assert ann.manager_since is not None
    assert ann.sponsor_since is not None
    assert {(one.account_id, one.person_id) for one in ann.recovery_contacts} == {
        (str(people[key].account_id), str(people[key].person_id)) for key in ("exempt", "kim")
    }
    assert [one.value for one in ann.former_contacts] == ["old@x.example", "+15550111"]
    assert ann.contacts_frozen_until is None
    assert all(one.seen_since is None for one in ann.contacts)
    listed = await builtin.some(imported.tenant_id, after=None, limit=100)
    assert [one.id for one in listed] == sorted(str(one.account_id) for one in people.values())
    assert ann in listed
    assert await builtin.some(imported.tenant_id, after=listed[-1].id, limit=100) == []


async def test_freezing_contacts(world: World) -> None:
    """R38: the provider can, says so, and shows until when."""
    effects: Effects = BuiltinDirectory(world.administration)
    until, command = await world.now() + timedelta(hours=72), uuid4()
    assert await effects.freeze_contacts(str(world.ann), until, command) is True
    assert await effects.freeze_contacts(str(world.ann), until + timedelta(seconds=3), command) is True
    assert (await BuiltinDirectory(world.administration).read(str(world.ann))).contacts_frozen_until == until
    with pytest.raises(errors.SubjectGone):
        await effects.freeze_contacts(str(uuid4()), until, uuid4())


async def test_a_rollout(world: World) -> None:
    """R40: by the port alone, from the size of the group to the last account."""
    groups: Groups = BuiltinGroups(world.rollout)
    rollout: Rollout = BuiltinRollout(world.rollout)
    members = await groups.members_of(world.tenant_id, "everyone", after=None, limit=100)
    assert members == sorted(str(one) for one in world.people.values())
    assert await groups.size_of(world.tenant_id, "everyone") == len(members)
    assert await groups.members_of(world.tenant_id, "everyone", after=members[-1], limit=100) == []
    done = {one: await rollout.require_mfa(one, uuid4()) for one in members}
    assert {one for one, said in done.items() if said == "required"} == {
        str(world.opal),
        str(world.people["exempt"]),
    }
    with pytest.raises(errors.SubjectGone):
        await rollout.require_mfa(str(uuid4()), uuid4())


async def test_events_name_their_factor(world: World) -> None:
    """R14: which factor a sign-in showed is passed on; the kind of a contact is no kind of factor."""
    [app] = [one.id for one in (await world.administration.read(world.ann)).factors if one.kind == "totp"]
    session = await world.session()
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert isinstance(started, SignInStarted)
    await world.sign_in.finish(started.transaction_id, backup(BACKUP_CODES[0]))
    await world.profile.change_contact(session.token, "email", "new@x.example")
    [sms] = [one.id for one in (await world.administration.read(world.ann)).factors if one.kind == "sms"]
    await world.administration.remove_factor(world.ann, sms, uuid4())
    feed: EventFeed = BuiltinDirectory(world.administration)
    # Other tests' events wait for the same consumer.
    mine = {one.type: one for one in await feed.undelivered(100_000) if one.account_id == str(world.ann)}
    signed_in, by_code = mine["user.signed_in"], mine["user.signed_in.backup_code"]
    assert (signed_in.factor_kind, signed_in.factor_id) == ("totp", str(app))
    assert by_code.factor_kind == "backup_code"
    assert by_code.factor_id is not None
    assert (mine["user.contact_changed"].factor_kind, mine["user.contact_changed"].factor_id) == (None, None)
    removed = mine["mfa.factor_removed"]
    assert (removed.factor_kind, removed.factor_id, removed.by_admin) == ("sms", str(sms), True)


async def test_a_proof_says_how_old_its_factor_is(world: World) -> None:
    """R21: the rule that judges the age of a factor gets it with the proof."""
    step_ups: StepUps = BuiltinStepUps(world.authentication)
    started = await step_ups.start(str(world.ann), b"content")
    code = world.fresh_totp().code
    proved = await step_ups.finish(started.transaction, {"kind": "totp", "code": code}, b"content")
    assert proved.enrolled_at is not None
    assert (await world.now() - proved.enrolled_at).days == 200
