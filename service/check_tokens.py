"""The secrets of one identity check: all are made anew from its state and our key, so that none is kept (R44)."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.acts import canonical
from domain.errors import RecoveryError
from service.stop_tokens import Secret

if TYPE_CHECKING:
    from uuid import UUID

    from domain.identity_document import DocumentCheck

_STATE = re.compile(r"([a-z0-9-]{1,40})\.[\w-]{32}", re.ASCII)


@dataclass(frozen=True)
class CheckTokens:
    """States name their key, so that a check outlives a rotation."""

    secret: Secret

    def new_state(self) -> str:
        """192 random bits for the `state` of one link (RFC 6749 §10.12)."""
        return f"{self.secret()[0]}.{secrets.token_urlsafe(24)}"

    def state_hash(self, state: str) -> bytes | None:
        """What the store keeps of a state, or None where it cannot be ours."""
        key = self._key(state)
        return hmac.digest(key, b"identity state\n" + state.encode(), "sha256") if key else None

    def nonce(self, state: str, check_id: UUID, case_id: UUID) -> str:
        """What the ID token must repeat. An insider with the database alone cannot make or move it."""
        return self._derived("identity nonce", state, check_id, case_id)

    def verifier(self, state: str, check_id: UUID, case_id: UUID) -> str:
        """The PKCE verifier: 43 characters, never in a link (RFC 7636 §4.1)."""
        return self._derived("identity verifier", state, check_id, case_id)

    def check_digest(self, check: DocumentCheck) -> bytes:
        """Tells one check at the provider from every other."""
        return self._digest(
            "identity check", [check.issuer, check.subject, check.process, check.verified_at.isoformat()]
        )

    def identity(self, check: DocumentCheck) -> list[bytes]:
        """Knows the same person again, by the provider's id and by what the document says; guesses cannot be tried."""
        names = [check.family_name.casefold(), check.given_name.casefold(), check.birthdate]
        return [
            self._digest("identity subject", [check.issuer, check.subject]),
            self._digest("identity document", names),
        ]

    def _derived(self, purpose: str, state: str, check_id: UUID, case_id: UUID) -> str:
        key = self._key(state) or b""
        made = hmac.digest(key, canonical([purpose, state, str(check_id), str(case_id)]), "sha256")
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

    def _digest(self, purpose: str, content: list[str | None]) -> bytes:
        return hmac.digest(self.secret()[1], canonical([purpose, *content]), "sha256")

    def _key(self, state: str) -> bytes | None:
        match = _STATE.fullmatch(state)
        if match is None:
            return None
        try:
            return self.secret(match[1])[1]
        except RecoveryError:
            return None
