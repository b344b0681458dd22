"""Login roles for the running application, apart from the owner who migrates; imports nothing of ours."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

_TRIES = 8
_PAUSE_SECONDS = 0.1


async def ensure_login_role(connection: asyncpg.Connection, role: str, password: str) -> None:
    """Make `role` able to log in with `password`, without any right of its own to create things.

    Only the SCRAM verifier is sent, so the password reaches neither the server nor its log.
    """
    # Roles belong to the whole server, advisory locks to one database: two set-ups at once can only try again.
    for _ in range(_TRIES - 1):
        try:
            await _make_or_change(connection, role, password)
        except (asyncpg.InternalServerError, asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError):
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return
    await _make_or_change(connection, role, password)


async def _make_or_change(connection: asyncpg.Connection, role: str, password: str) -> None:
    exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if exists else "CREATE"
    # Utility statements take no parameters; role and verifier are of a closed alphabet.
    await connection.execute(
        f"{verb} ROLE \"{role}\" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{scram_verifier(password)}'"
    )


def scram_verifier(password: str, *, salt: bytes | None = None, iterations: int = 4096) -> str:
    """What PostgreSQL stores for a SCRAM-SHA-256 login (RFC 5803); `salt` is random unless given."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${iterations}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def url_for_role(url: str, role: str, password: str) -> str:
    """The same server and database as `url`, as `role`."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password, safe='')}@{host}"))
