"""The pure rule: whose document it is, who was there, and when (R14)."""

# ruff: noqa: RUF001 - letters that are taken for others are what some of these tests are about

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import Act, Evidence, Method, ObservationBody, Verdict, VerdictBody
from domain.identity_document import DocumentCheck, judge, same_name
from domain.policy.observed import check_used_before, identity_document_observed
from tests.domain.builders import case

OPENED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NOW = OPENED + timedelta(minutes=20)


def code_of(display_name: str = "Kim Reyes", **facts: Any) -> str:
    """What is decided about a check with these facts."""
    known: dict[str, Any] = {
        "issuer": "https://provider.example",
        "subject": "s1",
        "trust_framework": "eidas",
        "assurance_level": "high",
        "document_type": "passport",
        "alive": True,
        "verified_at": OPENED + timedelta(minutes=10),
        "given_name": "Kim",
        "family_name": "Reyes",
    }
    check = DocumentCheck(**{**known, **facts})
    return judge(check, display_name=display_name, opened_at=OPENED, now=NOW).code


@pytest.mark.parametrize(
    ("given", "family", "display_name"),
    [
        ("Kim", "Reyes", "Kim Reyes"),
        ("KIM", "REYES", "Reyes, Kim"),
        ("Zoë", "Muñoz", "Zoe\u0308 Mun\u0303oz"),
        ("Anne-Marie", "O’Neill", "anne marie o'neill"),
        ("Jürgen", "Groß", "JÜRGEN GROSS"),
        ("Ли", "Ван", "ван ли"),
    ],
)
def test_the_same_words_are_the_same_name(given: str, family: str, display_name: str) -> None:
    """R14: order, case, composition of letters, hyphens and the kind of apostrophe make no difference."""
    assert code_of(display_name, given_name=given, family_name=family) == "allowed"


@pytest.mark.parametrize(
    ("given", "family", "display_name", "code"),
    [
        ("Kim", "Reyes", "Kim Reyes Santos", "name_mismatch"),
        ("Kim Alex", "Reyes", "Kim Reyes", "name_mismatch"),
        ("Kim", "Reyesson", "Kim Reyes", "name_mismatch"),
        ("Ki", "mReyes", "Kim Reyes", "name_mismatch"),
        ("Kim", "Kim", "Kim", "name_mismatch"),
        ("Kim", "Reyes", "Kim Kim Reyes", "name_mismatch"),
        ("Kim", "Réyes", "Kim Reyes", "name_looks_alike"),
        ("Kіm", "Reyes", "Kim Reyes", "name_looks_alike"),
        ("Kim", "Reyes", "Кіm Reyes", "name_looks_alike"),
        ("Rеyes", "Kim", "Kim Reyes", "name_looks_alike"),
        ("Kim\u200b", "Reyes", "Kim Reyes", "name_looks_alike"),
        ("Kim", "Reyes\u202e", "Kim Reyes", "name_looks_alike"),
        ("K1m", "Reyes", "K1m Reyes", "name_looks_alike"),
        ("Kim", "-", "Kim", "name_mismatch"),
        ("Kim", " ", "Kim", "name_looks_alike"),
        ("Kim Reyes", "'", "Kim Reyes '", "name_looks_alike"),
        ("x", "y", "", "name_mismatch"),
    ],
)
def test_everything_else_is_another_name(given: str, family: str, display_name: str, code: str) -> None:
    """R14, R04: no part, no superset, no look-alike, nothing invisible and no half a name passes."""
    assert code_of(display_name, given_name=given, family_name=family) == code


@given(st.text(max_size=40), st.text(max_size=40))
def test_names_are_compared_alike_both_ways(one: str, other: str) -> None:
    """R14: whatever texts there are, comparing them never fails and does not depend on which comes first."""
    assert same_name(one, other) == same_name(other, one)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"alive": False}, "liveness_missing"),
        ({"document_type": "utility_bill"}, "document_not_accepted"),
        ({"document_type": "Passport"}, "document_not_accepted"),
        ({"document_expires": date(2026, 11, 23)}, "document_expired"),
        ({"document_expires": date(2026, 11, 24)}, "allowed"),
        ({"verified_at": OPENED - timedelta(seconds=1)}, "check_before_case"),
        ({"verified_at": OPENED}, "allowed"),
        ({"verified_at": NOW + timedelta(seconds=60)}, "allowed"),
        ({"verified_at": NOW + timedelta(seconds=61)}, "check_in_future"),
    ],
)
def test_the_living_owner_lately_with_a_good_document(facts: dict[str, Any], code: str) -> None:
    """R14: liveness, kind and validity of the document, and a time within the case decide, to the second."""
    assert code_of(**facts) == code


def test_a_check_lasts_half_an_hour() -> None:
    """R14: the result of a check is taken for thirty minutes after it was made."""
    opened = NOW - timedelta(hours=2)
    facts = DocumentCheck(
        issuer="i", subject="s", trust_framework="t", assurance_level=None, document_type="passport", alive=True,
        given_name="Kim", family_name="Reyes", verified_at=NOW - timedelta(minutes=30),
    )  # fmt: skip
    late = timedelta(seconds=1)
    assert judge(facts, display_name="Kim Reyes", now=NOW, opened_at=opened).allowed
    assert judge(facts, display_name="Kim Reyes", now=NOW + late, opened_at=opened).code == "check_too_old"


def test_what_a_document_says_is_in_no_repr() -> None:
    """R44: an error or a log that shows a check shows no name, date or id of a person."""
    check = DocumentCheck(
        issuer="i", subject="sub-7", process="p-9", trust_framework="t", assurance_level=None, verified_at=NOW,
        document_type="passport", document_expires=date(2031, 5, 6), alive=True, given_name="Kim",
        family_name="Reyes", birthdate="1990-01-02",
    )  # fmt: skip
    shown = repr(check) + str(check)
    assert not [text for text in ("Kim", "Reyes", "1990", "2031", "sub-7", "p-9") if text in shown]


def act(seq: int, body: ObservationBody | VerdictBody) -> Act:
    """An act of some case."""
    return Act(id=uuid4(), case_id=uuid4(), seq=seq, at=NOW, actor=None, plan_digest="p", body=body)


def test_a_check_is_observed_once() -> None:
    """R14: only the passed check itself counts, and only until a verdict has relied on it."""
    of = case()
    passed = act(1, ObservationBody(event="identity_document.verified", event_id="c1"))
    failed = act(2, ObservationBody(event="identity_document.refused", event_id="c2"))
    evidence = Evidence(seen="Passport and face", reference="c1")
    used = act(3, VerdictBody(verdict=Verdict.UNCERTAIN, method=Method.IDENTITY_DOCUMENT, evidence=evidence))
    assert identity_document_observed(of, [passed, failed], "c1", NOW).allowed
    assert not identity_document_observed(of, [passed, failed], "c2", NOW).allowed
    assert not identity_document_observed(of, [], "c1", NOW).allowed
    assert not check_used_before([passed, failed], "c1")
    assert check_used_before([passed, failed, used], "c1")
