"""No secret lies in the database, in a value's text or in an error; no login may do more than it must (R44, B09)."""

from __future__ import annotations

import logging

import asyncpg
import pytest

from directory import sealing, totp
from directory.errors import DirectoryError, SealBroken, SignInRefused, WrongCode
from directory.records import SignInStarted, TotpResponse
from directory.settings import DirectoryKeys
from postgres.roles import url_for_role
from tests.directory.world import BACKUP_CODES, KEYS, PASSWORD, SEED, SEED_TEXT, World
from tests.support.servers import ROLE_PASSWORD


async def dump(owner: asyncpg.Connection) -> str:
    """Everything in the schema as text; bytes as hex."""
    tables = await owner.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'directory'"
    )
    rows = [
        row["line"]
        for table in tables
        for row in await owner.fetch(f"SELECT t::text AS line FROM {table['name']} AS t")
    ]
    return "\n".join(rows)


async def test_no_secret_is_stored(world: World, owner: asyncpg.Connection, caplog: pytest.LogCaptureFixture) -> None:
    """B09: seeds, codes, passwords, presence codes and tokens are not in any table nor in any log."""
    caplog.set_level(logging.DEBUG)
    issued = await world.session(trust_browser=True, remember=True)
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert isinstance(started, SignInStarted)
    with pytest.raises(WrongCode):
        await world.sign_in.finish(started.transaction_id, TotpResponse("913572"))
    await world.wipe(world.kim)
    browser, _ = await world.confirmed(world.kim, "kim")
    presence = await world.presence.begin(world.tenant_id, "secret-login-nobody-has")
    token = await world.granted(world.kim, "kim", choose_password=True)
    await world.enrolment.begin(token)
    await world.enrolment.choose_password(token, "canary password one")
    offered = await world.enrolment.offer_totp(token)
    pending = await dump(owner)
    await world.enrolment.confirm_totp(token, world.code(totp.parse_seed(offered.secret)))
    shown = await world.enrolment.issue_backup_codes(token)
    finished = (await world.enrolment.finish(token)).session
    assert finished is not None
    secrets = [
        PASSWORD, "canary password one", SEED_TEXT, SEED.hex(), offered.secret,
        totp.parse_seed(offered.secret).hex(), *BACKUP_CODES, *shown, presence.code, browser.code, "913572",
        issued.token, issued.refresh_token or "-", issued.trusted_browser_token or "-", finished.token, token,
        browser.browser_token, presence.browser_token, "secret-login-nobody-has", KEYS.seed_key.hex(),
    ]  # fmt: skip
    everything = pending + await dump(owner) + caplog.text
    for secret in secrets:
        assert len(secret) >= 6
        for spelling in (secret, secret.replace("-", ""), secret.encode().hex()):
            assert spelling not in everything


async def test_no_secret_in_text_of_values(world: World) -> None:
    """B09: the repr of what the services give and take shows neither secret nor personal data."""
    issued = await world.session(trust_browser=True, remember=True)
    browser, _ = await world.confirmed(world.ann)
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert isinstance(started, SignInStarted)
    account = await world.administration.read(world.ann)
    shown = repr([issued, browser, started, account, TotpResponse("913572"), KEYS, world.key])
    for secret in (
        issued.token, issued.refresh_token, browser.browser_token, browser.code, str(started.transaction_id),
        "ann@x.example", "Ann Example", "913572", repr(KEYS.seed_key), str(world.key.private_value),
    ):  # fmt: skip
        assert str(secret) not in shown


async def test_no_secret_in_errors(world: World) -> None:
    """B09: an error names neither login nor password, and has no cause that does."""
    with pytest.raises(SignInRefused) as raised:
        await world.sign_in.start(world.tenant_id, "canary-login", "canary-password")
    assert "canary" not in f"{raised.value} {raised.value.args} {raised.value.__cause__} {raised.value.__context__}"


def test_a_seal_is_bound_to_key_and_owner() -> None:
    """A sealed seed opens with its key in its row only, so a row copied over another's is of no use."""
    sealed = sealing.seal(b"seed", key=KEYS.seed_key, owner=b"row 1")
    assert sealing.unseal(sealed, key=KEYS.seed_key, owner=b"row 1") == b"seed"
    for changed, key, owner in (
        (sealed, b"x" * 32, b"row 1"),
        (sealed, KEYS.seed_key, b"row 2"),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), KEYS.seed_key, b"row 1"),
        (b"\x02" + sealed[1:], KEYS.seed_key, b"row 1"),
        (b"", KEYS.seed_key, b"row 1"),
    ):
        with pytest.raises(SealBroken):
            sealing.unseal(changed, key=key, owner=owner)


def test_keys_are_checked() -> None:
    """Short keys, and one key for both purposes, are refused at start."""
    for seed_key, code_key in ((b"short", b"c" * 32), (b"s" * 32, b""), (b"s" * 32, b"s" * 32)):
        with pytest.raises(ValueError):
            DirectoryKeys(seed_key=seed_key, code_key=code_key)


def test_every_error_has_a_code_of_its_own() -> None:
    """Doors and tests tell errors apart by code; the class says the rest."""

    def below(base: type[DirectoryError]) -> list[type[DirectoryError]]:
        return [one for child in base.__subclasses__() for one in (child, *below(child))]

    classes = [one for one in below(DirectoryError) if one.__module__ == "directory.errors"]
    assert len({one.code for one in classes}) == len(classes)
    assert all(one.__doc__ and str(one()) == one.__doc__.strip() for one in classes)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO directory.test_clock VALUES (gen_random_uuid(), interval '1 hour')",
        "UPDATE directory.events SET type = 'x'",
        "DELETE FROM directory.events",
        "DELETE FROM directory.commands",
        "UPDATE directory.commands SET result = '{}'",
        "DELETE FROM directory.event_consumers",
        "UPDATE directory.accounts SET person_id = gen_random_uuid()",
        "UPDATE directory.accounts SET roles = '{admin}'",
        "UPDATE directory.accounts SET login = 'x'",
        "UPDATE directory.accounts SET manager_id = NULL, manager_since = now()",
        "UPDATE directory.accounts SET sponsor_id = NULL, sponsor_since = now()",
        "UPDATE directory.recovery_contacts SET named_since = now()",
        "DELETE FROM directory.recovery_contacts",
        "DELETE FROM directory.group_members",
        "UPDATE directory.first_enrolments SET until = now()",
        "DELETE FROM directory.accounts",
        "UPDATE directory.contact_points SET bound_since = NULL",
        "UPDATE directory.contact_points SET value = 'x'",
        "UPDATE directory.factors SET enrolled_at = now()",
        "DELETE FROM directory.factors",
        "UPDATE directory.totp_seeds SET seed_sealed = ''",
        "UPDATE directory.webauthn_credentials SET public_key = ''",
        "UPDATE directory.enrolments SET until = now()",
        "UPDATE directory.sessions SET absolute_until = now()",
        "UPDATE directory.presences SET account_id = NULL",
        "TRUNCATE directory.throttles",
        "CREATE TABLE directory.mine (id int)",
        "CREATE OR REPLACE FUNCTION directory.now(uuid) RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "SELECT * FROM directory.schema_migrations",
    ],
)
async def test_what_the_application_role_cannot_do(directory_database: str, statement: str) -> None:
    """Insider with the application's login: no rewriting of identity, ages, history, grants or the clock."""
    url = url_for_role(directory_database, "directory_app", ROLE_PASSWORD)
    connection = await asyncpg.connect(url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()
