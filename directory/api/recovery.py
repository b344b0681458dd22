"""The waiting browser: presence, and the enrolment it may go on to (R36, R37)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from directory.api.bodies import PasswordBody, PresenceBody
from directory.api.cookies import Cookies
from directory.api.signed_in import keep_session
from directory.errors import TenantUnknown
from directory.records import EnrolmentProgress, PresenceStatus
from directory.services import DirectoryServices


def presence_router(services: DirectoryServices, cookies: Cookies) -> APIRouter:
    """Routes under /api/presence."""
    router = APIRouter(prefix="/presence", tags=["presence"])

    @router.post("")
    async def begin(body: PresenceBody, response: Response) -> dict[str, str | datetime]:
        """Start to wait; the code is for reading out on the verified channel."""
        tenant_id = await services.administration.tenant_id(body.tenant)
        if tenant_id is None:
            raise TenantUnknown
        started = await services.presence.begin(tenant_id, body.login, body.password)
        cookies.keep_presence(response, started.browser_token)
        return {"code": started.code, "expires_at": started.expires_at}

    @router.get("")
    async def status(request: Request) -> PresenceStatus:
        """What this browser waits for now."""
        return await services.presence.status(cookies.presence(request))

    @router.post("/renew")
    async def renew(request: Request) -> dict[str, str | datetime]:
        """A new code; the old one and its confirmation are void."""
        started = await services.presence.renew(cookies.presence(request))
        return {"code": started.code, "expires_at": started.expires_at}

    return router


def enrolment_router(services: DirectoryServices, cookies: Cookies) -> APIRouter:
    """Routes under /api/enrolment that only the browser bound by a recovery needs, beside the steps."""
    router = APIRouter(prefix="/enrolment", tags=["enrolment"])
    enrolment = services.enrolment

    @router.post("/begin")
    async def begin(request: Request) -> EnrolmentProgress:
        """Go on."""
        await enrolment.begin(cookies.presence(request))
        return await enrolment.progress(cookies.presence(request))

    @router.post("/password")
    async def password(body: PasswordBody, request: Request) -> EnrolmentProgress:
        """Choose the new password, where one is to be chosen."""
        await enrolment.choose_password(cookies.presence(request), body.password)
        return await enrolment.progress(cookies.presence(request))

    @router.post("/finish")
    async def finish(request: Request, response: Response) -> dict[str, Any]:
        """The codes are saved; `signed_in`, or `waiting` while the account is still disabled."""
        finished = await enrolment.finish(cookies.presence(request))
        if finished.session is None:
            return {"state": "waiting"}
        await keep_session(services, cookies, request, response, finished.session)
        cookies.drop(response, "presence")
        return {"state": "signed_in"}

    return router
