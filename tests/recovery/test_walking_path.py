"""One case from “I lost my phone” to a new factor, through real parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp
import pytest

from directory.errors import DirectoryError
from directory.records import SignInStarted, TotpResponse
from domain.acts import Method
from domain.audit import RECOVERY_SEQUENCE
from domain.messages import Outcome, Phase
from tests.support.refusals import coded

if TYPE_CHECKING:
    from tests.recovery.conftest import MakeWorld


async def test_lost_phone(make_world: MakeWorld) -> None:
    """R13 R27 R31 R35 R36 R43: verified, present and proved, the wipe happens once and the bound browser enrols."""
    async with make_world() as w:
        case_id = await w.open("ada", "kim")
        await w.until_phase(case_id, Phase.VERIFICATION)
        await w.verify(case_id, "cleo", Method.CALLBACK)
        await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
        await w.until_phase(case_id, Phase.PRESENCE)
        browser, code = await w.wait_in_browser("kim")
        await w.confirm_presence(case_id, "dev", code)
        await w.until_phase(case_id, Phase.STEP_UP)
        await w.execute(case_id, "ada")
        await w.until_phase(case_id, Phase.RE_ENROLMENT)

        enrolment = w.parts.directory.enrolment
        await enrolment.begin(browser)
        offer = await enrolment.offer_totp(browser)
        await enrolment.confirm_totp(browser, pyotp.TOTP(offer.secret).now())
        codes = await enrolment.issue_backup_codes(browser)
        case = await w.until_closed(case_id)

        assert case.outcome is Outcome.RECOVERED
        assert len(codes) == 10
        types = await w.audit_types(case_id)
        assert [one for one in types if one in RECOVERY_SEQUENCE] == list(RECOVERY_SEQUENCE)
        kim = w.people["kim"]
        started = await w.parts.directory.sign_in.start(w.tenant_id, kim.login, kim.password)
        assert isinstance(started, SignInStarted)
        with pytest.raises(DirectoryError, check=coded("wrong_code")):
            await w.parts.directory.sign_in.finish(started.transaction_id, TotpResponse(kim.totp_code()))
