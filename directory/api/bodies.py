"""The JSON bodies of requests: unknown fields are refused, text must be storable, codes are judged by the services."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from directory.own_account import StepUpAnswer
from directory.records import BackupCodeResponse, ContactKind, FactorResponse, TotpResponse, WebAuthnResponse
from directory.text import is_storable


def _storable(value: str) -> str:
    if not is_storable(value):
        raise PydanticCustomError("text_unusable", "has characters that cannot be stored, or too many")
    return value


Text = Annotated[str, AfterValidator(_storable)]
Label = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_storable)]


class Body(BaseModel):
    """A request body; validation errors never quote it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class TotpBody(Body):
    """A typed code. Anything is taken here: what is no code is a wrong code, and counted (B28)."""

    kind: Literal["totp"]
    code: Any

    def response(self) -> FactorResponse:
        """For the services."""
        return TotpResponse(self.code)


class BackupCodeBody(Body):
    """A typed backup code; see `TotpBody`."""

    kind: Literal["backup_code"]
    code: Any

    def response(self) -> FactorResponse:
        """For the services."""
        return BackupCodeResponse(self.code)


class WebAuthnBody(Body):
    """A browser's `PublicKeyCredential` in JSON."""

    kind: Literal["webauthn"]
    credential: dict[str, Any]

    def response(self) -> FactorResponse:
        """For the services."""
        return WebAuthnResponse(self.credential)


FactorBody = Annotated[TotpBody | BackupCodeBody | WebAuthnBody, Field(discriminator="kind")]


class StepUpBody(Body):
    """The answer to a step-up."""

    transaction: UUID
    response: FactorBody

    def answer(self) -> StepUpAnswer:
        """For the services."""
        return StepUpAnswer(self.transaction, self.response.response())


class SignInBody(Body):
    """The first factor."""

    tenant: Text
    login: Text
    password: Text


class FinishSignInBody(Body):
    """The second factor, and what the browser would like to keep."""

    transaction: UUID
    response: FactorBody
    trust_browser: bool = False
    remember: bool = False


class PresenceBody(Body):
    """Begin to wait; without a password where it will be replaced."""

    tenant: Text
    login: Text
    password: Text | None = None


class PasswordBody(Body):
    """A new password."""

    password: Text


class ChangePasswordBody(Body):
    """The old password and the new one."""

    old: Text
    new: Text


class CodeBody(Body):
    """The code that confirms a new app; see `TotpBody`."""

    code: Any
    label: Label = "Authenticator app"


class CredentialBody(Body):
    """The answer of a new authenticator."""

    credential: dict[str, Any]
    label: Label = "Security key"


class ProvenBody(Body):
    """Something that needs a fresh proof, unless the sign-in is fresh itself."""

    step_up: StepUpBody | None = None

    def proof(self) -> StepUpAnswer | None:
        """For the services."""
        return self.step_up.answer() if self.step_up else None


class RemoveFactorBody(ProvenBody):
    """Which factor to remove."""

    factor: UUID


class ContactBody(ProvenBody):
    """The new contact point of a kind."""

    kind: ContactKind
    value: Text
