"""Everything that can be refused or go wrong, each with a stable code and its kind of answer."""

from __future__ import annotations

from typing import ClassVar

from domain.refusal_codes import Code, Kind
from domain.texts import Text, verbatim


class RecoveryError(Exception):
    """The request could not be carried out."""

    code: str = "recovery_error"
    kind: Kind | None = None
    """None where no caller could have caused it: what it says is for the log."""
    retryable: ClassVar[bool] = False
    text: Text
    """What it says: the first line of the class's docstring, unless it is told more."""

    def __init__(self, message: Text | str | None = None) -> None:
        """A `str` is for a log or a terminal, and is the same in every language."""
        if isinstance(message, str):
            message = verbatim(message)
        self.text = message or Text((type(self).__doc__ or "").strip().splitlines()[0])
        super().__init__(str(self.text))


class Refused(RecoveryError):
    """A rule of the runbook refuses this.

    `code` is the rule's own code and `reason` a sentence for the person who asked. `facts` holds
    opaque ids and counts that help them on (the open case's id, codes left), never personal data.
    """

    code = "refused"
    kind = Kind.CONFLICT

    def __init__(self, code: Code, reason: Text | str, facts: dict[str, str | int] | None = None) -> None:
        """A `str` is a whole sentence of ours, written out where it is raised."""
        super().__init__(reason if isinstance(reason, Text) else Text(reason))
        self.code = code.value
        self.kind = code.kind
        self.facts = facts or {}


class InputRefused(RecoveryError):
    """Something in the request is missing, malformed or not allowed."""

    code = "input_refused"
    kind = Kind.UNPROCESSABLE

    def __init__(self, code: Code, reason: Text | str) -> None:
        """A `str` is a whole sentence of ours, written out where it is raised."""
        super().__init__(reason if isinstance(reason, Text) else Text(reason))
        self.code = code.value
        self.kind = code.kind


class ImportRefused(InputRefused):
    """The import document has errors; nothing was imported.

    `problems` say where (a person's index and key, a field) and what kind, never the value itself (B09).
    """

    def __init__(self, problems: tuple[dict[str, str | int | None], ...] = ()) -> None:
        super().__init__(Code.IMPORT_REFUSED, Text("The import document has errors; nothing was imported."))
        self.problems = problems


class CaseNotFound(RecoveryError):
    """There is no such case."""

    code = "case_not_found"
    kind = Kind.NOT_FOUND


class NotSignedIn(RecoveryError):
    """Sign in first; the session is missing, expired or was ended."""

    code = "not_signed_in"
    kind = Kind.UNAUTHENTICATED


class SignInRefused(RecoveryError):
    """The sign-in was refused."""

    code = "sign_in_refused"
    kind = Kind.UNAUTHENTICATED


class SignInCodeReused(SignInRefused):
    """That code was used before; wait for the next one."""

    code = "sign_in_code_reused"


class NotAMember(SignInRefused):
    """This account has no role here. Subjects use the directory's own pages."""

    code = Code.NOT_A_MEMBER
    kind = Kind.FORBIDDEN


class StepUpRefused(RecoveryError):
    """The proof was not accepted."""

    code = "step_up_refused"
    kind = Kind.FORBIDDEN


class StepUpCodeReused(StepUpRefused):
    """That code was used before; wait for the next one."""

    code = "step_up_code_reused"


class StepUpLocked(StepUpRefused):
    """Too many wrong tries: step-up is locked for this person for a while."""

    code = "step_up_locked"
    kind = Kind.LOCKED


class PresenceRefused(RecoveryError):
    """The code does not match a waiting browser; ask for the code shown now."""

    code = "presence_code_wrong"
    kind = Kind.CONFLICT


class PresenceLocked(RecoveryError):
    """Too many wrong presence codes for this person; wait ten minutes."""

    code = "presence_locked"
    kind = Kind.TOO_MANY


class PresenceUnusable(RecoveryError):
    """The subject's browser no longer waits; a new presence code is needed."""

    code = Code.PRESENCE_UNUSABLE
    kind = Kind.CONFLICT


class Throttled(RecoveryError):
    """Too many attempts; wait a little and try again."""

    code = "throttled"
    kind = Kind.TOO_MANY


class ProviderUnavailable(RecoveryError):
    """The identity provider does not answer."""

    code = "provider_unavailable"
    kind = Kind.UNAVAILABLE
    retryable = True


class ProviderRefused(RecoveryError):
    """The identity provider refuses this call; an operator must look."""

    code = "provider_refused"
    kind = Kind.BROKEN_PARTNER


class SubjectGone(RecoveryError):
    """The account is no longer available at the identity provider."""

    code = Code.SUBJECT_GONE
    kind = Kind.CONFLICT


class AttemptSuperseded(RecoveryError):
    """A newer attempt has taken this step over."""

    code = "attempt_superseded"
