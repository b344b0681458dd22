"""Sign-in, sign-out, who am I, and new sessions from a refresh token."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from directory.api.bodies import FinishSignInBody, SignInBody
from directory.api.cookies import Cookies
from directory.api.signed_in import keep_session
from directory.errors import SessionUnknown, SignInRefused
from directory.records import FirstEnrolmentStarted, IssuedSession, Whoami
from directory.services import DirectoryServices


def sign_in_router(services: DirectoryServices, cookies: Cookies) -> APIRouter:
    """Routes under /api for signing in and out."""
    router = APIRouter(tags=["sign-in"])

    @router.post("/sign-in")
    async def start(body: SignInBody, request: Request, response: Response) -> dict[str, Any]:
        """The password; answers `signed_in`, `second_factor` with what may follow, or `first_enrolment`."""
        tenant_id = await services.administration.tenant_id(body.tenant)
        if tenant_id is None:
            raise SignInRefused
        started = await services.sign_in.start(
            tenant_id, body.login, body.password, trusted_browser=cookies.trusted_browser(request)
        )
        if isinstance(started, IssuedSession):
            await keep_session(services, cookies, request, response, started)
            return {"state": "signed_in"}
        if isinstance(started, FirstEnrolmentStarted):
            cookies.keep_first_enrolment(response, started)
            return {"state": "first_enrolment", "until": started.until}
        return {
            "state": "second_factor",
            "transaction": started.transaction_id,
            "kinds": started.kinds,
            "webauthn_options": started.webauthn_options,
        }

    @router.post("/sign-in/finish")
    async def finish(body: FinishSignInBody, request: Request, response: Response) -> dict[str, Any]:
        """The second factor; the session comes as a cookie."""
        issued = await services.sign_in.finish(
            body.transaction, body.response.response(), trust_browser=body.trust_browser, remember=body.remember
        )
        await keep_session(services, cookies, request, response, issued)
        return {"state": "signed_in"}

    @router.post("/sign-out")
    async def sign_out(request: Request, response: Response) -> dict[str, Any]:
        """End the session; refresh tokens and trust in the browser stay."""
        try:
            await services.sessions.end(cookies.session(request))
        except SessionUnknown:
            pass
        finally:
            cookies.drop(response, "session")
        return {"state": "signed_out"}

    @router.get("/whoami")
    async def whoami(request: Request) -> Whoami:
        """The account behind the session."""
        return await services.profile.whoami(cookies.session(request))

    @router.post("/token/refresh")
    async def refresh(request: Request, response: Response) -> dict[str, Any]:
        """A new session from the refresh token's cookie."""
        issued = await services.sessions.refresh(cookies.refresh(request))
        await keep_session(services, cookies, request, response, issued)
        return {"state": "signed_in"}

    return router


def first_enrolment_router(services: DirectoryServices, cookies: Cookies) -> APIRouter:
    """The end of a first enrolment, beside its steps under /api/first-enrolment."""
    router = APIRouter(prefix="/first-enrolment", tags=["enrolment"])

    @router.post("/finish")
    async def finish(request: Request, response: Response) -> dict[str, Any]:
        """The backup codes are saved; the session comes as a cookie."""
        issued = await services.first_enrolment.finish(cookies.first_enrolment(request))
        await keep_session(services, cookies, request, response, issued)
        cookies.drop(response, "first_enrolment")
        return {"state": "signed_in"}

    return router
