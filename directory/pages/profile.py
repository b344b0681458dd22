"""The profile by pages: see one's factors and sessions, end sessions, change the password (R3)."""

from __future__ import annotations

from fastapi import Response

from directory.errors import PasswordReused, PasswordUnsuitable, SessionUnknown, SignInRefused
from directory.pages.profile_steps import GOES_ON, form_of, id_in, standing
from directory.pages.refusals import RepetitionDiffers, refusal
from directory.pages.visit import Visit

_PASSWORD_FIELDS = {
    SignInRefused: "old",
    PasswordReused: "new",
    PasswordUnsuitable: "new",
    RepetitionDiffers: "again",
}


async def show(visit: Visit) -> Response:
    """Everything at a glance."""
    return await standing(visit)


async def end_session(visit: Visit) -> Response:
    """End one of one's own sessions."""
    try:
        token, fields = await form_of(visit)
        await visit.services.profile.end_session(token, id_in(fields, "session", SessionUnknown))
    except GOES_ON as error:
        return await standing(visit, refusal(error))
    except SessionUnknown:
        # Another person's, ended already, or this very one: the list shows what is left, or the sign-in follows.
        pass
    return visit.go_to("/profile")


async def end_other_sessions(visit: Visit) -> Response:
    """End every session but this one."""
    try:
        token, _ = await form_of(visit)
        await visit.services.profile.end_other_sessions(token)
    except GOES_ON as error:
        return await standing(visit, refusal(error))
    return visit.go_to("/profile")


async def change_password(visit: Visit) -> Response:
    """Change the password with the old one; other sessions end."""
    try:
        token, fields = await form_of(visit)
        if fields.get("new", "") != fields.get("again", ""):
            raise RepetitionDiffers
        await visit.services.profile.change_password(token, fields.get("old", ""), fields.get("new", ""))
    except GOES_ON as error:
        return await standing(visit, refusal(error, field=_PASSWORD_FIELDS.get(type(error), "")))
    return visit.go_to("/profile")
