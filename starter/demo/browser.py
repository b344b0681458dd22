"""A subject's browser at the directory's own origin; a thief's is just another one."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Self

import httpx2
import pyotp

from starter.demo.desk import ApiRefused, _checked
from starter.demo.stage import ExpectationFailed, expect

if TYPE_CHECKING:
    from types import TracebackType

    from starter.demo.cast import Person

PATIENCE_SECONDS = 30.0


class Browser:
    """One browser with its own cookies."""

    def __init__(self, directory_url: str, tenant: str) -> None:
        self._tenant = tenant
        self._http = httpx2.AsyncClient(base_url=f"{directory_url}/api", timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        """POST JSON. Raises `ApiRefused`."""
        return _checked(await self._http.post(path, json=body))

    async def get(self, path: str) -> dict[str, Any]:
        """GET. Raises `ApiRefused`."""
        return _checked(await self._http.get(path))

    async def wait_for_help(self, person: Person, *, with_password: bool = True) -> str:
        """Start to wait; returns the code that the page shows (R36)."""
        password = {"password": person.password} if with_password else {}
        shown = await self.post("/presence", tenant=self._tenant, login=person.login, **password)
        return str(shown["code"])

    async def presence_state(self) -> str:
        """What the waiting page says."""
        return str((await self.get("/presence"))["state"])

    async def until_let_on(self) -> None:
        """Wait until this browser may enrol."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (state := await self.presence_state()) != "go_on":
            if time.monotonic() > deadline:
                raise ExpectationFailed(f"the browser waits in vain: {state}")
            await asyncio.sleep(0.1)

    async def enrol(self, person: Person, *, new_password: str | None = None) -> list[str]:
        """Go on as a new user would: password if one is due, app, codes. Returns the new backup codes."""
        await self.post("/enrolment/begin")
        if new_password is not None:
            await self.post("/enrolment/password", password=new_password)
            person.password = new_password
        offered = await self.post("/enrolment/totp")
        person.totp, person.last_step = offered["secret"], 0
        await self.post("/enrolment/totp/confirm", code=person.totp_code(), label="New phone")
        person.backup_codes = (await self.post("/enrolment/backup-codes"))["codes"]
        expect("new backup codes", seen=len(person.backup_codes), wanted=10)
        return person.backup_codes

    async def finish(self) -> None:
        """The codes are saved; waits until the account is open again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (await self.post("/enrolment/finish"))["state"] != "signed_in":
            if time.monotonic() > deadline:
                raise ExpectationFailed("the enrolment was not finished")
            await asyncio.sleep(0.1)

    async def sign_in(self, person: Person, response: dict[str, Any], **options: bool) -> None:
        """Sign in with the password and this second factor. Raises `ApiRefused`."""
        started = await self.post("/sign-in", tenant=self._tenant, login=person.login, password=person.password)
        await self.post("/sign-in/finish", transaction=started["transaction"], response=response, **options)

    async def attempt(self, path: str, **body: Any) -> str:
        """The code with which the directory refuses; `ExpectationFailed` if it does not."""
        try:
            await self.post(path, **body)
        except ApiRefused as refusal:
            return refusal.code
        raise ExpectationFailed(f"{path} must be refused here")

    async def sign_in_refusal(self, login: str, password: str, response: dict[str, Any] | None = None) -> str:
        """How the directory refuses this sign-in, at the password or at the factor."""
        try:
            started = await self.post("/sign-in", tenant=self._tenant, login=login, password=password)
            if response is None:
                return "second_factor_wanted"
            await self.post("/sign-in/finish", transaction=started["transaction"], response=response)
        except ApiRefused as refusal:
            return refusal.code
        raise ExpectationFailed("this sign-in must be refused")


def old_code(seed: str) -> dict[str, Any]:
    """A present code of an authenticator app that should be dead."""
    return {"kind": "totp", "code": pyotp.TOTP(seed).now()}
