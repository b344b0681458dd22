"""Proving oneself over one decision, behind the scenes of the commands that need it (R27, R28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starter.cli import passkey
from starter.cli.api_client import part
from starter.cli.asking import ask_secret
from starter.cli.errors import AnswerUnreadable, PasskeyElsewhere

if TYPE_CHECKING:
    from pathlib import Path

    from domain.acts import ActKind
    from starter.cli.api_client import Api, Json
    from starter.cli.context import Surroundings

_QUESTION = "A new code from your authenticator app, to sign this decision"


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


def prove(api: Api, here: Surroundings, path: str, asked: Json, *, authenticator: Path | None, question: str) -> Json:
    """Begin a step-up at this path over what is asked, and answer it; returns what the decision itself carries."""
    challenge = api.post(path, asked)
    if not isinstance(challenge.get("id"), str):
        raise AnswerUnreadable
    response = answer(challenge, authenticator=authenticator, origin=here.directory_origin, question=question)
    return {"id": challenge["id"], "response": response}


def decide(
    api: Api, here: Surroundings, case: str, kind: ActKind, decision: Json, *, to: str, authenticator: Path | None
) -> Json:
    """Prove oneself over exactly this decision in a case, then send it `to` its path; returns the answer."""
    asked = {"decision": {"kind": kind.value, **decision}}
    proof = prove(api, here, f"/cases/{part(case)}/step-ups", asked, authenticator=authenticator, question=_QUESTION)
    return api.post(f"/cases/{part(case)}/{to}", {**decision, "step_up": proof})
