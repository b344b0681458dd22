"""The rules broken on purpose, one at a time: each must be caught by the invariant that is named with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import combinations
from typing import Any

from activities.reset import Resetting
from domain.account import FactorKind
from domain.plan import Justification, Operation, OperationKind, Plan, Stage
from domain.policy import (
    age,
    brakes,
    codes,
    cooling,
    doors,
    drawing,
    enrolment,
    evidence,
    judge,
    objections,
    observed,
    officers,
    presence,
    progress,
    read_back,
    requirement,
    standing,
    verification,
)
from domain.policy.cooling import CoolingOff
from domain.policy.decision import ALLOWED, Decision
from domain.policy.independence import independent
from tests.model import memo
from tests.model.explore import Exploration
from tests.model.worlds import WORLDS
from tests.model.worlds_short import SHORT

Rule = Callable[..., Any]
Change = tuple[Any, str, Callable[[Rule], Rule]]


@dataclass(frozen=True)
class Mutation:
    """A broken rule, the world and depth in which it shows, and the invariant that must catch it."""

    name: str
    changes: tuple[Change, ...]
    world: str
    depth: int
    invariant: str


def _forgives(*codes_of: str) -> Callable[[Rule], Rule]:
    """The rule, but for refusals with these codes; all of them where none is named."""

    def make(rule: Rule) -> Rule:
        def forgiving(*args: Any, **kwargs: Any) -> Decision:
            found: Decision = rule(*args, **kwargs)
            return ALLOWED if not codes_of or found.code in codes_of else found

        return forgiving

    return make


def _answers(answer: object) -> Callable[[Rule], Rule]:
    """A rule that answers this, whatever it is asked."""
    return lambda _: lambda *_args, **_kwargs: answer


def _once(owner: Any, name: str, make: Callable[[Rule], Rule]) -> tuple[Change, ...]:
    return ((owner, name, make),)


def _ageless(rule: Rule) -> Rule:
    """Asked as if no time had passed since the case opened."""
    return lambda case, acts, now: rule(case, acts, min([now, *(act.at for act in acts[-1:])]))


def _of_any_age(_: Rule) -> Rule:
    def complete(file: Any) -> Any:
        good = verification.counting(file)
        return file.now + timedelta(hours=1) if verification.enough(file.case, good) else None

    return complete


def _pairs(_: Rule) -> Rule:
    return lambda _self, case, verdicts: any(independent(case, *two) for two in combinations(verdicts, 2))


def _never(_: Rule) -> Rule:
    async def under_way(_self: object, _page: object) -> bool:
        return False

    return under_way


def _unspent(rule: Rule) -> Rule:
    return lambda case, acts, kind: rule(case.model_copy(update={"spent_seq": 0}), acts, kind)


def _as_confirmed(_: Rule) -> Rule:
    return lambda case, acts, _now: presence.latest_presence(case, acts)


def _today_is_yesterday(rule: Rule) -> Rule:
    return lambda file, said: rule(replace(file, policy=file.case.policy), said)


def _more_than_the_plan(rule: Rule) -> Rule:
    also = Operation(
        stage=Stage.RESET, kind=OperationKind.WIPE_FACTORS, target="f-2", factor_kind=FactorKind.TOTP,
        justification=Justification.FACTOR_LOST,
    )  # fmt: skip
    return lambda plan, stage: (*rule(plan, stage), *((also,) if stage is Stage.RESET else ()))


def _whoever_enrolled(rule: Rule) -> Rule:
    def asked(case: Any, account: Any) -> Decision:
        found = account.enrolment
        return rule(case if found is None else case.model_copy(update={"presence_id": found.presence_id}), account)  # type: ignore[no-any-return]  # a Decision

    return asked


def _never_expires(rule: Rule) -> Rule:
    return lambda case, acts, _now: rule(case, acts, case.opened_at)


MUTATIONS = (
    Mutation(
        "the agent may verify",
        _once(verification, "may_verify", _forgives("agent_cannot_approve")),
        "standard",
        2,
        "approver_is_apart",
    ),
    Mutation(
        "anybody may verify",
        _once(verification, "may_verify", _forgives("role_missing")),
        "standard",
        2,
        "approver_is_apart",
    ),
    Mutation(
        "the subject may verify",
        _once(verification, "may_verify", _forgives("own_case")),
        "privileged",
        2,
        "never_for_oneself",
    ),
    Mutation(
        "a failed verdict is overlooked",
        _once(verification, "denied", _answers(False)),
        "short",
        6,
        "disputed_or_denied_never_wipes",
    ),
    Mutation(
        "a doubt is overlooked", _once(verification, "uncertain", _answers(False)), "short", 6, "enough_fresh_verdicts"
    ),
    Mutation(
        "a cancel is overlooked",
        _once(progress, "_ended_without_reset", lambda _: lambda *_: None),
        "short",
        6,
        "a_stop_before_the_wipe_wins",
    ),
    Mutation(
        "two verdicts of one person do for two people",
        _once(requirement.Requirement, "_enough_people", _pairs),
        "password",
        5,
        "enough_fresh_verdicts",
    ),
    Mutation(
        "one method twice does for two",
        _once(requirement, "independent", _answers(True)),
        "password",
        5,
        "enough_fresh_verdicts",
    ),
    Mutation(
        "verdicts never grow stale",
        _once(verification, "complete_until", _of_any_age),
        "short",
        6,
        "enough_fresh_verdicts",
    ),
    Mutation(
        "whoever lost the role still counts",
        _once(verification, "still_approver", _answers(True)),
        "roles",
        6,
        "enough_fresh_verdicts",
    ),
    Mutation("young roles count", _once(standing, "stands", _forgives()), "people", 2, "no_young_role"),
    Mutation(
        "young factors prove", _once(standing, "factor_is_old_enough", _forgives()), "standard", 2, "no_young_role"
    ),
    Mutation(
        "the lost phone's number proves",
        _once(evidence, "number_is_trustworthy", _forgives()),
        "weak methods",
        2,
        "refused_evidence_never_counts",
    ),
    Mutation(
        "knowledge questions prove",
        _once(evidence, "method_is_evidence", _forgives()),
        "weak methods",
        2,
        "refused_evidence_never_counts",
    ),
    Mutation(
        "a factor's sign-in is believed unseen",
        _once(observed, "working_factor_observed", _forgives()),
        "observed methods",
        2,
        "refused_evidence_never_counts",
    ),
    Mutation(
        "a factor enrolled meanwhile works",
        _once(age, "is_old_enough", _answers(True)),
        "later factor",
        4,
        "refused_evidence_never_counts",
    ),
    Mutation(
        "nobody cools off",
        _once(cooling, "cooling_off", lambda _: lambda file: CoolingOff(0, file.case.opened_at, "")),
        "weak and short",
        6,
        "no_claim_within_cooling_off",
    ),
    Mutation(
        "any channel's notice counts",
        _once(
            cooling, "clean_channels", lambda _: lambda case, *_: frozenset(one.id for one in case.snapshot.contacts)
        ),
        "weak and short",
        7,
        "no_claim_within_cooling_off",
    ),
    Mutation("proofs are not asked for", _once(doors, "is_proved", _forgives()), "standard", 2, "own_step_up"),
    Mutation(
        "a proof of something else does",
        _once(doors, "_fits", _forgives("step_up_mismatch")),
        "standard",
        2,
        "own_step_up",
    ),
    Mutation(
        "the acting admin's proof never grows old",
        _once(presence, "valid_step_up", _ageless),
        "short",
        6,
        "acting_admin_has_just_proved",
    ),
    Mutation(
        "any agent may execute",
        _once(presence, "may_execute", _forgives("not_the_acting_admin")),
        "standard",
        5,
        "acting_admin_has_just_proved",
    ),
    Mutation(
        "the presence never grows old",
        _once(presence, "valid_presence", _as_confirmed),
        "short",
        7,
        "presence_is_never_waived",
    ),
    Mutation(
        "a silent browser will do",
        _once(presence, "browser_still_waits", _forgives()),
        "crashes: wipe",
        2,
        "presence_is_never_waived",
    ),
    Mutation("a brake does not hold", _once(brakes, "held", _answers(None)), "held", 4, "no_claim_while_held"),
    Mutation(
        "the tenant's brake is never asked",
        _once(brakes, "wipe_brakes", _answers([])),
        "busy tenant",
        4,
        "no_claim_while_held",
    ),
    Mutation(
        "objections are overlooked",
        _once(objections, "open_objections", _answers([])),
        "objections",
        5,
        "no_claim_while_objected",
    ),
    Mutation(
        "an upheld objection is overlooked",
        _once(objections, "upheld", _answers(False)),
        "disputes",
        7,
        "disputed_or_denied_never_wipes",
    ),
    Mutation(
        "a changed plan will do", _once(judge, "plan_still_fits", _forgives()), "ready", 2, "plan_is_what_was_read"
    ),
    Mutation(
        "a disabled account will do", _once(judge, "subject_is_there", _forgives()), "ready", 2, "subject_is_who_it_was"
    ),
    Mutation(
        "an administrator since will do",
        _once(judge, "_still_of_this_tier", _forgives()),
        "ready",
        2,
        "subject_is_who_it_was",
    ),
    Mutation(
        "only the old policy is judged", _once(judge, "judge", _today_is_yesterday), "ready", 2, "enough_fresh_verdicts"
    ),
    Mutation(
        "a half-done reset is judged again",
        _once(Resetting, "_under_way", _never),
        "crashes: wipe",
        3,
        "forward_once_begun",
    ),
    Mutation(
        "what was refused counts again", _once(presence, "_unspent", _unspent), "refused", 4, "presence_is_never_waived"
    ),
    Mutation(
        "anybody verifies instead of who was drawn",
        _once(drawing, "is_assigned", _forgives()),
        "drawn",
        2,
        "only_drawn_approvers",
    ),
    Mutation(
        "codes need not come first",
        _once(codes, "codes_hold_the_case", _answers(False)),
        "backup codes",
        5,
        "codes_come_first",
    ),
    Mutation(
        "officers may be parties",
        _once(officers, "_is_officer", _forgives("officer_is_a_party")),
        "objections",
        3,
        "officers_are_no_parties",
    ),
    Mutation(
        "who broke the glass may review it",
        _once(officers, "_review_is_open", _forgives("own_break_glass")),
        "break-glass",
        3,
        "break_glass_is_strong_and_single",
    ),
    Mutation(
        "the glass may be broken twice",
        _once(officers, "_first_waiver", _forgives()),
        "break-glass",
        3,
        "break_glass_is_strong_and_single",
    ),
    Mutation(
        "the begun reset can be cancelled",
        _once(doors, "_not_claimed", _forgives()),
        "crashes: wipe",
        2,
        "told_that_it_has_begun",
    ),
    Mutation("an ended case goes on", _once(doors, "_still_open", _forgives()), "standard", 3, "ended_stays_ended"),
    Mutation(
        "containment needs no verdict",
        _once(verification, "permits_containment", lambda _: lambda file: file.case.hostile)
        + _once(judge, "_containment_is_due", _forgives("containment_not_due")),
        "hostile",
        3,
        "containment_needs_one_verdict",
    ),
    Mutation(
        "the claim plans more than the plan",
        _once(Plan, "stage", _more_than_the_plan),
        "crashes: wipe",
        2,
        "nothing_outside_the_plan",
    ),
    Mutation(
        "later factors are removed too",
        _once(Plan, "stage", _more_than_the_plan),
        "crashes: wipe",
        2,
        "later_factors_are_left_alone",
    ),
    Mutation(
        "factors that slipped in are overlooked",
        _once(read_back, "unjudged_factors", _answers([])),
        "slipped in",
        5,
        "recovered_means_complete",
    ),
    Mutation(
        "whoever enrols will do",
        _once(enrolment, "_factor_enrolled", _whoever_enrolled),
        "enrolment: wipe",
        3,
        "only_the_bound_browser_enrols",
    ),
    Mutation(
        "any kind of factor will do",
        _once(enrolment, "_factor_enrolled", _forgives("factor_not_allowed")),
        "enrolment: wipe",
        3,
        "recovered_means_complete",
    ),
    Mutation(
        "the window is always closed",
        _once(enrolment, "window_closed", _answers(True)),
        "enrolment: wipe",
        3,
        "locked_only_when_due",
    ),
    Mutation(
        "a suspension lifts by itself",
        _once(objections, "lift_due", lambda _: lambda file: objections.suspended(file.acts)),
        "suspension: wipe",
        4,
        "enabled_only_when_due",
    ),
    Mutation(
        "a case never expires",
        _once(progress, "_ended_without_reset", _never_expires),
        "short",
        1,
        "every_case_can_end",
    ),
)


@contextmanager
def broken(mutation: Mutation) -> Iterator[None]:
    """The rules with this one broken."""
    undo: list[Callable[[], None]] = []
    memo.clear()
    try:
        for owner, name, make in mutation.changes:
            old = getattr(owner, name)
            new = make(old)
            if isinstance(owner, type):
                setattr(owner, name, new)
                undo.append(partial(setattr, owner, name, old))
            else:
                memo.exchange(old, new)
                undo.append(partial(memo.exchange, new, old))
        yield
    finally:
        for step in reversed(undo):
            step()
        memo.clear()


def caught(mutation: Mutation, *, seconds: float | None = None) -> bool:
    """Whether the invariant named with it notices the broken rule."""
    world = next(one for one in (*WORLDS, *SHORT) if one.name == mutation.world)
    with broken(mutation):
        search = Exploration(replace(world, depth=mutation.depth), stop_at=mutation.invariant, seconds=seconds)
        return any(one.invariant == mutation.invariant for one in search.run().violations)
