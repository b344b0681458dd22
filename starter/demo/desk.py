"""Staff at the HTTP API, each with a session of their own; and what the API refuses."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import httpx2

from domain.acts import ActKind
from domain.messages import Phase
from starter.demo.stage import ExpectationFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starter.demo.cast import Person

PATIENCE_SECONDS = 30.0


class ApiRefused(Exception):
    """The API answered with a problem; `code` is its stable code and `body` the whole problem."""

    def __init__(self, code: str, status: int, body: dict[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.body = body


class Desk:
    """One member of staff in front of the API."""

    def __init__(self, person: Person, api_url: str, origin: str, tenant: str) -> None:
        self.person = person
        self.account_id = ""
        self._tenant = tenant
        self._origin = origin
        self._http = httpx2.AsyncClient(base_url=f"{api_url}/api/v1", timeout=30)

    async def __aenter__(self) -> Self:
        person = self.person
        started = await self.post("/sign-in", tenant=self._tenant, login=person.login, password=person.password)
        response = self.person.answer(started["kinds"], started["webauthn_options"], self._origin)
        session = await self.post(
            "/sign-in/finish", tenant=self._tenant, transaction=started["transaction"], response=response
        )
        self._http.headers["Authorization"] = f"Bearer {session['token']}"
        self.account_id = str(session["account_id"])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._http.aclose()

    @property
    def name(self) -> str:
        """The person's name."""
        return self.person.name

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        """POST with a fresh Idempotency-Key. Raises `ApiRefused`."""
        answer = await self._http.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
        return _checked(answer)

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET. Raises `ApiRefused`."""
        return _checked(await self._http.get(path, params=query))

    async def open(self, subject: Person, reason: str, compromised: str = "no") -> dict[str, Any]:
        """Open a case."""
        return await self.post(
            "/cases",
            subject=subject.login,
            reason=reason,
            cannot_complete_mfa=True,
            password_compromised=compromised,
            statement="Calls from a colleague's desk and cannot sign in",
        )

    async def case(self, case_id: str) -> dict[str, Any]:
        """The case as it stands."""
        return await self.get(f"/cases/{case_id}")

    async def until(self, case_id: str, *phases: Phase) -> dict[str, Any]:
        """Wait by long poll until the case is in one of these phases."""
        return await self.until_seen(case_id, lambda case: case["phase"] in phases and _is_settled(case))

    async def until_seen(
        self, case_id: str, wanted: Callable[[dict[str, Any]], bool], *, patience: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Wait by long poll until the case looks as wanted, for so many seconds. Raises `ExpectationFailed`."""
        deadline = time.monotonic() + patience
        seen = await self.case(case_id)
        while not wanted(seen):
            if time.monotonic() > deadline:
                raise ExpectationFailed(f"waited in vain, the case is in {seen['phase']} ({seen['code']})")
            seen = await self.get(f"/cases/{case_id}", after_version=seen["version"], wait=5)
        return seen

    async def verdict(self, case_id: str, method: str, **evidence: Any) -> dict[str, Any]:
        """Give a verified verdict with a step-up over exactly it."""
        content = {"verdict": "verified", "method": method, "evidence": evidence}
        step_up = await self.step_up(case_id, {"kind": ActKind.VERDICT, **content})
        return await self.post(f"/cases/{case_id}/verdicts", **content, step_up=step_up)

    async def presence(self, case_id: str, code: str) -> dict[str, Any]:
        """Enter the code that the subject reads out, with a step-up."""
        found = await self.post(f"/cases/{case_id}/presence-checks", code=code)
        step_up = await self.step_up(case_id, {"kind": ActKind.PRESENCE, "presence_id": found["presence_id"]})
        return await self.post(f"/cases/{case_id}/presence", presence_id=found["presence_id"], step_up=step_up)

    async def reset(self, case_id: str) -> dict[str, Any]:
        """Ask for the reset with a step-up over the plan."""
        return await self.post(
            f"/cases/{case_id}/reset", step_up=await self.step_up(case_id, {"kind": ActKind.EXECUTE})
        )

    async def step_up(self, case_id: str, decision: dict[str, Any], code: str | None = None) -> dict[str, Any]:
        """Prove a decision with the person's own factor, or with the given code."""
        asked = await self.post(f"/cases/{case_id}/step-ups", decision=decision)
        if code is not None:
            return {"id": asked["id"], "response": {"kind": "totp", "code": code}}
        return {
            "id": asked["id"],
            "response": self.person.answer(asked["kinds"], asked["webauthn_options"], self._origin),
        }


def _is_settled(case: dict[str, Any]) -> bool:
    """A case that acts have ended is closed for good once its outcome is written."""
    return case["phase"] != Phase.CLOSED or case["outcome"] is not None


async def refused_with(attempt: Any) -> str:
    """The code with which an attempt is refused. Raises `ExpectationFailed` if it succeeds."""
    try:
        await attempt
    except ApiRefused as refusal:
        return refusal.code
    raise ExpectationFailed("something that must be refused was allowed")


def _checked(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code >= httpx2.codes.BAD_REQUEST:
        try:
            body = answer.json()
        except ValueError:
            body = {}
        raise ApiRefused(str(body.get("code", f"http_{answer.status_code}")), answer.status_code, body)
    content: dict[str, Any] = answer.json() if answer.content else {}
    return content


async def shortly() -> None:
    """Give a loop of the product its turn between two looks."""
    await asyncio.sleep(0.1)
