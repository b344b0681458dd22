"""What is kept of a token cannot be made by an insider who can only write to the database."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import get_args
from uuid import UUID

import pytest

from directory import codes
from directory.errors import SessionUnknown, TokenUnknown
from directory.records import SignInStarted
from tests.directory.world import KEYS, PASSWORD, World

TOKEN = codes.new_token()
PLAIN = hashlib.sha256(TOKEN.encode()).digest()


async def _plant(world: World, account_id: UUID, digest: bytes) -> None:
    """Insert with the application's own login everything that a token opens."""
    now = await world.now()
    later = now + timedelta(hours=1)
    run = world.pool.execute
    await run(
        "INSERT INTO directory.sessions (account_id, token_hash, aal, amr, created_at, last_seen_at, idle_until, "
        "absolute_until) VALUES ($1, $2, 3, '{pwd,hwk,mfa}', $3, $3, $4, $4)",
        account_id, digest, now, later,
    )  # fmt: skip
    await run(
        "INSERT INTO directory.refresh_tokens (account_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        account_id, digest, now, later,
    )  # fmt: skip
    await run(
        "INSERT INTO directory.app_passwords (account_id, label, token_hash, created_at) VALUES ($1, 'x', $2, $3)",
        account_id, digest, now,
    )  # fmt: skip
    factor = await world.pool.fetchval(
        "INSERT INTO directory.factors (account_id, kind, label, enrolled_at) VALUES ($1, 'trusted_browser', 'x', $2) "
        "RETURNING id", account_id, now,
    )  # fmt: skip
    await run("INSERT INTO directory.trusted_browsers VALUES ($1, $2, $3)", factor, digest, later)
    await run(
        "INSERT INTO directory.presences (tenant_id, account_id, browser_hash, code_hash, created_at, last_seen_at, "
        "expires_at) VALUES ($1, $2, $3, '', $4, $4, $5)",
        world.tenant_id, account_id, digest, now, later,
    )  # fmt: skip


async def _opens_nothing(world: World, login: str) -> None:
    with pytest.raises(SessionUnknown):
        await world.sessions.use(TOKEN)
    with pytest.raises(TokenUnknown):
        await world.sessions.refresh(TOKEN)
    with pytest.raises(TokenUnknown):
        await world.sessions.check_app_password(world.tenant_id, login, TOKEN)
    started = await world.sign_in.start(world.tenant_id, login, PASSWORD, trusted_browser=TOKEN)
    assert isinstance(started, SignInStarted)
    assert (await world.presence.status(TOKEN)).state == "ended"


async def test_a_plain_digest_of_a_known_token_opens_nothing(world: World) -> None:
    """Insider with the directory's login: rows with SHA-256 of a token of their own are rows and no more."""
    await _plant(world, world.ann, PLAIN)
    await _opens_nothing(world, "ann")


async def test_the_digest_of_one_kind_is_none_of_another(world: World) -> None:
    """Insider: what the directory stored for a browser that merely waits is no session of another's."""
    digest = codes.hash_token(TOKEN, "presence", key=KEYS.code_key)
    now = await world.now()
    await world.pool.execute(
        "INSERT INTO directory.sessions (account_id, token_hash, aal, amr, created_at, last_seen_at, idle_until, "
        "absolute_until) VALUES ($1, $2, 3, '{}', $3, $3, $4, $4)",
        world.ann, digest, now, now + timedelta(hours=1),
    )  # fmt: skip
    with pytest.raises(SessionUnknown):
        await world.sessions.use(TOKEN)


def test_key_kind_and_token_all_count() -> None:
    """The hash changes with each of them and never holds the token."""
    kinds: tuple[codes.TokenKind, ...] = get_args(codes.TokenKind)
    digests = {codes.hash_token(token, kind, key=key) for token in ("a", "b") for kind in kinds for key in (b"k", b"l")}
    assert len(digests) == 2 * 2 * len(kinds)
