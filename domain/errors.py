"""Everything that can be refused or go wrong, each with a stable code; imports nothing."""

from __future__ import annotations

from typing import ClassVar


class RecoveryError(Exception):
    """The request could not be carried out."""

    code: str = "recovery_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class Refused(RecoveryError):
    """A rule of the runbook refuses this.

    `code` is the rule's own code and `reason` a sentence for the person who asked. `facts` holds
    opaque ids and counts that help them on (the open case's id, codes left), never personal data.
    """

    code = "refused"

    def __init__(self, code: str, reason: str, facts: dict[str, str | int] | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.facts = facts or {}


class InputRefused(RecoveryError):
    """Something in the request is missing, malformed or not allowed."""

    code = "input_refused"

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class ImportRefused(InputRefused):
    """The import document has errors; nothing was imported.

    `problems` say where (a person's index and key, a field) and what kind, never the value itself (B09).
    """

    def __init__(self, problems: tuple[dict[str, str | int | None], ...] = ()) -> None:
        super().__init__("import_refused", "The import document has errors; nothing was imported.")
        self.problems = problems


class CaseNotFound(RecoveryError):
    """There is no such case."""

    code = "case_not_found"


class NotSignedIn(RecoveryError):
    """Sign in first; the session is missing, expired or was ended."""

    code = "not_signed_in"


class SignInRefused(RecoveryError):
    """The sign-in was refused."""

    code = "sign_in_refused"


class SignInCodeReused(SignInRefused):
    """That code was used before; wait for the next one."""

    code = "sign_in_code_reused"


class NotAMember(SignInRefused):
    """This account has no role here. Subjects use the directory's own pages."""

    code = "not_a_member"


class StepUpRefused(RecoveryError):
    """The proof was not accepted."""

    code = "step_up_refused"


class StepUpCodeReused(StepUpRefused):
    """That code was used before; wait for the next one."""

    code = "step_up_code_reused"


class StepUpLocked(StepUpRefused):
    """Too many wrong tries: step-up is locked for this person for a while."""

    code = "step_up_locked"


class PresenceRefused(RecoveryError):
    """The code does not match a waiting browser; ask for the code shown now."""

    code = "presence_code_wrong"


class PresenceLocked(RecoveryError):
    """Too many wrong presence codes for this person; wait ten minutes."""

    code = "presence_locked"


class PresenceUnusable(RecoveryError):
    """The subject's browser no longer waits; a new presence code is needed."""

    code = "presence_unusable"


class Throttled(RecoveryError):
    """Too many attempts; wait a little and try again."""

    code = "throttled"


class ProviderUnavailable(RecoveryError):
    """The identity provider does not answer."""

    code = "provider_unavailable"
    retryable = True


class ProviderRefused(RecoveryError):
    """The identity provider refuses this call; an operator must look."""

    code = "provider_refused"


class SubjectGone(RecoveryError):
    """The account is no longer available at the identity provider."""

    code = "subject_gone"


class AttemptSuperseded(RecoveryError):
    """A newer attempt has taken this step over."""

    code = "attempt_superseded"
