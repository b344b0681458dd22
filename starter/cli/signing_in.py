"""The commands login, logout and whoami."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli import sign_in_file, step_up
from starter.cli.asking import ask_line, ask_secret
from starter.cli.context import at_hand
from starter.cli.errors import AnswerUnreadable, CommandError, ExitCode, NoSignIn
from starter.cli.language import spoken
from starter.cli.options import AsJson, Authenticator
from starter.cli.showing import moment, print_facts, print_json, print_line, shown


def login(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[LOGIN]", help="Your login; asked for if not given.")] = None,
    *,
    authenticator: Authenticator = None,
    as_json: AsJson = False,
) -> None:
    """Sign in with password and second factor.

    Both are asked for, never given as options. Without a terminal they are read from standard input, one a line:
    the login unless it is given, the password, then the code unless a key file answers.
    """
    here = at_hand(context)
    name = name or ask_line("Login")
    password = ask_secret("Password")
    with here.anonymous_api() as api:
        tenant = here.settings.tenant
        started = api.post("/sign-in", {"tenant": tenant, "login": name, "password": password})
        response = step_up.answer(
            started,
            authenticator=authenticator,
            origin=here.directory_origin,
            question="Code from your authenticator app",
        )
        finished = api.post(
            "/sign-in/finish", {"tenant": tenant, "transaction": started.get("transaction"), "response": response}
        )
    token = finished.pop("token", None)
    if not isinstance(token, str):
        raise AnswerUnreadable
    sign_in_file.keep(here.sign_in_path, sign_in_file.KeptSignIn(api_url=here.api_url, token=token))
    if as_json:
        print_json(finished)
    else:
        roles = ", ".join(shown(role) for role in finished.get("roles", []))
        until = moment(finished.get("expires_at"))
        print_line(spoken("Signed in as {name} ({roles}), until {until}.", name=shown(name), roles=roles, until=until))


def logout(context: typer.Context, *, as_json: AsJson = False) -> None:
    """End the session here and at the server."""
    here = at_hand(context)
    try:
        with here.api() as api:
            api.post("/sign-out")
    except CommandError as error:
        # A session that is over already is what was wanted; an unreachable server leaves it, and we say so.
        if error.exit_code is not ExitCode.NOT_SIGNED_IN:
            raise
        if isinstance(error, NoSignIn) and not here.sign_in_path.exists():
            raise
    sign_in_file.forget(here.sign_in_path)
    if as_json:
        print_json({"signed_in": False})
    else:
        print_line(spoken("Signed out."))


def whoami(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Say who is signed in, with which roles."""
    with at_hand(context).api() as api:
        me = api.get("/me")
    if as_json:
        print_json(me)
    else:
        roles = ", ".join(shown(role) for role in me.get("roles", []))
        print_facts(
            {
                "account": me.get("account_id"),
                "tenant": me.get("tenant"),
                "roles": roles,
                "assurance": f"AAL{shown(me.get('aal'))}",
                "until": moment(me.get("expires_at")),
            }
        )
