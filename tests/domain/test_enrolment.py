"""When the subject counts as recovered (R12, R29, R30, R35 to R38)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account import Account, Enrolment, Factor, FactorKind
from domain.acts import ObservationBody
from domain.case import Case
from domain.policy.enrolment import LAST_EVENT, enrolment_complete, events_awaited, window_closed
from tests.domain.builders import BROWSER, HOSTILE, TOTP, WITH_PASSWORD, account, act, after, case

NEW = Factor(id="f-new", kind=FactorKind.TOTP, label="New phone", enrolled_at=after(hours=1))
UNTIL = after(hours=1, minutes=15)


def wiped(**changes: object) -> Case:
    """A case after the wipe."""
    return case(claimed_at=after(hours=1), enrol_by=UNTIL, wiped_at=after(hours=1), presence_id=BROWSER, **changes)  # type: ignore[arg-type]


def enrolled(factors: tuple[Factor, ...] = (NEW,), **changes: object) -> Account:
    """The account when the bound browser has done everything."""
    facts: dict[str, object] = {
        "presence_id": BROWSER,
        "until": UNTIL,
        "factor_id": "f-new",
        "factor_kind": FactorKind.TOTP,
        "codes_issued": True,
        "codes_issued_at": after(hours=1, minutes=5),
        "password_chosen": True,
    }
    return account(factors=factors, enrolment=Enrolment.model_validate(facts | changes))


def test_everything_done_is_recovered() -> None:
    """R35: factor, codes and, where asked, password: recovered, plain and hostile alike."""
    for stated in (None, HOSTILE, WITH_PASSWORD):
        assert enrolment_complete(wiped(stated=stated), enrolled()).allowed


@pytest.mark.parametrize(
    ("after_wipe", "code"),
    [
        (account(factors=(NEW,)), "factor_awaited"),
        (enrolled(presence_id="browser-2"), "factor_awaited"),
        (enrolled(factor_id=None, factor_kind=None), "factor_awaited"),
        (enrolled(factors=()), "factor_awaited"),
        (enrolled(factors=(TOTP,)), "factor_awaited"),
        (enrolled(factors=(TOTP,), factor_id=TOTP.id), "factor_awaited"),
        (enrolled(codes_issued=False), "codes_awaited"),
    ],
)
def test_what_is_missing_is_awaited(after_wipe: Account, code: str) -> None:
    """R12, R31, R36: the bound browser's own new factor, present at the provider, and new codes."""
    assert enrolment_complete(wiped(), after_wipe).code == code


@pytest.mark.parametrize("stated", [HOSTILE, WITH_PASSWORD])
def test_replaced_password_must_be_chosen(stated: object) -> None:
    """R29, R30, R32: where the plan resets the password the subject has chosen one; a plain wipe asks for none."""
    assert enrolment_complete(wiped(stated=stated), enrolled(password_chosen=False)).code == "password_awaited"
    assert enrolment_complete(wiped(), enrolled(password_chosen=False)).allowed


@pytest.mark.parametrize("kind", [one for one in FactorKind if one not in {FactorKind.TOTP, FactorKind.WEBAUTHN}])
def test_kind_must_be_allowed(kind: FactorKind) -> None:
    """R38: by what the factor is, whatever the enrolment says of it, and the other way round."""
    weak = NEW.model_copy(update={"kind": kind})
    assert enrolment_complete(wiped(), enrolled((weak,))).code == "factor_not_allowed"
    assert enrolment_complete(wiped(), enrolled(factor_kind=kind)).code == "factor_not_allowed"


def test_case_without_a_bound_browser_is_never_complete() -> None:
    """R36: no browser was bound, so nobody's enrolment counts."""
    of = wiped().model_copy(update={"presence_id": None})
    assert not enrolment_complete(of, enrolled()).allowed


def test_window_closes_to_the_instant() -> None:
    """R37: at `enrol_by`, not after it."""
    assert not window_closed(wiped(), UNTIL - timedelta(microseconds=1))
    assert window_closed(wiped(), UNTIL)
    assert not window_closed(case(), UNTIL)


def test_events_are_awaited_half_a_minute_at_most() -> None:
    """R43: the last event of the sequence is waited for, and its loss holds nobody up."""
    issued = after(hours=1, minutes=5)
    seen = act(wiped(), ObservationBody(event=LAST_EVENT, event_id="e"), None, issued)
    assert events_awaited(enrolled(), [], issued + timedelta(seconds=30))
    assert not events_awaited(enrolled(), [], issued + timedelta(seconds=31))
    assert not events_awaited(enrolled(), [seen], issued)
    assert not events_awaited(account(), [], issued)


@given(
    browser=st.sampled_from([BROWSER, "browser-2"]),
    factor=st.sampled_from(["f-new", "f-totp", None]),
    kind=st.none() | st.sampled_from(FactorKind),
    there=st.lists(st.sampled_from([NEW, TOTP]), unique_by=lambda one: one.id),
    codes=st.booleans(),
    chosen=st.booleans(),
    with_password=st.booleans(),
)
def test_complete_exactly_if_each_part_is(
    *,
    browser: str,
    factor: str | None,
    kind: FactorKind | None,
    there: list[Factor],
    codes: bool,
    chosen: bool,
    with_password: bool,
) -> None:
    """R30, R35, R38: said once more in plain words."""
    seen = enrolled(
        tuple(there),
        presence_id=browser,
        factor_id=factor,
        factor_kind=kind,
        codes_issued=codes,
        password_chosen=chosen,
    )
    assert enrolment_complete(wiped(stated=WITH_PASSWORD if with_password else None), seen).allowed == (
        browser == BROWSER
        and factor == "f-new"
        and NEW in there
        and kind in {FactorKind.TOTP, FactorKind.WEBAUTHN}
        and codes
        and (chosen or not with_password)
    )
