"""What the recovery product may ask of the directory: find, read, and commands that each take effect once.

Nothing here returns a secret: a caller who holds this facade cannot enrol or sign in instead of the subject (R36).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from directory import codes, commands, events
from directory.database import SQL, Connection
from directory.errors import (
    AccountUnknown,
    EnrolmentWindowClosed,
    EnrolmentWindowTooLong,
    FactorUnknown,
    PresenceCodeWrong,
    PresenceLocked,
    PresenceUnusable,
)
from directory.factor_removal import remove_factor
from directory.phrases import presence_phrase
from directory.presence_records import confirm_waiting, presence_view
from directory.records import AccountView, EventView, PresenceView, Revoked, SessionView
from directory.settings import DirectoryKeys
from directory.text import is_storable
from directory.throttles import PRESENCE_CODE, Throttles

# R37: the window is at most 60 minutes; the rest is for clocks and the way here.
LONGEST_WINDOW = timedelta(minutes=61)

_ACCOUNT = TypeAdapter(AccountView)


class Administration:
    """The directory as its connector sees it; `pool` is one of the role `directory_app`."""

    def __init__(self, pool: asyncpg.Pool, *, keys: DirectoryKeys) -> None:
        self._pool = pool
        self._keys = keys
        self._throttles = Throttles(pool, code_key=keys.code_key)

    async def tenant_id(self, slug: str) -> UUID | None:
        """The tenant of that slug."""
        found: UUID | None = await self._pool.fetchval(SQL["tenant_by_slug"], slug) if is_storable(slug) else None
        return found

    async def find(self, tenant_id: UUID, text: str) -> list[AccountView]:
        """Accounts whose login or current e-mail address is exactly the trimmed text (R2, B06).

        Where one is, accounts that differ from the text in ASCII case only are added, so that the caller
        sees the ambiguity. A case variant alone, a substring or a Unicode-folded hit is never returned.
        """
        wanted = text.strip()
        if not wanted or not is_storable(wanted):
            return []
        return await self._read([row["id"] for row in await self._pool.fetch(SQL["find_accounts"], tenant_id, wanted)])

    async def some(self, tenant_id: UUID, *, after: UUID | None, limit: int) -> list[AccountView]:
        """The tenant's accounts in the order of their ids, two statements a batch; fewer than `limit` is the end."""
        rows = await self._pool.fetch(SQL["accounts_in_order"], tenant_id, after, limit)
        return await self._read([row["id"] for row in rows])

    async def read(self, account_id: UUID) -> AccountView:
        """The account as it stands now, from one statement; raises `AccountUnknown`."""
        found = await self._read([account_id])
        if not found:
            raise AccountUnknown
        return found[0]

    async def sessions(self, account_id: UUID) -> list[SessionView]:
        """The account's live sessions, oldest first."""
        return [SessionView(**row) for row in await self._pool.fetch(SQL["own_sessions"], account_id)]

    async def disable(self, account_id: UUID, reason: str, command: UUID) -> None:
        """The owner cannot sign in from now on; `reason` is a code, not prose."""
        await self._set_status(account_id, "disabled", reason, command)

    async def enable(self, account_id: UUID, command: UUID) -> None:
        """Sign-in is possible again, as far as the factors allow."""
        await self._set_status(account_id, "active", None, command)

    async def lock(self, account_id: UUID, reason: str, command: UUID) -> None:
        """Like `disable`, and an enrolment that is still open ends (R37)."""
        await self._set_status(account_id, "locked", reason, command)

    async def revoke_sessions(self, account_id: UUID, command: UUID) -> Revoked:
        """End sessions, refresh tokens and app passwords; the long-lived ones are what others forget (B15)."""

        async def effect(connection: Connection, account: asyncpg.Record) -> dict[str, Any]:
            counts = {
                "sessions": len(await connection.fetch(SQL["end_other_sessions"], account["id"], None)),
                "refresh_tokens": len(await connection.fetch(SQL["revoke_refresh_tokens"], account["id"])),
                "app_passwords": len(await connection.fetch(SQL["revoke_app_passwords"], account["id"])),
            }
            await events.emit(connection, account["id"], "user.session_revoked", command=command, **counts)
            return counts

        return Revoked(
            **await commands.once(self._pool, account_id, command, kind="revoke_sessions", arguments={}, effect=effect)
        )

    async def remove_factor(
        self, account_id: UUID, factor_id: UUID, command: UUID
    ) -> Literal["removed", "already_gone"]:
        """Remove one factor by id (R31); raises `FactorUnknown` for an id that never was the account's.

        Once nothing is left to answer with, the password alone reaches nothing, whatever the account's MFA
        setting says (R35, B21).
        """

        async def effect(connection: Connection, account: asyncpg.Record) -> dict[str, Any]:
            factor = await connection.fetchrow(SQL["factor_of_account"], factor_id, account["id"])
            if factor is None:
                raise FactorUnknown
            if factor["removed_at"] is not None:
                return {"outcome": "already_gone"}
            await remove_factor(connection, account["id"], factor_id, command=command, by="admin")
            if not await connection.fetch(SQL["usable_kinds"], account["id"]):
                await connection.execute(SQL["set_enrolment_required"], account["id"], True)  # noqa: FBT003 - a bind value
            return {"outcome": "removed"}

        arguments = {"factor_id": factor_id}
        result = await commands.once(
            self._pool, account_id, command, kind="remove_factor", arguments=arguments, effect=effect
        )
        return "removed" if result["outcome"] == "removed" else "already_gone"

    async def invalidate_password(self, account_id: UUID, command: UUID) -> None:
        """The old password stops working at once, also for sign-ins under way (R30)."""

        async def effect(connection: Connection, account: asyncpg.Record) -> dict[str, Any]:
            invalidated = await connection.fetchval(SQL["invalidate_password"], account["id"])
            if invalidated is not None:
                await events.emit(connection, account["id"], "user.password_invalidated", command=command)
            return {}

        await commands.once(self._pool, account_id, command, kind="invalidate_password", arguments={}, effect=effect)

    async def require_enrolment(
        self,
        account_id: UUID,
        presence_id: UUID,
        until: datetime,
        choose_password: bool,  # noqa: FBT001 - part of what is granted, in the order of the runbook
        command: UUID,
    ) -> None:
        """Let exactly the browser of that confirmed presence enrol until that instant (R35, R36, R37).

        Raises `PresenceUnusable` for a presence that is another account's, not confirmed, superseded or
        expired, or that gave no password where none will be chosen; `EnrolmentWindowClosed` and
        `EnrolmentWindowTooLong` for an instant that is past or more than 60 minutes ahead.
        """

        async def effect(connection: Connection, account: asyncpg.Record) -> dict[str, Any]:
            if until <= account["now"]:
                raise EnrolmentWindowClosed
            if until > account["now"] + LONGEST_WINDOW:
                raise EnrolmentWindowTooLong
            presence = await connection.fetchrow(SQL["read_presence"], presence_id)
            if presence is None or presence["account_id"] != account["id"] or presence["state"] != "confirmed":
                raise PresenceUnusable
            if not (choose_password or presence["password_verified"]):
                raise PresenceUnusable
            await connection.execute(SQL["close_enrolments"], account["id"])
            await connection.execute(SQL["mark_presence_granted"], presence_id)
            await connection.execute(
                SQL["grant_enrolment"], account["id"], presence_id, until, choose_password, command
            )
            await connection.execute(SQL["set_enrolment_required"], account["id"], True)  # noqa: FBT003 - a bind value
            await events.emit(
                connection, account["id"], "mfa.enrolment_granted", presence_id=presence_id, command=command
            )
            return {}

        arguments = {"presence_id": presence_id, "until": until, "choose_password": choose_password}
        await commands.once(
            self._pool, account_id, command, kind="require_enrolment", arguments=arguments, effect=effect
        )

    async def freeze_contacts(self, account_id: UUID, until: datetime, command: UUID) -> None:
        """Refuse changes of contact points until then (R38); a freeze that lasts longer already stays.

        The instant is no part of what makes the command: the caller that repeats it after a crash has a later clock.
        """

        async def effect(connection: Connection, account: asyncpg.Record) -> dict[str, Any]:
            await connection.execute(SQL["freeze_contacts_until"], account["id"], until)
            return {}

        await commands.once(self._pool, account_id, command, kind="freeze_contacts", arguments={}, effect=effect)

    async def confirm_presence(self, account_id: UUID, code: str, *, password_required: bool) -> PresenceView:
        """Confirm the waiting browser that shows this code; the code works once (R36).

        The attempt is counted before it is checked. Raises `PresenceLocked` after five within ten minutes,
        `PresenceCodeWrong`, and `PresencePasswordRequired` when that browser gave no password that still holds.
        Any other confirmed browser of the account is superseded.
        """
        tenant_id = (await self.read(account_id)).tenant_id
        if not await self._throttles.admit(PRESENCE_CODE, tenant_id=tenant_id, subject=str(account_id)):
            raise PresenceLocked
        canonical = codes.typed_code(code, characters=codes.PRESENCE_CODE_CHARACTERS)
        digest = codes.hash_presence_code(canonical or "", account_id=account_id, key=self._keys.code_key)
        async with self._pool.acquire() as connection, connection.transaction():
            outcome = await confirm_waiting(connection, account_id, digest, password_required=password_required)
            if isinstance(outcome, UUID):
                await self._throttles.clear(connection, PRESENCE_CODE, tenant_id=tenant_id, subject=str(account_id))
                return await presence_view(connection, outcome)
            if isinstance(outcome, PresenceCodeWrong):
                await events.emit(connection, account_id, "user.presence_code_failed")
        raise outcome

    async def presence(self, presence_id: UUID) -> PresenceView:
        """The presence as it stands now; raises `PresenceUnknown`."""
        async with self._pool.acquire() as connection:
            return await presence_view(connection, presence_id)

    async def presence_phrase(self, presence_id: UUID) -> str:
        """The words that this confirmed browser shows too; raises `PresenceUnknown`, or `PresenceUnusable`."""
        if (await self.presence(presence_id)).state not in {"confirmed", "granted"}:
            raise PresenceUnusable
        return presence_phrase(presence_id, key=self._keys.code_key)

    async def undelivered_events(
        self, consumer: str, limit: int = 100, *, tenant_id: UUID | None = None
    ) -> list[EventView]:
        """The oldest events that this consumer has not acknowledged; one may come again until it has.

        A consumer that asks for the first time gets everything from the beginning.
        """
        return await events.undelivered(self._pool, consumer, limit, tenant_id=tenant_id)

    async def acknowledge(self, consumer: str, event_ids: Sequence[UUID]) -> None:
        """Never deliver these to this consumer again; unknown ids are ignored."""
        await events.acknowledge(self._pool, consumer, event_ids)

    async def _read(self, account_ids: Sequence[UUID]) -> list[AccountView]:
        rows = await self._pool.fetch(SQL["read_accounts"], account_ids)
        return [_ACCOUNT.validate_python(row[0]) for row in rows]

    async def _set_status(self, account_id: UUID, status: str, reason: str | None, command: UUID) -> None:
        event: dict[str, events.EventType] = {
            "active": "user.enabled",
            "disabled": "user.disabled",
            "locked": "user.locked",
        }

        async def effect(connection: Connection, account: asyncpg.Record) -> dict[str, Any]:
            await connection.execute(SQL["set_status"], account["id"], status, reason)
            if status != "active":
                # Whatever led to this: the password alone sets up nothing any more (R35).
                await connection.execute(SQL["withdraw_first_enrolment"], account["id"])
            if status == "locked":
                await connection.execute(SQL["close_enrolments"], account["id"])
            await events.emit(connection, account["id"], event[status], command=command)
            return {}

        await commands.once(
            self._pool, account_id, command, kind=f"set_{status}", arguments={"reason": reason}, effect=effect
        )
