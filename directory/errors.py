"""What the directory refuses and why, each with a stable code; imports nothing of ours."""

from __future__ import annotations

from typing import ClassVar


class DirectoryError(Exception):
    """The directory could not do what was asked."""

    code: ClassVar[str] = "directory_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class TenantUnknown(DirectoryError):
    """There is no such tenant."""

    code = "tenant_unknown"


class AccountUnknown(DirectoryError):
    """There is no such account."""

    code = "account_unknown"


class FactorUnknown(DirectoryError):
    """The account never had such a factor."""

    code = "factor_unknown"


class CommandReused(DirectoryError):
    """This command id was already used for something else."""

    code = "command_reused"


class SignInRefused(DirectoryError):
    """Login or password is wrong, or the account may not sign in."""

    code = "sign_in_refused"


class Throttled(DirectoryError):
    """Too many attempts; wait some minutes before the next."""

    code = "throttled"


class TransactionUnusable(DirectoryError):
    """This attempt has expired or was already finished; begin again."""

    code = "transaction_unusable"


class SecondFactorRefused(DirectoryError):
    """The second factor was not accepted."""

    code = "second_factor_refused"


class WrongCode(SecondFactorRefused):
    """The code is wrong."""

    code = "wrong_code"


class CodeReused(SecondFactorRefused):
    """The code was used before; wait for the next one."""

    code = "code_reused"


class CredentialRefused(SecondFactorRefused):
    """The security key's answer could not be verified."""

    code = "credential_refused"


class FactorKindRefused(SecondFactorRefused):
    """This kind of factor is not accepted here."""

    code = "factor_kind_refused"


class BindingMismatch(DirectoryError):
    """The proof was begun for another content than it is now presented for."""

    code = "step_up_binding_mismatch"


class StepUpRequired(DirectoryError):
    """This needs a fresh proof with a second factor."""

    code = "step_up_required"


class EnrolmentRequired(DirectoryError):
    """The account has no usable second factor, and a password alone reaches nothing."""

    code = "enrolment_required"


class EnrolmentNotGranted(DirectoryError):
    """This browser has not been granted enrolment."""

    code = "enrolment_not_granted"


class EnrolmentWindowClosed(DirectoryError):
    """The time granted for enrolment has passed."""

    code = "enrolment_window_closed"


class EnrolmentWindowTooLong(DirectoryError):
    """Enrolment may be granted for at most 60 minutes."""

    code = "enrolment_window_too_long"


class EnrolmentStepInvalid(DirectoryError):
    """This step of the enrolment comes before or after its turn."""

    code = "enrolment_step_invalid"


class FirstEnrolmentOver(DirectoryError):
    """The first factor cannot be set up here any more; sign in again."""

    code = "first_enrolment_over"


class PasswordUnsuitable(DirectoryError):
    """The password is too short, too long, or equal to the login."""

    code = "password_unsuitable"


class PasswordReused(DirectoryError):
    """The new password must differ from the one it replaces."""

    code = "password_reused"


class PresenceCodeWrong(DirectoryError):
    """No waiting browser of this account shows that code."""

    code = "presence_code_wrong"


class PresenceLocked(DirectoryError):
    """Too many presence codes were tried for this account; wait some minutes."""

    code = "presence_locked"


class PresencePasswordRequired(DirectoryError):
    """The waiting browser gave no password, and this confirmation needs one."""

    code = "presence_password_required"


class PresenceUnusable(DirectoryError):
    """The presence is not confirmed, was superseded, or has expired."""

    code = "presence_unusable"


class PresenceUnknown(DirectoryError):
    """There is no such presence."""

    code = "presence_unknown"


class SessionUnknown(DirectoryError):
    """There is no such session, or it has ended."""

    code = "session_unknown"


class TokenUnknown(DirectoryError):
    """The token is unknown, expired or revoked."""

    code = "token_unknown"


class LastFactor(DirectoryError):
    """The last authenticator cannot be removed; set up another one first."""

    code = "last_factor"


class TooManyFactors(DirectoryError):
    """There are twenty authenticators already; remove one first."""

    code = "too_many_factors"


class NameUnsuitable(DirectoryError):
    """A name has 1 to 60 characters that can be read."""

    code = "name_unsuitable"


class ContactsFrozen(DirectoryError):
    """Contacts cannot be changed for 72 hours after a recovery."""

    code = "contacts_frozen"


class ContactInvalid(DirectoryError):
    """The contact is not a plausible address or number."""

    code = "contact_invalid"


class SeedInvalid(DirectoryError):
    """The TOTP seed is not base32 of at least 80 bits."""

    code = "seed_invalid"


class SealBroken(DirectoryError):
    """A stored secret cannot be opened; the seed key is another one, or the row was tampered with."""

    code = "seal_broken"


class ImportRefused(DirectoryError):
    """The import document has errors; nothing was imported."""

    code = "import_refused"
