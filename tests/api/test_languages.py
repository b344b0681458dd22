"""Problems are told in the language that a request asks for; their codes are the same in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.world import opening

if TYPE_CHECKING:
    from tests.api.world import ApiWorld

NOBODY = "3f2b8c1e-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("header", "missing", "without_key"),
    [
        (None, "There is no such case.", "Every POST needs a header Idempotency-Key."),
        ("fr, de;q=0.2", "Es gibt keinen solchen Fall.", "Jedes POST braucht einen Header Idempotency-Key."),
        ("de-AT", "Es gibt keinen solchen Fall.", "Jedes POST braucht einen Header Idempotency-Key."),
        ("en, de;q=0.9", "There is no such case.", "Every POST needs a header Idempotency-Key."),
    ],
)
async def test_a_refusal_speaks_the_readers_language(
    header: str | None, missing: str, without_key: str, world: ApiWorld
) -> None:
    """RFC 9457 §3.1.4: `detail` is for people, so it is in their language where they say which; English else."""
    headers = {"Accept-Language": header} if header else {}
    caller = await world.signed_in("ada")
    answer = await caller.http.get(f"/cases/{NOBODY}", headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (404, "case_not_found", missing)
    refused = await caller.http.post("/cases", json=opening("kim.reyes"), headers=headers)
    assert (refused.status_code, refused.json()["detail"]) == (400, without_key)
    assert refused.json()["code"] == "idempotency_key_missing"


async def test_errors_of_a_policy_document_too(world: ApiWorld) -> None:
    """R26: what is wrong with it, line by line."""
    caller = await world.signed_in("ada")
    body = {"document": "case_hours = 0"}
    english = await caller.post("/policy/check", body)
    german = await caller.post("/policy/check", body, headers={"Accept-Language": "de"})
    assert english.json()["errors"][0]["code"].startswith("It must be a whole number")
    assert german.json()["errors"][0]["code"].startswith("Es muss eine ganze Zahl")
