"""What a signed-in person may do to their own account: sessions, password, contacts, and their factors (R3)."""

from __future__ import annotations

import re
from uuid import UUID

from directory import events
from directory.database import SQL
from directory.errors import (
    ContactInvalid,
    ContactsFrozen,
    PasswordReused,
    SessionUnknown,
    SignInRefused,
    Throttled,
)
from directory.own_account import StepUpAnswer
from directory.own_factors import OwnFactors
from directory.passwords import Passwords, check_suitable
from directory.records import ContactKind, SessionView, Whoami
from directory.text import is_storable
from directory.throttles import PASSWORD

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_PHONE = re.compile(r"\+[0-9]{6,15}")


class Profile(OwnFactors):
    """The account of a session; see `OwnAccount` for what its methods ask for."""

    async def whoami(self, token: str) -> Whoami:
        """The account behind the session."""
        async with self._owned(token) as (_, session, account):
            return Whoami(
                session=session,
                login=account["login"],
                display_name=account["display_name"],
                contacts_frozen_until=account["contacts_frozen_until"],
            )

    async def sessions(self, token: str) -> list[SessionView]:
        """The account's live sessions."""
        session = await self._sessions.use(token)
        return [SessionView(**row) for row in await self._pool.fetch(SQL["own_sessions"], session.account_id)]

    async def end_session(self, token: str, session_id: UUID) -> None:
        """End one of the account's own sessions; raises `SessionUnknown` for another's."""
        async with self._owned(token) as (connection, _, account):
            if await connection.fetchval(SQL["end_session"], session_id, account["id"]) is None:
                raise SessionUnknown
            await events.emit(connection, account["id"], "user.session_revoked", sessions=1, by="self")

    async def end_other_sessions(self, token: str) -> None:
        """End every session but this one, and what could open one again without a password: kept sign-ins (B15)."""
        async with self._owned(token) as (connection, session, account):
            ended = await connection.fetch(SQL["end_other_sessions"], account["id"], session.id)
            revoked = await connection.fetch(SQL["revoke_refresh_tokens"], account["id"])
            await events.emit(
                connection,
                account["id"],
                "user.session_revoked",
                sessions=len(ended),
                refresh_tokens=len(revoked),
                by="self",
            )

    async def change_password(self, token: str, old: str, new: str) -> None:
        """Needs the old password; other sessions end. Raises `SignInRefused` for a wrong one, `PasswordUnsuitable`."""
        async with self._changing(token) as (connection, _, account):
            check_suitable(new, login=account["login"])
            row = await connection.fetchrow(SQL["password_of"], account["id"])
        passwords = Passwords(self._settings.argon2)
        if not await self._throttles.admit(PASSWORD, tenant_id=account["tenant_id"], subject=account["login"]):
            raise Throttled
        usable = row["phc"] if row and row["invalidated_at"] is None else None
        if not await passwords.check(usable, old):
            raise SignInRefused
        if old == new:
            raise PasswordReused
        phc = await passwords.hash(new)
        async with self._changing(token) as (connection, session, account):
            if not row or not await connection.fetchval(SQL["password_still_set"], account["id"], row["changed_at"]):
                raise SignInRefused
            await connection.fetchval(SQL["set_password"], account["id"], phc)
            await connection.fetch(SQL["end_other_sessions"], account["id"], session.id)
            await events.emit(connection, account["id"], "user.password_changed", by="self")

    async def change_contact(
        self, token: str, kind: ContactKind, value: str, step_up: StepUpAnswer | None = None
    ) -> UUID:
        """Replace the contact point of that kind; the old one stays on record (R23).

        Raises `ContactsFrozen` for 72 hours after a recovery (R38), `ContactInvalid`.
        """
        shape = _EMAIL if kind == "email" else _PHONE
        if not is_storable(value) or not shape.fullmatch(value):
            raise ContactInvalid
        await self._prove(token, step_up)
        async with self._changing(token) as (connection, _, account):
            frozen_until = account["contacts_frozen_until"]
            if frozen_until is not None and account["now"] < frozen_until:
                raise ContactsFrozen
            await connection.execute(SQL["replace_contacts"], account["id"], kind)
            contact_id: UUID = await connection.fetchval(SQL["add_contact"], account["id"], kind, value)
            await events.emit(connection, account["id"], "user.contact_changed", contact_id=contact_id, kind=kind)
            return contact_id
