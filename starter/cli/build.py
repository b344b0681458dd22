"""The tree of commands, and what happens when one fails: one line on standard error and a dependable exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from domain.errors import RecoveryError
from postgres.errors import DatabaseError
from settings import terminal_language
from starter.cli import (
    audit_commands,
    campaign_commands,
    cases,
    decisions,
    directory_commands,
    identity_commands,
    key_commands,
    officers,
    policy_commands,
    running_commands,
    signing_in,
)
from starter.cli.context import Processes, Surroundings
from starter.cli.errors import ExitCode, exit_code_of
from starter.cli.language import Language, speak, spoken, spoken_error
from starter.cli.showing import complain
from starter.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Callable

_OURS = (RecoveryError, EmbeddedError, DatabaseError)
_NO_TRACEBACKS = {"pretty_exceptions_enable": False, "rich_markup_mode": None}


class Commands(TyperGroup):
    """The root: turns what is raised into one line and an exit code, never into a traceback with values in it."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except _OURS as error:
            said = spoken_error(error) if isinstance(error, RecoveryError) else str(error)
            complain(error.code, said or type(error).__name__)
            raise typer.Exit(exit_code_of(error)) from None
        except BrokenPipeError:
            # The program that read our output has gone, as `head` does.
            sys.stderr.close()
            raise typer.Exit(ExitCode.OK) from None
        except (typer.Exit, typer.Abort, typer.TyperException, SystemExit):
            raise
        except Exception as error:  # noqa: BLE001 - a text or a local may hold a secret; the place is enough (R44)
            complain(
                "unexpected_error",
                spoken("{kind} at {place}; please report it.", kind=type(error).__name__, place=_place(error)),
            )
            raise typer.Exit(ExitCode.REFUSED) from None


def build_app(processes: Processes) -> typer.Typer:
    """The whole command line over the processes that the wiring offers."""
    app = typer.Typer(
        name="recovery",
        cls=Commands,
        no_args_is_help=True,
        help="Recover people who lost their second factor: verified, signed, once, and on the record.",
        epilog="Ends with 0: done; 1: refused by a rule; 2: wrong usage; 3: unreachable; 4: not signed in.",
        **_NO_TRACEBACKS,  # type: ignore[arg-type] # typer's own option types
    )

    @app.callback()
    def surroundings(
        context: typer.Context,
        *,
        language: Annotated[
            Language | None,
            typer.Option("--language", help="What is said; else as LC_ALL, LC_MESSAGES or LANG say."),
        ] = None,
    ) -> None:
        speak(language.value if language else terminal_language())
        context.obj = Surroundings(processes)

    _add(app, {"login": signing_in.login, "logout": signing_in.logout, "whoami": signing_in.whoami})
    _group(
        app,
        "case",
        "Work on cases.",
        {
            "open": cases.open_case,
            "list": cases.list_cases,
            "show": cases.show,
            "watch": cases.watch,
            "codes": cases.codes,
            "reveal": decisions.reveal,
            "identity-check": identity_commands.start,
            "identity-checks": identity_commands.list_checks,
            "verify": decisions.verify,
            "presence": decisions.presence,
            "step-up": decisions.execute,
            "cancel": cases.cancel,
            "rule": officers.rule,
            "release": officers.release,
            "break-glass": officers.break_glass,
            "review": officers.review,
        },
    )
    _add(app, {"reviews": officers.reviews})
    _group(
        app,
        "directory",
        "Look up and import people.",
        {"show": directory_commands.show_account, "import": directory_commands.import_people},
    )
    _group(
        app,
        "audit",
        "Read, check and export the audit chain.",
        {"verify": audit_commands.verify, "events": audit_commands.events, "export": audit_commands.export},
    )
    _group(
        app,
        "campaign",
        "Roll the MFA policy out to a group, with a grace period; nothing is wiped.",
        {
            "start": campaign_commands.start,
            "list": campaign_commands.list_campaigns,
            "show": campaign_commands.show,
            "pause": campaign_commands.pause,
            "resume": campaign_commands.resume,
            "call-off": campaign_commands.call_off,
        },
    )
    _group(
        app,
        "policy",
        "The tenant's policy.",
        {
            "show": policy_commands.show,
            "check": policy_commands.check,
            "apply": policy_commands.apply,
            "proposals": policy_commands.proposals,
            "second": policy_commands.second,
            "withdraw": policy_commands.withdraw,
            "explain": policy_commands.explain,
        },
    )
    _group(
        app,
        "keys",
        "The keyring of an installation.",
        {"make": key_commands.make, "rotate": key_commands.rotate, "public": key_commands.public},
    )
    running = ("up", "down", "clean", "demo", "worker", "serve", "migrate")
    _add(app, {name: getattr(running_commands, name) for name in running})
    return app


def _group(app: typer.Typer, name: str, about: str, commands: dict[str, Callable[..., None]]) -> None:
    group = typer.Typer(no_args_is_help=True, help=about, **_NO_TRACEBACKS)  # type: ignore[arg-type] # as above
    _add(group, commands)
    app.add_typer(group, name=name)


def _add(app: typer.Typer, commands: dict[str, Callable[..., None]]) -> None:
    for name, command in commands.items():
        app.command(name)(command)


def _place(error: BaseException) -> str:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "an unknown place"
