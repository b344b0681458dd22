"""The second factor as the actor answers with it, at sign-in or to prove a decision."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from starter.wishes.fields import Secret, Strict


class TotpResponse(Strict):
    """A code typed from an authenticator app."""

    kind: Literal["totp"]
    code: Secret = Field(examples=["012345"])


class BackupCodeResponse(Strict):
    """A backup code; it signs in, and serves no step-up."""

    kind: Literal["backup_code"]
    code: Secret = Field(examples=["ABCD-EFGH-JKMN-PQRS"])


class WebAuthnResponse(Strict):
    """A browser's `PublicKeyCredential` as JSON."""

    kind: Literal["webauthn"]
    credential: dict[str, JsonValue] = Field(repr=False)


FactorResponse = Annotated[TotpResponse | BackupCodeResponse | WebAuthnResponse, Field(discriminator="kind")]
