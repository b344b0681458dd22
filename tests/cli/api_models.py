"""What the API answers, made of its own models: a field that changes name or kind fails the command line's tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from domain.account import AccountStatus, ContactKind, FactorKind
from domain.acts import Brake, Method, Verdict, Waiver
from domain.case import Compromised, Reason
from domain.messages import Phase
from domain.people import Role, Tier
from domain.plan import Justification, OperationKind
from domain.ports import Sent
from domain.texts import Text
from service.case_view import (
    CaseSummary,
    CaseView,
    ContactView,
    FactorView,
    OperationView,
    PlanView,
    PresenceView,
    StatedView,
    SubjectName,
    SubjectView,
    VerdictView,
    VerificationView,
)
from service.course_view import CoolingOffView, DeadlineView, DrawnView, ObjectionView, WaiverView, WatchView
from service.policy import ProposalView
from service.reading import AccountSummary
from service.reviews import ReviewView
from service.tier_view import TierReason, TierReasonView
from starter.api.bodies import Me, SignedInPerson, SignInChallenge, StepUpChallenge
from tests.cli.stand_in import Foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

_Model = TypeVar("_Model", bound=BaseModel)

CASE_ID = UUID("9f3c1d2e-0000-4000-8000-000000000001")
STEP_UP = UUID("9f3c1d2e-0000-4000-8000-0000000000f1")
CHALLENGE = StepUpChallenge(
    id=STEP_UP, kinds=["totp"], webauthn_options=None, expires_at=datetime(2026, 11, 25, 10, tzinfo=UTC)
)
SIGN_IN = SignInChallenge(transaction="t-1", kinds=["totp"], webauthn_options=None)


def at(hour: int, minute: int = 0, *, day: int = 25) -> datetime:
    """A time on the day on which everything here happens, or on another one of November 2026, in UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def document(model: BaseModel) -> dict[str, Any]:
    """As it travels."""
    found: dict[str, Any] = model.model_dump(mode="json")
    return found


def changed(model: _Model, **changes: Any) -> _Model:
    """The same with other values, checked like the first ones; `a__b` is the field b of what a holds."""
    inner: dict[str, dict[str, Any]] = {}
    for name in [one for one in changes if "__" in one]:
        first, _, rest = name.partition("__")
        inner.setdefault(first, {})[rest] = changes.pop(name)
    found = {name: changed(getattr(model, name), **values) for name, values in inner.items()}
    return type(model).model_validate({**dict(model), **found, **changes})


def tampered(model: BaseModel, text: str, *places: str) -> Foreign:
    """The answer with `text` at these places, whatever the model would say: `subject.login`, `objections.0.kind`.

    So speaks a server that is no longer ours, or one that holds what others wrote, lone surrogates included.
    """
    content = document(model)
    for place in places:
        *way, last = (int(step) if step.isdigit() else step for step in place.split("."))
        where: Any = content
        for step in way:
            where = where[step]
        # Asked first: what is not there is a mistake of the test, or a field that the API no longer has.
        assert where[last] != text
        where[last] = text
    return Foreign(200, json.dumps(content).encode())


def problem(status: int, content: Mapping[str, object]) -> Foreign:
    """A refusal that no rule of ours has."""
    return Foreign(status, json.dumps(content).encode())


def case(**changes: Any) -> CaseView:
    """A case in which an approver has to verify the caller."""
    opened, expires = at(9), at(9, day=30)
    found = CaseView(
        id=CASE_ID,
        reference="R-1A2B-3C4D",
        tenant="acme",
        phase=Phase.VERIFICATION,
        code="verification_missing",
        next_step=Text("Verify the caller and record your verdict."),
        waiting_for="approver",
        outcome=None,
        tier=Tier.STANDARD,
        reason=Reason.LOST_PHONE,
        password_compromised=Compromised.NO,
        opened_at=opened,
        expires_at=expires,
        claimed_at=None,
        enrol_by=None,
        closed_at=None,
        version=3,
        subject=SubjectView(
            id="a-1",
            login="kim.reyes",
            display_name="Kim Reyes",
            status=AccountStatus.ACTIVE,
            backup_codes_left=0,
            factors=[],
            contacts=[
                ContactView(id="c-1", kind=ContactKind.DESK_PHONE, masked="+44 ••• 01", bound_since=at(0, day=1))
            ],
        ),
        agent_id="a-2",
        acting_admin_id="a-2",
        plan=PlanView(
            digest="d1",
            version=1,
            operations=[
                OperationView(
                    kind=OperationKind.WIPE_FACTORS,
                    target="f-1",
                    factor_kind=FactorKind.TOTP,
                    justification=Justification.FACTOR_LOST,
                    state=Sent.PLANNED,
                )
            ],
        ),
        verification=VerificationView(needs=Text("one strong method"), verdicts=[]),
        presence=PresenceView(confirmed=False),
        stated=StatedView(ticket=None, statement="lost on the ferry"),
        risks=[],
        notices=[],
        notices_failed=0,
        tier_because=[],
        cooling_off=CoolingOffView(
            seconds=14_400, until=None, over=False, code="verification_missing", default_seconds=14_400, waived=False
        ),
        demonstration=False,
        drawn=None,
        held=None,
        objections=[],
        waiver=None,
        review_open=False,
        suspended=False,
        watch=None,
        deadlines=[
            DeadlineView(what="expires", at=expires, sentence=Text("The case expires unless the reset has begun."))
        ],
    )
    return changed(found, **changes)


