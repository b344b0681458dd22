"""Proving oneself over one decision, behind the scenes of the commands that need it (R27, R28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starter.cli import passkey
from starter.cli.api_client import part
from starter.cli.asking import ask_secret
from starter.cli.errors import AnswerUnreadable, PasskeyElsewhere

if TYPE_CHECKING:
    from pathlib import Path

    from starter.cli.api_client import Api, Json


def answer(challenge: Json, *, authenticator: Path | None, origin: str, question: str) -> dict[str, Any]:
    """The person's answer to a challenge of the API: from the key file if there is one, else a code that is asked for.

    Raises `PasskeyElsewhere` where only a real passkey would do.
    """
    kinds = challenge.get("kinds")
    if not isinstance(kinds, list):
        raise AnswerUnreadable
    if authenticator is not None and "webauthn" in kinds:
        credential = passkey.assertion(authenticator, challenge.get("webauthn_options"), origin)
        return {"kind": "webauthn", "credential": credential}
    if "totp" not in kinds:
        raise PasskeyElsewhere
    return {"kind": "totp", "code": ask_secret(question)}


def prove(api: Api, case: str, decision: Json, *, authenticator: Path | None, origin: str) -> Json:
    """Begin a step-up over exactly this decision and answer it; returns what the decision's own request carries."""
    challenge = api.post(f"/cases/{part(case)}/step-ups", {"decision": decision})
    if not isinstance(challenge.get("id"), str):
        raise AnswerUnreadable
    question = "A new code from your authenticator app, to sign this decision"
    return {
        "id": challenge["id"],
        "response": answer(challenge, authenticator=authenticator, origin=origin, question=question),
    }
