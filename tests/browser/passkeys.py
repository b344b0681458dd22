"""Chromium's virtual authenticator, plugged into one page: it makes new passkeys and may hold a sample person's."""

from __future__ import annotations

import base64
import itertools
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.async_api import CDPSession, Page

from starter.soft_authenticator import SoftAuthenticator

RP_ID = "localhost"
# A counter that went back would look like a cloned authenticator, so every page begins far above the one before.
_COUNTS = itertools.count(10_000, 10_000)


class VirtualAuthenticator:
    """A platform authenticator that verifies its user and always says yes."""

    def __init__(self, session: CDPSession, authenticator_id: str) -> None:
        self._session = session
        self._id = authenticator_id

    @classmethod
    async def plugged_into(cls, page: Page) -> VirtualAuthenticator:
        """One for this page."""
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable")
        made = await session.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        return cls(session, made["authenticatorId"])

    async def hold(self, key: SoftAuthenticator) -> None:
        """Hold a sample person's passkey, which it can then use as if it had made it."""
        private = ec.derive_private_key(key.private_value, ec.SECP256R1()).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        credential = {
            "credentialId": base64.b64encode(key.credential_id).decode(),
            "isResidentCredential": False,
            "rpId": RP_ID,
            "privateKey": base64.b64encode(private).decode(),
            "signCount": next_count(),
        }
        await self._session.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": credential})

    async def user_refuses(self) -> None:
        """From now on the person does not touch it."""
        await self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": False})

    async def credentials(self) -> list[dict[str, Any]]:
        """What it holds."""
        held = await self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        found: list[dict[str, Any]] = held["credentials"]
        return found


def next_count() -> int:
    """A counter above all that were used in this run."""
    return next(_COUNTS)
