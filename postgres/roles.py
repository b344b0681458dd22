"""Login roles for the running application, apart from the owner who migrates; imports nothing of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

if TYPE_CHECKING:
    import asyncpg


async def ensure_login_role(connection: asyncpg.Connection, role: str, password: str) -> None:
    """Make `role` able to log in with `password` (as SCRAM), without any right of its own to create things."""
    exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if exists else "CREATE"
    # Utility statements take no parameters, and the password must not reach a server log.
    quoted = await connection.fetchval("SELECT quote_literal($1::text)", password)
    async with connection.transaction():
        await connection.execute("SET LOCAL log_statement = 'none'")
        await connection.execute("SET LOCAL log_min_error_statement = 'panic'")
        await connection.execute("SET LOCAL password_encryption = 'scram-sha-256'")
        await connection.execute(
            f'{verb} ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD {quoted}'
        )


def url_for_role(url: str, role: str, password: str) -> str:
    """The same server and database as `url`, as `role`."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password, safe='')}@{host}"))
