"""What a signed-in person may see and change of their own account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request

from directory.api.bodies import ChangePasswordBody, CodeBody, ContactBody, ProvenBody, RemoveFactorBody
from directory.api.cookies import Cookies
from directory.records import FactorView, SessionView, TotpOffer
from directory.services import DirectoryServices


def factors_router(services: DirectoryServices, cookies: Cookies) -> APIRouter:
    """Routes under /api/profile about factors and backup codes."""
    router = APIRouter(prefix="/profile", tags=["profile"])
    profile = services.profile

    @router.get("/factors")
    async def factors(request: Request) -> list[FactorView]:
        """Present factors."""
        return await profile.factors(cookies.session(request))

    @router.post("/factors/remove")
    async def remove_factor(body: RemoveFactorBody, request: Request) -> list[FactorView]:
        """Remove one; the last authenticator stays."""
        await profile.remove_factor(cookies.session(request), body.factor, body.proof())
        return await profile.factors(cookies.session(request))

    @router.post("/step-up")
    async def step_up(request: Request) -> dict[str, Any]:
        """Begin a fresh proof for what needs one."""
        started = await profile.start_step_up(cookies.session(request))
        return {
            "transaction": started.transaction_id,
            "kinds": started.kinds,
            "webauthn_options": started.webauthn_options,
        }

    @router.post("/totp")
    async def offer_totp(body: ProvenBody, request: Request) -> TotpOffer:
        """A seed for the app that replaces the old one, shown once."""
        return await profile.offer_totp(cookies.session(request), body.proof())

    @router.post("/totp/confirm")
    async def confirm_totp(body: CodeBody, request: Request) -> dict[str, UUID]:
        """Change to the new app by a code of it."""
        return {"factor": await profile.confirm_totp(cookies.session(request), body.code, label=body.label)}

    @router.post("/backup-codes")
    async def regenerate(body: ProvenBody, request: Request) -> dict[str, list[str]]:
        """Ten new codes, shown once; the old ones are dead."""
        return {"codes": await profile.regenerate_backup_codes(cookies.session(request), body.proof())}

    return router


def account_router(services: DirectoryServices, cookies: Cookies) -> APIRouter:
    """Routes under /api/profile about sessions, the password and contacts."""
    router = APIRouter(prefix="/profile", tags=["profile"])
    profile = services.profile

    @router.get("/sessions")
    async def sessions(request: Request) -> list[SessionView]:
        """Live sessions."""
        return await profile.sessions(cookies.session(request))

    @router.delete("/sessions/{session_id}")
    async def end_session(session_id: UUID, request: Request) -> dict[str, str]:
        """End one of one's own sessions."""
        await profile.end_session(cookies.session(request), session_id)
        return {"state": "ended"}

    @router.post("/password")
    async def change_password(body: ChangePasswordBody, request: Request) -> dict[str, str]:
        """Change the password; other sessions end."""
        await profile.change_password(cookies.session(request), body.old, body.new)
        return {"state": "changed"}

    @router.post("/contacts")
    async def change_contact(body: ContactBody, request: Request) -> dict[str, UUID]:
        """Replace a contact point; refused for 72 hours after a recovery (R38)."""
        token = cookies.session(request)
        return {"contact": await profile.change_contact(token, body.kind, body.value, body.proof())}

    return router
