"""Where a browser keeps its tokens: HttpOnly, SameSite=Strict cookies, with the `__Host-` prefix over HTTPS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from directory.errors import EnrolmentNotGranted, FirstEnrolmentOver, SessionUnknown, TokenUnknown
from directory.first_enrolment import LIFETIME as FIRST_ENROLMENT_LIFETIME
from directory.records import FirstEnrolmentStarted, IssuedSession
from directory.sessions import ABSOLUTE, REFRESH_LIFETIME, TRUSTED_LIFETIME

PRESENCE_LIFETIME = timedelta(hours=2)


@dataclass(frozen=True)
class Cookies:
    """Reads and writes the five cookies; `secure` decides about the prefix."""

    secure: bool

    def name(self, what: str) -> str:
        """The cookie's full name for `session`, `presence`, `first_enrolment`, `trusted` or `refresh`."""
        return f"__Host-directory_{what}" if self.secure else f"directory_{what}"

    def session(self, request: Request) -> str:
        """The session's token; raises `SessionUnknown` without one."""
        token = request.cookies.get(self.name("session"))
        if not token:
            raise SessionUnknown
        return token

    def refresh(self, request: Request) -> str:
        """The refresh token; raises `TokenUnknown` without one."""
        token = request.cookies.get(self.name("refresh"))
        if not token:
            raise TokenUnknown
        return token

    def trusted_browser(self, request: Request) -> str | None:
        """The token of a trusted browser, if it is one."""
        return request.cookies.get(self.name("trusted"))

    def presence(self, request: Request) -> str:
        """The token of the waiting browser; raises `EnrolmentNotGranted` without one."""
        token = request.cookies.get(self.name("presence"))
        if not token:
            raise EnrolmentNotGranted
        return token

    def first_enrolment(self, request: Request) -> str:
        """The token of the browser that may set up a first factor; raises `FirstEnrolmentOver` without one."""
        token = request.cookies.get(self.name("first_enrolment"))
        if not token:
            raise FirstEnrolmentOver
        return token

    def keep_session(self, response: Response, issued: IssuedSession) -> None:
        """Give the browser what a sign-in left behind."""
        self._keep(response, "session", issued.token, ABSOLUTE)
        if issued.trusted_browser_token is not None:
            self._keep(response, "trusted", issued.trusted_browser_token, TRUSTED_LIFETIME)
        if issued.refresh_token is not None:
            self._keep(response, "refresh", issued.refresh_token, REFRESH_LIFETIME)

    def keep_presence(self, response: Response, token: str) -> None:
        """Give the browser the token that makes it the one that waits."""
        self._keep(response, "presence", token, PRESENCE_LIFETIME)

    def keep_first_enrolment(self, response: Response, started: FirstEnrolmentStarted) -> None:
        """Give the browser the token with which it may set up a first factor."""
        self._keep(response, "first_enrolment", started.browser_token, FIRST_ENROLMENT_LIFETIME)

    def drop(self, response: Response, what: str) -> None:
        """Make the browser forget one of them."""
        response.delete_cookie(self.name(what), path="/", secure=self.secure, httponly=True, samesite="strict")

    def _keep(self, response: Response, what: str, token: str, lifetime: timedelta) -> None:
        response.set_cookie(
            self.name(what),
            token,
            max_age=int(lifetime.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )
