"""Risk signals: what stands out about a subject, said the same way to agent and approver (R8, R20, B10, B11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.account import Account, Contact, FormerContact
from domain.case import Risk, RiskCode
from domain.ids import case_reference
from domain.policy.brakes import SubjectHistory
from domain.policy.intake import COMPROMISE_SIGNALS
from domain.skeleton import look_alike
from domain.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.policy.document import Policy

UNKNOWN = "unknown"
MOST_NAMED = 5
"""So many look-alike accounts are named by id; the count says how many there are."""

SENTENCES = {
    RiskCode.CONTACT_CHANGED_LATELY: Text(
        "A contact point is new or was replaced lately, or nobody knows its age. The caller may be who changed it."
    ),
    RiskCode.MANAGER_CHANGED_LATELY: Text(
        "The manager was changed lately, or nobody knows since when they are the manager."
    ),
    RiskCode.LOOKALIKE_ACCOUNT: Text("Somebody else's account looks like this one. Compare the account ids."),
    RiskCode.AGENT_IS_LOOKALIKE: Text("Somebody who works on cases has a name that looks like the subject's."),
    RiskCode.FAILED_VERIFICATION_BEFORE: Text(
        "A verification of this person failed, or was objected to, not long ago."
    ),
    RiskCode.REPEATED_CASES: Text("This is not the first case about this person within the last weeks."),
    RiskCode.RECOVERED_LATELY: Text("This person was recovered within the last weeks already."),
    RiskCode.FACTOR_ENROLLED_LATELY: Text("A factor was enrolled in the last days. Ask who enrolled it."),
    RiskCode.PASSWORD_SIGNALS: Text("Signals speak for somebody else knowing the password."),
    RiskCode.PRIVILEGE_UNREADABLE: Text(
        "Whether this person administers anything cannot be read, so they count as if so."
    ),
    RiskCode.FEW_ELIGIBLE_APPROVERS: Text("Fewer people can verify this case than policy calls enough."),
    RiskCode.REOPENS_EXPIRED: Text(
        "This case takes up an earlier one, whose time to set up a new factor passed: the account was locked then."
    ),
    RiskCode.PLAN_CHANGED: Text(
        "What the plan was made from has changed since the case opened; older verdicts are void."
    ),
}
"""What each signal means to the human who reads it."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known when a case opens.

    `look_alikes` are account ids of other people with the same skeleton, `staff_alike` those of them who may verify,
    `eligible` how many approvers could verify the case.
    """

    subject: Account
    agent: Account | None
    history: SubjectHistory
    look_alikes: tuple[str, ...]
    staff_alike: tuple[str, ...]
    eligible: int


def risk_signals(known: Known, *, now: datetime, policy: Policy) -> tuple[Risk, ...]:
    """Everything that stands out, in the order of the codes; the same facts always give the same signals.

    R8: Facts are kept as they were at intake, and what stands out is shown to agent and approvers alike.
    """
    found = [
        *_contacts(known.subject, now, policy),
        *_manager(known.subject, now, policy),
        *_names(known),
        *_history(known.history, policy),
        *_factors(known.subject, now, policy),
        *_account(known.subject),
    ]
    if known.eligible < policy.verification.enough_approvers:
        facts: dict[str, str | int] = {"eligible": known.eligible, "enough": policy.verification.enough_approvers}
        found.append(Risk(code=RiskCode.FEW_ELIGIBLE_APPROVERS, facts=facts))
    order = list(RiskCode)
    return tuple(sorted(found, key=lambda one: order.index(one.code)))


def plan_changed(plan_version: int) -> tuple[Risk, ...]:
    """The signal of a case whose plan had to be made anew (R20)."""
    return (Risk(code=RiskCode.PLAN_CHANGED, facts={"version": plan_version}),) if plan_version > 1 else ()


def _contacts(subject: Account, now: datetime, policy: Policy) -> Iterator[Risk]:
    """Old and new by kind and instant, never by value; a replaced one without a successor is told too (B11)."""
    age = _lately(policy)
    quarantine = now - timedelta(days=policy.cooling_off.quarantine_days)
    former = sorted(
        (one for one in subject.former_contacts if one.replaced_at > quarantine), key=lambda one: one.replaced_at
    )
    for new in subject.contacts:
        if new.known_since is not None and new.known_since <= now - age:
            continue
        old = next((one for one in former if one.kind is new.kind), None)
        if old is not None:
            former.remove(old)
        yield _changed(new, old)
    for old in former:
        yield _changed(None, old)


def _changed(new: Contact | None, old: FormerContact | None) -> Risk:
    facts: dict[str, str | int] = {}
    if old is not None:
        facts |= {"old": old.kind.value, "replaced": old.replaced_at.isoformat()}
    if new is not None:
        facts |= {"new": new.kind.value, "since": _instant(new.known_since), "contact": new.id}
    return Risk(code=RiskCode.CONTACT_CHANGED_LATELY, facts=facts)


def _manager(subject: Account, now: datetime, policy: Policy) -> Iterator[Risk]:
    since = subject.manager_since
    if subject.manager_id is not None and (since is None or since > now - _lately(policy)):
        yield Risk(code=RiskCode.MANAGER_CHANGED_LATELY, facts={"since": _instant(since)})


def _names(known: Known) -> Iterator[Risk]:
    if known.look_alikes:
        facts: dict[str, str | int] = {
            "count": len(known.look_alikes),
            "accounts": ", ".join(known.look_alikes[:MOST_NAMED]),
        }
        yield Risk(code=RiskCode.LOOKALIKE_ACCOUNT, facts=facts)
    staff = list(known.staff_alike)
    if known.agent is not None and known.agent.id not in staff and _resemble(known.agent, known.subject):
        staff.append(known.agent.id)
    if staff:
        facts = {"count": len(staff), "accounts": ", ".join(staff[:MOST_NAMED])}
        yield Risk(code=RiskCode.AGENT_IS_LOOKALIKE, facts=facts)


def _resemble(one: Account, other: Account) -> bool:
    return look_alike(one.login, other.login) or look_alike(one.display_name, other.display_name)


def _history(history: SubjectHistory, policy: Policy) -> Iterator[Risk]:
    days = policy.brakes.subject_window.days
    if history.failed:
        yield Risk(code=RiskCode.FAILED_VERIFICATION_BEFORE, facts={"cases": history.failed, "days": days})
    if history.opened:
        yield Risk(code=RiskCode.REPEATED_CASES, facts={"cases": history.opened, "days": days})
    if history.reopens is not None:
        yield Risk(code=RiskCode.REOPENS_EXPIRED, facts={"case": case_reference(history.reopens)})
    if history.recovered:
        yield Risk(code=RiskCode.RECOVERED_LATELY, facts={"cases": history.recovered, "days": days})


def _factors(subject: Account, now: datetime, policy: Policy) -> Iterator[Risk]:
    young = now - timedelta(days=policy.verification.young_days)
    for one in subject.factors:
        if one.enrolled_at is not None and one.enrolled_at > young:
            facts: dict[str, str | int] = {
                "kind": one.kind.value,
                "factor": one.id,
                "enrolled": one.enrolled_at.isoformat(),
            }
            yield Risk(code=RiskCode.FACTOR_ENROLLED_LATELY, facts=facts)


def _account(subject: Account) -> Iterator[Risk]:
    if signals := sorted(COMPROMISE_SIGNALS & set(subject.signals)):
        yield Risk(code=RiskCode.PASSWORD_SIGNALS, facts={"signals": ", ".join(signals)})
    if subject.roles is None:
        yield Risk(code=RiskCode.PRIVILEGE_UNREADABLE)


def _lately(policy: Policy) -> timedelta:
    """The longer of the two ages that R16 asks for: what is shown is more than what is refused."""
    return timedelta(days=max(policy.verification.contact_age_days, policy.verification.privileged_contact_age_days))


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at else UNKNOWN
