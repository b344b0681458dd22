"""What tells two states apart: nothing that no rule reads. docs/model.md argues for each thing that is left out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from domain.account import AccountStatus
from domain.acts import ActKind, Verdict, VerdictBody, binding
from domain.messages import Phase
from tests.model.cast import Standing

if TYPE_CHECKING:
    from collections.abc import Hashable

    from domain.acts import Act
    from domain.case import Case
    from tests.model.state import Browser, State

_AGES = {
    ActKind.VERDICT: 97 * 3600.0,
    ActKind.PRESENCE: 600.0,
    ActKind.EXECUTE: 300.0,
    ActKind.NOTICE: 2 * 14_400.0,
    ActKind.DRAWN: 1200.0,
}
"""From this age on, in seconds, no rule tells one age of such an act from another; of the rest no age is read."""

_ORDERED = {
    ActKind.OBSERVATION: "barrier",
    ActKind.OBJECTION: "barrier",
    ActKind.RULING: "barrier",
    ActKind.SUSPENDED: "barrier",
    ActKind.LIFTED: "barrier",
    ActKind.HELD: "brake",
    ActKind.RELEASE: "brake",
    ActKind.DRAWN: "drawn",
}
"""Acts that are read in their order among those of the same name; all others as a set."""

_ONCE = frozenset({ActKind.PRESENCE, ActKind.EXECUTE})
_UNREAD = frozenset({ActKind.JUDGEMENT, ActKind.OPEN, ActKind.REPLANNED})
_STEERING = frozenset({"suspension_due", "lift_due", "enrolment_overdue"})
_SILENT_SECONDS = 120
_EVENTS_SECONDS = 30


class _Label(NamedTuple):
    track: str
    what: Hashable
    actor: str


def key(state: State, alike: frozenset[str] = frozenset()) -> Hashable:
    """States with the same key allow the same moves for ever. `alike` are exchangeable logins."""
    case = state.believed()
    if _is_over(state, case):
        return ("over", case.outcome, case.ending, _review_open(state), state.people, state.policy.version)
    labels = _labels(state, case)
    names = _names(state, labels, alike)
    tracks: dict[str, list[Hashable]] = {}
    for label in labels:
        tracks.setdefault(label.track, []).append((label.what, names.get(label.actor, label.actor)))
    people = tuple(sorted((names.get(one.removeprefix("person-"), one), how) for one, _, how in state.people))
    return (
        tuple((name, _set(found) if name == "set" else tuple(found)) for name, found in sorted(tracks.items())),
        _row(state, case),
        tuple((row.operation.key, row.state, row.result, row.id in state.commands) for row in state.operations),
        _provider(state, case),
        people,
        state.policy.version,
        state.used,
    )


def _is_over(state: State, case: Case) -> bool:
    """Ended without any effect: doors and worker have nothing left but the review of a break-glass."""
    return case.ending is not None and case.claimed_at is None and not state.operations


def _review_open(state: State) -> bool:
    kinds = {act.kind for act in state.acts}
    return ActKind.BREAK_GLASS in kinds and ActKind.REVIEW not in kinds


def _set(found: list[Hashable]) -> frozenset[tuple[Hashable, int]]:
    return frozenset(Counter(found).items())


def _names(state: State, labels: list[_Label], alike: frozenset[str]) -> dict[str, str]:
    """People who are alike are named by what they have done, so that it does not matter who of them it was."""
    if not alike:
        return {}
    done: dict[str, list[Hashable]] = {one: [] for one in alike}
    for label in labels:
        if label.actor in alike:
            done[label.actor].append((label.track, label.what))
    signed = sorted((hash(_set(what)), state.standing(f"person-{one}").value, one) for one, what in done.items())
    return {one: f"alike-{number}" for number, (_, _, one) in enumerate(signed)}


def _labels(state: State, case: Case) -> list[_Label]:
    """One label for each act that is read, in order."""
    granted = any(how is Standing.GRANTED_BY_AGENT for _, _, how in state.people)
    last = {(act.kind, act.plan_digest): act.seq for act in state.acts if act.kind in _ONCE}
    labels, barriers, verdicts = [], 0, 0
    for act in state.acts:
        kind = act.kind
        if kind in _UNREAD:
            continue
        actor = act.actor.account_id if act.actor else ""
        if kind in _ONCE and (act.seq <= case.spent_seq or act.seq < last[kind, act.plan_digest]):
            # It counts no more, but the approver who gave it has worked on the case.
            labels.append(_Label("set", kind.value, actor))
        elif kind is ActKind.VERDICT and _is_verified(act):
            verdicts += 1
            labels.append(_Label("set", (_what(state, act), barriers, verdicts if granted else 0), actor))
        elif kind is ActKind.VERDICT:
            barriers += 1
            labels.append(_Label("barrier", _what(state, act), actor))
        else:
            track = _ORDERED.get(kind, "set")
            barriers += track == "barrier"
            labels.append(_Label(track, _what(state, act), actor))
    return labels


def _is_verified(act: Act) -> bool:
    return isinstance(act.body, VerdictBody) and act.body.verdict is Verdict.VERIFIED


def _what(state: State, act: Act) -> Hashable:
    limit = _AGES.get(act.kind)
    age = 0.0 if limit is None else min(round((state.now - act.at).total_seconds()), limit)
    return (_content(act), age)


_CONTENTS: dict[int, tuple[Act, int]] = {}
_NUMBERS: dict[Hashable, int] = {}


def _content(act: Act) -> int:
    """A number for what the act says, whatever its time and place."""
    known = _CONTENTS.get(id(act))
    if known is None:
        proof = act.proof
        proved: Hashable = None
        if proof is not None:
            young = proof.factor_enrolled_at is not None and (act.at - proof.factor_enrolled_at).days
            proved = (proof.aal, round((act.at - proof.proved_at).total_seconds()), young, _fits(act))
        content = (act.body.model_dump_json(), act.plan_digest, proved)
        # Kept together with the act: an id is only good while its object lives.
        known = _CONTENTS[id(act)] = (act, _NUMBERS.setdefault(content, len(_NUMBERS)))
    return known[1]


def _fits(act: Act) -> bool:
    if act.proof is None or act.actor is None:
        return False
    wanted = binding(case_id=act.case_id, plan_digest=act.plan_digest, actor=act.actor, body=act.body)
    return act.proof.binding == wanted


def _row(state: State, case: Case) -> Hashable:
    step = state.step
    claimed = case.claimed_at is not None
    left = None if case.enrol_by is None else max(round((case.enrol_by - state.now).total_seconds()), 0)
    steering = None
    if step is not None:
        phase = Phase.VERIFICATION if step.phase.before(Phase.RESET) else step.phase
        steering = (phase, step.code if step.code in _STEERING else "", step.contain, step.outcome)
    return (
        case.plan.digest(), case.snapshot.backup_codes_left, case.policy.version, claimed, left, case.presence_id,
        case.wiped_at is not None, case.contained_at is not None, case.ending, case.outcome,
        None if claimed else round(state.at), steering,
    )  # fmt: skip


def _provider(state: State, case: Case) -> Hashable:
    account, claimed_at, enrolment = state.subject, case.claimed_at, state.subject.enrolment
    enrolled = enrolment and (
        enrolment.presence_id, enrolment.factor_id, enrolment.codes_issued, enrolment.password_chosen,
        enrolment.codes_issued_at is not None
        and (state.now - enrolment.codes_issued_at).total_seconds() > _EVENTS_SECONDS,
    )  # fmt: skip
    factors = tuple(
        (one.id, claimed_at is not None and one.enrolled_at is not None and one.enrolled_at < claimed_at)
        for one in account.factors
    )
    browsers = tuple((one.id, one.usable, one.confirmed, one.password, _silence(state, one)) for one in state.browsers)
    return (
        account.status is AccountStatus.ACTIVE, account.status is AccountStatus.LOCKED, account.held_by_recovery,
        account.person_id, account.roles, account.manager_id, account.enforcement, factors,
        tuple(one.id for one in account.contacts), account.sessions > 0, enrolled, browsers, state.effects,
    )  # fmt: skip


def _silence(state: State, browser: Browser) -> float | None:
    """For how long the browser has been silent; one that polls is something else than one silent since just now."""
    return None if browser.seen is None else min(round(state.at - browser.seen), _SILENT_SECONDS + 1)
