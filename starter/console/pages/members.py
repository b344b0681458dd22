"""Members and their roles: who may do what here, changing it, and importing people from a document (R6, R21)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

from domain.errors import ImportRefused, InputRefused, RecoveryError
from domain.people import Role
from domain.policy.access import Access, may_access
from domain.refusal_codes import Code
from domain.texts import Text
from service import importing, members
from service.members import RoleChange
from service.naming import names_of
from service.reading import require
from service.repeating import Answer, once, request_of
from starter.console.refusals import Refusal, refusal
from starter.console.routes import posted, shown
from starter.console.site import BASE

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.visit import Visit

HOME = f"{BASE}/settings/members"
EXAMPLE = """{
  "tenant": {"slug": "acme", "name": "Acme"},
  "people": [{"key": "ada", "login": "ada.osei", "display_name": "Ada Osei", "roles": ["agent"]}]
}"""
_NOT_JSON = Text("This is not a JSON object.")


async def show(visit: Visit) -> Response:
    """Everybody with a role."""
    return await _list(visit)


async def show_member(visit: Visit) -> Response:
    """One member, with the form to change the roles."""
    return await _member(visit)


async def change(visit: Visit) -> Response:
    """Give a member exactly the ticked roles."""
    fields = await visit.form()
    key = visit.key(fields)
    wanted = RoleChange(visit.path("account"), _roles(fields, "role"), _roles(fields, "seen"))
    try:
        await members.change_roles(visit.doors, visit.session, wanted, key=key)
    except RecoveryError as error:
        return await _member(visit, refused=refusal(error, field="roles"), ticked=wanted.roles)
    return visit.go_to(f"{HOME}?done=changed")


async def add(visit: Visit) -> Response:
    """Give roles to a person who has none yet."""
    fields = await visit.form()
    key = visit.key(fields)
    login, roles = fields.get("login", "").strip()[:320], _roles(fields, "role")
    try:
        await members.add_member(visit.doors, visit.session, login, roles, key=key)
    except RecoveryError as error:
        field = "roles" if error.code == Code.NO_ROLE_CHOSEN else "login"
        return await _list(visit, refused=refusal(error, field=field), login=login, ticked=roles)
    return visit.go_to(f"{HOME}?done=changed")


async def show_import(visit: Visit) -> Response:
    """The form for a document of people."""
    await require(visit.doors, visit.session, Access.IMPORT_PEOPLE)
    return _import_form(visit)


async def import_people(visit: Visit) -> Response:
    """Create the document's people, all or nothing, and set the roles that it states."""
    fields = await visit.form()
    key = visit.key(fields)
    text = fields.get("document", "")
    await require(visit.doors, visit.session, Access.IMPORT_PEOPLE)
    try:
        done = await _import(visit, text, key=key)
    except ImportRefused as error:
        return _import_form(visit, text, refused=refusal(error, field="document"), problems=error.problems)
    except (InputRefused, RecoveryError) as error:
        return _import_form(visit, text, refused=refusal(error, field="document"))
    return visit.go_to(f"{HOME}?done=imported&people={done['people']}&created={done['created']}")


async def _import(visit: Visit, text: str, *, key: str) -> Answer:
    document = _document(text)

    async def act() -> Answer:
        done = await importing.import_people(visit.doors, visit.services.people, visit.session, document)
        return {"people": done.people, "created": done.created, "members": done.members}

    return await once(visit.doors, request_of(visit.session, key, "import", document=text), act)


def _document(text: str) -> dict[str, object]:
    try:
        document = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InputRefused(Code.BODY_MALFORMED, _NOT_JSON)
    return document


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _roles(fields: dict[str, str], name: str) -> frozenset[Role]:
    """The ticked ones. Raises `InputRefused` for what is no role."""
    try:
        return frozenset(Role(one) for one in fields.get(name, "").split())
    except ValueError:
        raise InputRefused(Code.INVALID_REQUEST, "The form cannot be read; nothing was done.") from None


async def _list(
    visit: Visit, *, refused: Refusal | None = None, login: str = "", ticked: frozenset[Role] = frozenset()
) -> Response:
    found = await members.read_members(visit.doors, visit.session)
    return visit.page(
        "members.html",
        refusal=refused,
        members=found,
        names=await names_of(visit.doors, _people(found)),
        roles=list(Role),
        login=login,
        ticked=ticked,
        may_change=may_access(visit.session.actor, Access.CHANGE_ROLES).allowed,
        done=visit.query("done"),
        imported={name: _count(visit.query(name)) for name in ("people", "created")},
    )


async def _member(visit: Visit, *, refused: Refusal | None = None, ticked: frozenset[Role] | None = None) -> Response:
    found = await members.read_members(visit.doors, visit.session)
    member = next((one for one in found if one.account_id == visit.path("account")), None)
    if member is None:
        unknown = Refusal(
            sentence=Text("There is no such member."), code=Code.NOT_A_MEMBER, status=HTTPStatus.NOT_FOUND
        )
        return visit.page("refused.html", refusal=refused or unknown)
    return visit.page(
        "member.html",
        refusal=refused,
        member=member,
        names=await names_of(visit.doors, _people([member])),
        roles=list(Role),
        ticked=frozenset(member.roles) if ticked is None else ticked,
        may_change=may_access(visit.session.actor, Access.CHANGE_ROLES).allowed,
    )


def _import_form(
    visit: Visit,
    text: str = "",
    *,
    refused: Refusal | None = None,
    problems: tuple[dict[str, str | int | None], ...] = (),
) -> Response:
    return visit.page("members_import.html", refusal=refused, document=text, problems=problems, example=EXAMPLE)


def _people(found: list[members.MemberView]) -> list[str]:
    return [one.account_id for one in found] + [one.granted_by for one in found if one.granted_by]


def _count(text: str) -> str:
    return text if text.isascii() and text.isdecimal() and len(text) < 8 else ""  # noqa: PLR2004 - no count is longer


ROUTES = (
    shown("/settings/members", show),
    posted("/settings/members", add),
    shown("/settings/members/import", show_import),
    posted("/settings/members/import", import_people),
    shown("/settings/members/{account}", show_member),
    posted("/settings/members/{account}", change),
)
