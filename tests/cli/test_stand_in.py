"""The stand-in in front of which the command line is tested is the API as it is: what is not the API's fails (M15)."""

from __future__ import annotations

import pytest

from domain.errors import StepUpLocked
from service.case_view import CaseView
from starter.api.bodies import Cases
from starter.cli.api_client import Api
from starter.cli.errors import ApiRefused
from tests.cli.api_models import me
from tests.cli.conftest import TOKEN
from tests.cli.stand_in import HeardLater, StandIn


def test_a_place_that_the_api_has_not(api: StandIn) -> None:
    """Neither a path nor a method that the API lacks."""
    for method, path in (("GET", "/case/R-1"), ("POST", "/me")):
        with pytest.raises(AssertionError, match="the API has no"):
            api.tell(method, path, me())


def test_an_answer_that_the_place_does_not_give(api: StandIn, case: CaseView) -> None:
    """Another model, a refusal that is not documented there, a decision where nothing is decided."""
    for path, answer in (("/cases", case), ("/cases/R-1", Cases(cases=[])), ("/me", StepUpLocked())):
        with pytest.raises(AssertionError):
            api.tell("GET", path, answer)
    with pytest.raises(AssertionError):
        api.tell("POST", "/cases", HeardLater(case))


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "subject_withdrew", "note": "not a field"},
        {"reason": "no such reason"},
        {},
    ],
)
def test_a_body_that_the_api_would_not_take(api: StandIn, case: CaseView, body: dict[str, object]) -> None:
    """It is judged by the model that judges it in the product."""
    api.tell("POST", "/cases/R-1/cancel", case)
    with Api(api.url, token=TOKEN) as http:
        with pytest.raises(ApiRefused) as refused:
            http.post("/cases/R-1/cancel", body)
        assert refused.value.code == "invalid_request"
        assert http.post("/cases/R-1/cancel", {"reason": "subject_withdrew"})["id"] == str(case.id)


def test_a_question_that_the_api_does_not_know(api: StandIn) -> None:
    """A query parameter too many, or out of bounds, is refused as the product refuses it."""
    api.tell("GET", "/cases", Cases(cases=[]))
    with Api(api.url, token=TOKEN) as http:
        for parameters in ({"state": "maybe"}, {"limit": 0}, {"unheard_of": 1}):
            with pytest.raises(ApiRefused) as refused:
                http.get("/cases", **parameters)
            assert refused.value.code == "invalid_request"
        assert http.get("/cases") == {"cases": []}
