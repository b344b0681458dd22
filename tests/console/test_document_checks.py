"""Checks of identity documents on the approver's page: a link that is shown once, then evidence (R14)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from compose.parts import stop_secret
from domain.acts import Verdict
from domain.identity_document import DocumentCheck
from service import identity_checks
from service.check_tokens import CheckTokens
from service.identity_checks import Ending, IdentityChecks, Returned
from tests.console.approving import SEEN, opened, path_of, verdicts_of
from tests.console.support import Desk, console_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World


class Verifier:
    """A provider in which Kim passes."""

    state = ""

    async def link(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the caller goes."""
        assert nonce
        assert verifier
        self.state = state
        return f"https://verify.example/?state={state}"

    async def result(self, *, code: str, nonce: str, verifier: str, now: datetime) -> DocumentCheck:
        """What it vouches for."""
        assert (code, bool(nonce), bool(verifier)) == ("code", True, True)
        return DocumentCheck(
            issuer="https://verify.example", subject="kim", trust_framework="eidas", assurance_level="substantial",
            document_type="passport", alive=True, verified_at=now, given_name="Kim",
            family_name="Reyes",
        )  # fmt: skip


async def test_a_check_is_started_passed_and_made_evidence(w: World, tmp_path: Path) -> None:
    """The link stands on one answer only; a form for the method is there once a check has passed."""
    provider = Verifier()
    checks = IdentityChecks(
        ledger=w.parts.ledger,
        tokens=CheckTokens(stop_secret(w.parts)),
        ring=w.outbox.deliver_now,
        new_id=uuid4,
        provider=provider,
    )
    case_id = await opened(w)
    cleo = await Desk(console_app(w, tmp_path, identity_checks=checks), w, "cleo").sit_down()
    page = await cleo.get(path_of(case_id, "verify"))
    assert not any(one.fields.get("form") == "identity_document" for one in page.forms)
    shown = await cleo.submit(page, path_of(case_id, "identity-check"))
    assert provider.state
    assert provider.state in shown.html
    page = await cleo.get(path_of(case_id, "identity-check"))
    assert page.path == path_of(case_id, "verify")
    assert provider.state not in page.html
    assert "Waiting for the caller" in page.text
    assert await identity_checks.returned(checks, Returned(provider.state, "code")) is Ending.FINISHED
    page = await cleo.get(path_of(case_id, "verify"))
    reference = page.form(path_of(case_id, "verify"), form="identity_document").fields["reference"]
    page = await cleo.submit(
        page,
        path_of(case_id, "verify"),
        having={"form": "identity_document"},
        what_seen=SEEN,
        verdict="verified",
    )
    assert page.title == "Sign your verdict"
    assert reference in page.text
    page = await cleo.prove(page, path_of(case_id, "prove"))
    assert page.path == path_of(case_id, "presence")
    assert await verdicts_of(w, case_id) == [Verdict.VERIFIED]
    await cleo.close()