def factor() -> FactorView:
    """An app."""
    return FactorView(id="f", kind=FactorKind.TOTP, label="phone", enrolled_at=None)


def proposal() -> ProposalView:
    """A weaker policy that waits for its second administrator."""
    return ProposalView(
        id=UUID("9f3c1d2e-0000-4000-8000-0000000000a1"),
        state="proposed",
        base_version=1,
        weakens=["case_hours"],
        changes=["case_hours"],
        proposed_by="a-1",
        proposed_at=at(9),
        seconded_by=None,
        seconded_at=None,
        holds_from=None,
    )


def verdict() -> VerdictView:
    """A verdict that does not count."""
    return VerdictView(at=at(9), approver_id="a-9", method=Method.CALLBACK, verdict=Verdict.VERIFIED, counts=False)


def paused() -> CaseView:
    """A case with everything that an officer looks at."""
    return case(
        waiting_for="security",
        code="paused_by_objection",
        next_step="Find out who objected.",
        tier=Tier.PRIVILEGED,
        tier_because=[
            TierReasonView(code=TierReason.RECOVERED_LATELY, sentence=Text("This person was recovered lately."))
        ],
        held=Brake.PAIR,
        suspended=True,
        demonstration=True,
        cooling_off=CoolingOffView(
            seconds=4, until=None, over=False, code="notice_awaited", default_seconds=14_400, waived=False
        ),
        drawn=DrawnView(
            approvers=["a-9"], eligible=3, since=at(9), remind_at=at(9, 10), escalate_at=at(9, 20), mine=True
        ),
        objections=[
            ObjectionView(at=at(9, 5), contact_id="c-7", kind="email", open=True),
            ObjectionView(at=at(9, 2), contact_id="c-8", kind="mobile", open=False),
        ],
        waiver=WaiverView(
            waives=Waiver.STRONG_METHOD,
            at=at(9, 3),
            by="a-5",
            because="The harbour is dark",
            reviewed_at=None,
            reviewed_by=None,
        ),
        review_open=True,
        watch=WatchView(until=at(9, day=28), ended=False),
        deadlines=[DeadlineView(what="expires", at=at(9, day=28), sentence=Text("The case expires."))],
    )


def summary(found: CaseView) -> CaseSummary:
    """Its line in a list."""
    same = {name: getattr(found, name) for name in CaseSummary.model_fields if name != "subject"}
    subject = found.subject
    return CaseSummary(
        **same, subject=SubjectName(id=subject.id, login=subject.login, display_name=subject.display_name)
    )


def account(found: CaseView) -> AccountSummary:
    """The case's subject as a look-up shows them."""
    return AccountSummary(**dict(found.subject), tier=found.tier, open_case_id=found.id)


def review(because: str, *, by_you: bool = False) -> ReviewView:
    """A break-glass that nobody else has looked at."""
    found = case()
    return ReviewView(
        case_id=found.id,
        reference=found.reference,
        subject=summary(found).subject,
        tier=found.tier,
        outcome=None,
        waives=Waiver.COOLING_OFF,
        because=because,
        broken_by="a-5",
        waiting_since=at(9, 5),
        by_you=by_you,
    )


def signed_in(token: str) -> SignedInPerson:
    """A new session."""
    return SignedInPerson(**dict(me()) | {"token": token})


def me() -> Me:
    """Who is signed in."""
    return Me(tenant="acme", account_id="a-2", person_id="p-2", roles=[Role.AGENT], aal=2, expires_at=at(21))
