"""One's own factors by pages: add, change, name and remove them, and make new backup codes (R3)."""

from __future__ import annotations

from fastapi import Response

from directory.errors import FactorUnknown, NameUnsuitable, SecondFactorRefused
from directory.own_account import StepUpAnswer
from directory.pages.codes_file import codes_file
from directory.pages.enrolment_steps import field_of, name_of
from directory.pages.profile_steps import GOES_ON, form_of, id_in, proven, standing
from directory.pages.refusals import NotSaved, Refusal, refusal
from directory.pages.visit import Visit
from directory.records import TotpOffer


async def offer_app(visit: Visit) -> Response:
    """The QR code of an app that replaces the old one or stands beside it, after a fresh proof."""

    async def offer(token: str, _: dict[str, str], proof: StepUpAnswer | None) -> TotpOffer:
        return await visit.services.profile.offer_totp(token, proof)

    return await proven(visit, offer, lambda token, fields, offer: _app_page(visit, token, fields, offer=offer))


async def confirm_app(visit: Visit) -> Response:
    """Take the new app by a code of it."""
    token = visit.cookies.session(visit.request)
    fields: dict[str, str] = {}
    try:
        fields = await visit.form(bound_to=token)
        await visit.services.profile.confirm_totp(
            token,
            fields.get("code", ""),
            label=name_of(fields.get("name", ""), "Authenticator app"),
            replace=fields.get("purpose") != "add",
        )
    except (SecondFactorRefused, NameUnsuitable) as error:
        return _app_page(visit, token, fields, refused=refusal(error, field=field_of(error)))
    except GOES_ON as error:
        return await standing(visit, refusal(error))
    return visit.go_to("/profile")


async def offer_key(visit: Visit) -> Response:
    """Ask the browser for one more passkey or security key, after a fresh proof."""

    async def offer(token: str, _: dict[str, str], proof: StepUpAnswer | None) -> str:
        return await visit.services.profile.offer_webauthn(token, proof)

    return await proven(
        visit, offer, lambda token, _, options: visit.page("profile_key.html", bound_to=token, options=options)
    )


async def confirm_key(visit: Visit) -> Response:
    """Take the authenticator that answered."""
    try:
        token, fields = await form_of(visit)
        name = name_of(fields.get("name", ""), "Security key")
        await visit.services.profile.confirm_webauthn(token, fields.get("credential", ""), label=name)
    except (SecondFactorRefused, *GOES_ON) as error:
        return await standing(visit, refusal(error))
    return visit.go_to("/profile")


async def rename(visit: Visit) -> Response:
    """Give a factor another name."""
    fields: dict[str, str] = {}
    try:
        token, fields = await form_of(visit)
        factor_id = id_in(fields, "factor", FactorUnknown)
        await visit.services.profile.rename_factor(token, factor_id, fields.get("name", ""))
    except NameUnsuitable as error:
        return await standing(visit, refusal(error, field=f"name-{fields['factor']}"))
    except GOES_ON as error:
        return await standing(visit, refusal(error))
    return visit.go_to("/profile")


async def remove(visit: Visit) -> Response:
    """Remove a factor after a fresh proof; the last authenticator stays."""

    async def remove_one(token: str, fields: dict[str, str], proof: StepUpAnswer | None) -> None:
        await visit.services.profile.remove_factor(token, id_in(fields, "factor", FactorUnknown), proof)

    return await proven(visit, remove_one, lambda _, __, ___: visit.go_to("/profile"))


async def regenerate_codes(visit: Visit) -> Response:
    """Ten new backup codes, shown on this answer only, after a fresh proof."""

    async def regenerate(token: str, _: dict[str, str], proof: StepUpAnswer | None) -> list[str]:
        return await visit.services.profile.regenerate_backup_codes(token, proof)

    return await proven(
        visit, regenerate, lambda token, _, codes: visit.page("profile_codes.html", bound_to=token, codes=codes)
    )


async def download_codes(visit: Visit) -> Response:
    """The codes that the page shows, as a text file."""
    _, fields = await form_of(visit)
    return codes_file(fields, site_name=visit.services.settings.rp_name, language=visit.language)


async def codes_saved(visit: Visit) -> Response:
    """Back to the profile, once the codes are said to be saved."""
    try:
        token, fields = await form_of(visit)
    except GOES_ON as error:
        return await standing(visit, refusal(error))
    if fields.get("saved") != "yes":
        return visit.page("profile_codes_again.html", refusal=refusal(NotSaved()), bound_to=token)
    return visit.go_to("/profile")


def _app_page(
    visit: Visit,
    token: str,
    fields: dict[str, str],
    *,
    offer: TotpOffer | None = None,
    refused: Refusal | None = None,
) -> Response:
    return visit.page(
        "profile_app.html",
        refusal=refused,
        bound_to=token,
        offer=offer,
        replace=fields.get("purpose") != "add",
        name=fields.get("name", ""),
    )
