"""How the command line ends: exit codes, and the errors that it raises itself."""

from __future__ import annotations

from enum import IntEnum

from domain.errors import NotSignedIn, RecoveryError


class ExitCode(IntEnum):
    """What a shell script can rely on."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_SIGNED_IN = 4


class CommandError(RecoveryError):
    """The command could not be carried out."""

    code = "command_failed"
    exit_code: ExitCode = ExitCode.REFUSED


class ApiRefused(CommandError):
    """The product refused this; `code` is the rule's or the input's own."""

    def __init__(self, code: str, sentence: str, *, exit_code: ExitCode = ExitCode.REFUSED) -> None:
        super().__init__(sentence)
        self.code = code
        self.exit_code = exit_code


class ApiUnreachable(CommandError):
    """The HTTP API does not answer; check RECOVERY_API_URL, or start it with “recovery up”. Nothing was sent."""

    code = "api_unreachable"
    exit_code = ExitCode.UNREACHABLE


class AnswerLost(CommandError):
    """The connection broke before the answer came, several times; look whether it took effect before you try again."""

    code = "answer_lost"
    exit_code = ExitCode.UNREACHABLE


class AnswerUnreadable(CommandError):
    """What answers at RECOVERY_API_URL is not this product's HTTP API."""

    code = "answer_unreadable"
    exit_code = ExitCode.UNREACHABLE


class ApiInsecure(CommandError):
    """RECOVERY_API_URL must begin with https:// unless it names this machine: passwords travel there."""

    code = "api_url_insecure"
    exit_code = ExitCode.USAGE


class NoSignIn(CommandError):
    """Sign in first with “recovery login”."""

    code = NotSignedIn.code
    exit_code = ExitCode.NOT_SIGNED_IN


class InputMissing(CommandError):
    """Something has to be asked and there is nobody to ask: give it as an option, or secrets on standard input."""

    code = "input_missing"
    exit_code = ExitCode.USAGE


class InputUnreadable(CommandError):
    """What was given cannot be read."""

    code = "input_unreadable"
    exit_code = ExitCode.USAGE


class PasskeyElsewhere(CommandError):
    """This login proves itself with a passkey, which needs a browser: use the web console."""

    code = "passkey_needs_browser"


class NotVerified(CommandError):
    """The audit chain is not good."""

    code = "audit_not_verified"


class SettingsInvalid(CommandError):
    """A setting in the environment cannot be used."""

    code = "settings_invalid"
    exit_code = ExitCode.USAGE


class DatabaseAddressMissing(CommandError):
    """Set RECOVERY_DATABASE_URL to the owner's address; on one machine “recovery up” migrates by itself."""

    code = "database_address_missing"
    exit_code = ExitCode.USAGE


class NotWired(CommandError):
    """This command line was built without the processes; run “recovery”."""

    code = "not_wired"


class FileExists(CommandError):
    """That file exists already; it is not overwritten."""

    code = "file_exists"


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit code for an error of ours: what may be tried again later counts as unreachable."""
    if isinstance(error, CommandError):
        return error.exit_code
    if isinstance(error, NotSignedIn):
        return ExitCode.NOT_SIGNED_IN
    return ExitCode.UNREACHABLE if getattr(error, "retryable", False) else ExitCode.REFUSED
