"""Setting up a first factor by pages, between the password and the session (R40)."""

from __future__ import annotations

from fastapi import Response

from directory.enrolment_steps import EnrolmentSteps
from directory.pages.enrolment_steps import GOES_ON, StepPages
from directory.pages.refusals import NotSaved, refusal
from directory.pages.visit import Visit


class FirstEnrolmentPages(StepPages):
    """The pages under /first-factor; the browser is known by the token it got for the password."""

    base = "/first-factor"

    def token(self, visit: Visit) -> str:
        """That token; raises `FirstEnrolmentOver` without one."""
        return visit.cookies.first_enrolment(visit.request)

    def steps(self, visit: Visit) -> EnrolmentSteps:
        """The enrolment at sign-in."""
        return visit.services.first_enrolment

    async def finish(self, visit: Visit) -> Response:
        """The codes are saved: signed in."""
        try:
            token, fields = await self.form(visit)
            if fields.get("saved") != "yes":
                raise NotSaved
            issued = await visit.services.first_enrolment.finish(token)
        except GOES_ON as error:
            return await self.standing(visit, refusal(error))
        answer = visit.go_to(f"{self.base}/done")
        await visit.keep_session(answer, issued)
        visit.cookies.drop(answer, "first_enrolment")
        return answer
