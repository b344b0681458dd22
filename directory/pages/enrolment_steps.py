"""The pages that both enrolments share: the choice of an authenticator, setting it up, and backup codes.

What to show next is asked of the directory each time, so an old page sent again changes nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from fastapi import Response

from directory.enrolment_steps import EnrolmentSteps
from directory.errors import (
    DirectoryError,
    EnrolmentStepInvalid,
    NameUnsuitable,
    PasswordReused,
    PasswordUnsuitable,
    SecondFactorRefused,
    Throttled,
)
from directory.pages.codes_file import codes_file
from directory.pages.refusals import FormStale, NotSaved, Refusal, RepetitionDiffers, refusal
from directory.pages.visit import Visit
from directory.records import EnrolmentProgress

# What leads back to the step whose turn it is; any other refusal ends the enrolment and gets a page of its own.
GOES_ON = (
    FormStale,
    EnrolmentStepInvalid,
    NameUnsuitable,
    NotSaved,
    PasswordReused,
    PasswordUnsuitable,
    RepetitionDiffers,
    Throttled,
)


class StepPages(ABC):
    """One way of enrolling; its pages lie under `base`."""

    base: ClassVar[str]
    templates: ClassVar[Mapping[str, str]] = {
        "factor": "enrol_factor.html",
        "backup_codes": "enrol_codes.html",
        "finish": "enrol_codes_again.html",
    }

    @abstractmethod
    def token(self, visit: Visit) -> str:
        """The token of the browser that may enrol; refuses one without."""

    @abstractmethod
    def steps(self, visit: Visit) -> EnrolmentSteps:
        """The service behind the pages."""

    async def show(self, visit: Visit) -> Response:
        """The step whose turn it is."""
        return await self.standing(visit)

    async def show_done(self, visit: Visit) -> Response:
        """The last page; says nothing about anybody."""
        return self.page(visit, "enrol_done.html")

    async def offer_app(self, visit: Visit) -> Response:
        """The QR code of a new app; answered to a POST, for it replaces the one before."""
        try:
            token, _ = await self.form(visit)
            offer = await self.steps(visit).offer_totp(token)
        except GOES_ON as error:
            return await self.standing(visit, refusal(error))
        return self.page(visit, "enrol_app.html", bound_to=token, offer=offer, name="")

    async def confirm_app(self, visit: Visit) -> Response:
        """Enrol the app by a code of it; its seed is not shown again, only the field for the code."""
        token = self.token(visit)
        name = ""
        try:
            fields = await visit.form(bound_to=token)
            name = fields.get("name", "")
            label = name_of(name, "Authenticator app")
            await self.steps(visit).confirm_totp(token, fields.get("code", ""), label=label)
        except (SecondFactorRefused, NameUnsuitable) as error:
            shown = refusal(error, field=field_of(error))
            return self.page(visit, "enrol_app.html", refusal=shown, bound_to=token, offer=None, name=name)
        except GOES_ON as error:
            return await self.standing(visit, refusal(error))
        return visit.go_to(self.base)

    async def offer_key(self, visit: Visit) -> Response:
        """Ask the browser for a new passkey or security key."""
        try:
            token, _ = await self.form(visit)
            options = await self.steps(visit).offer_webauthn(token)
        except GOES_ON as error:
            return await self.standing(visit, refusal(error))
        return self.page(visit, "enrol_key.html", bound_to=token, options=options)

    async def confirm_key(self, visit: Visit) -> Response:
        """Enrol the authenticator that answered; a refusal needs a new challenge, so the choice comes back."""
        try:
            token, fields = await self.form(visit)
            name = name_of(fields.get("name", ""), "Security key")
            await self.steps(visit).confirm_webauthn(token, fields.get("credential", ""), label=name)
        except (SecondFactorRefused, *GOES_ON) as error:
            return await self.standing(visit, refusal(error))
        return visit.go_to(self.base)

    async def issue_codes(self, visit: Visit) -> Response:
        """Ten backup codes, shown on this answer only; asking anew makes the ones before worthless."""
        try:
            token, _ = await self.form(visit)
            codes = await self.steps(visit).issue_backup_codes(token)
        except GOES_ON as error:
            return await self.standing(visit, refusal(error))
        return self.page(visit, "enrol_save_codes.html", bound_to=token, codes=codes)

    async def download_codes(self, visit: Visit) -> Response:
        """The codes that the page shows, as a text file."""
        _, fields = await self.form(visit)
        return codes_file(fields, site_name=visit.services.settings.rp_name, language=visit.language)

    async def form(self, visit: Visit) -> tuple[str, Mapping[str, str]]:
        """The token of the browser, and the fields it sent."""
        token = self.token(visit)
        return token, await visit.form(bound_to=token)

    async def standing(self, visit: Visit, refused: Refusal | None = None) -> Response:
        """The page of the step whose turn it is, with what was refused above it."""
        token = self.token(visit)
        progress = await self.steps(visit).progress(token)
        if progress.next == "done":
            return visit.go_to(f"{self.base}/done")
        return self.page(visit, self.template(progress), refusal=refused, bound_to=token, progress=progress)

    def template(self, progress: EnrolmentProgress) -> str:
        """Which page belongs to a step."""
        return self.templates[progress.next]

    def page(self, visit: Visit, template: str, **context: Any) -> Response:
        """A page whose forms lead back here."""
        return visit.page(template, base=self.base, **context)


def name_of(typed: str, usual: str) -> str:
    """The name that the person typed, or the usual one where they left it out."""
    return typed if typed.strip() else usual


def field_of(error: DirectoryError) -> str:
    """Which field of a confirming form is at fault."""
    return "name" if isinstance(error, NameUnsuitable) else "code"
