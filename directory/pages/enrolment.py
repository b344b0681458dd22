"""Enrolment by pages, for the browser that was let on: password, authenticator, backup codes (R35, R36, R37)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from fastapi import Response

from directory.enrolment_steps import EnrolmentSteps
from directory.errors import DirectoryError, PasswordReused, PasswordUnsuitable
from directory.pages.enrolment_steps import GOES_ON, StepPages
from directory.pages.refusals import NotSaved, RepetitionDiffers, refusal
from directory.pages.visit import Visit
from directory.records import EnrolmentProgress


class EnrolmentPages(StepPages):
    """The pages under /enrol; the browser is known by its presence token."""

    base = "/enrol"
    templates: ClassVar[Mapping[str, str]] = {
        **StepPages.templates,
        "begin": "enrol_begin.html",
        "password": "enrol_password.html",
    }

    def token(self, visit: Visit) -> str:
        """The presence token; raises `EnrolmentNotGranted` without one."""
        return visit.cookies.presence(visit.request)

    def steps(self, visit: Visit) -> EnrolmentSteps:
        """The enrolment after a wipe."""
        return visit.services.enrolment

    async def begin(self, visit: Visit) -> Response:
        """Go on from the waiting page."""
        try:
            token, _ = await self.form(visit)
            await visit.services.enrolment.begin(token)
        except GOES_ON as error:
            return await self.standing(visit, refusal(error))
        return visit.go_to(self.base)

    async def choose_password(self, visit: Visit) -> Response:
        """Set the new password, typed twice; no agent and no admin sees or sets one (R29)."""
        try:
            token, fields = await self.form(visit)
            if fields.get("new", "") != fields.get("again", ""):
                raise RepetitionDiffers
            await visit.services.enrolment.choose_password(token, fields.get("new", ""))
        except GOES_ON as error:
            return await self.standing(visit, refusal(error, field=_password_field(error)))
        return visit.go_to(self.base)

    async def finish(self, visit: Visit) -> Response:
        """The codes are saved: signed in, or still waiting for the account to be opened (R30)."""
        try:
            token, fields = await self.form(visit)
            if fields.get("saved") != "yes":
                raise NotSaved
            finished = await visit.services.enrolment.finish(token)
        except GOES_ON as error:
            return await self.standing(visit, refusal(error))
        if finished.session is None:
            return visit.go_to(self.base)
        answer = visit.go_to(f"{self.base}/done")
        await visit.keep_session(answer, finished.session)
        visit.stop_waiting(answer)
        return answer

    def template(self, progress: EnrolmentProgress) -> str:
        """Which page belongs to a step; everything may be done before the account is open."""
        completed = progress.next == "finish" and progress.state == "completed"
        return "enrol_opening.html" if completed else super().template(progress)


def _password_field(error: DirectoryError) -> str:
    if isinstance(error, RepetitionDiffers):
        return "again"
    return "new" if isinstance(error, PasswordReused | PasswordUnsuitable) else ""
