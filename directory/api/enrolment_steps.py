"""The steps that both enrolments share, each under a prefix and for a browser of its own."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request

from directory.api.bodies import CodeBody, CredentialBody
from directory.enrolment_steps import EnrolmentSteps
from directory.records import EnrolmentProgress, TotpOffer


def steps_router(prefix: str, steps: EnrolmentSteps, token: Callable[[Request], str]) -> APIRouter:
    """Routes under /api and the prefix: whose turn it is, the choice of an authenticator, and backup codes."""
    router = APIRouter(prefix=prefix, tags=["enrolment"])

    @router.get("")
    async def progress(request: Request) -> EnrolmentProgress:
        """Whose turn it is."""
        return await steps.progress(token(request))

    @router.post("/totp")
    async def offer_totp(request: Request) -> TotpOffer:
        """A seed for a new app, shown once."""
        return await steps.offer_totp(token(request))

    @router.post("/totp/confirm")
    async def confirm_totp(body: CodeBody, request: Request) -> EnrolmentProgress:
        """Enrol the app by a code of it."""
        await steps.confirm_totp(token(request), body.code, label=body.label)
        return await steps.progress(token(request))

    @router.post("/webauthn")
    async def offer_webauthn(request: Request) -> dict[str, str]:
        """Options for the browser, as JSON text."""
        return {"options": await steps.offer_webauthn(token(request))}

    @router.post("/webauthn/confirm")
    async def confirm_webauthn(body: CredentialBody, request: Request) -> EnrolmentProgress:
        """Enrol the authenticator by its answer."""
        await steps.confirm_webauthn(token(request), body.credential, label=body.label)
        return await steps.progress(token(request))

    @router.post("/backup-codes")
    async def backup_codes(request: Request) -> dict[str, list[str]]:
        """Ten codes, shown once."""
        return {"codes": await steps.issue_backup_codes(token(request))}

    return router
