"""What R19 asks for in a case, as a value: how many people, methods, channels, and how many of the methods strong.

Asked by the judge and the doors (`domain.policy.verification`), when approvers are drawn (`domain.policy.drawing`), of
what an officer may waive (`domain.policy.officers`), and for the words on pages, in answers and in previews.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from domain.acts import Method, Waiver
from domain.people import Tier
from domain.policy.evidence import STRONG, channel
from domain.policy.independence import independent, method_of, person_of
from domain.texts import NOTHING, Text, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.acts import Act
    from domain.case import Case

PAIR = 2
"""The runbook's own number of methods (R19); what a tenant asks for beyond it is said in words."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What must be there before identity counts as verified (R19, R41).

    `people` is how many approvers give the verdicts. `apart` asks that two of the verdicts are by methods on different
    channels of which neither rests on the other's author; with two people these two verdicts are theirs. `methods` is
    the tenant's number of methods, above two each on a channel of its own; where `apart` is not asked for, a single
    strong method does for two. `strong` is how many of the methods are strong.
    """

    people: int
    apart: bool
    methods: int
    strong: int

    @property
    def channels(self) -> int:
        """On how many different channels the methods must be."""
        return max(self.methods, PAIR) if self.apart else self.methods

    @property
    def waivable(self) -> frozenset[Waiver]:
        """What break-glass can take away, because it is asked for (R39); the time to object always is."""
        asked = {
            Waiver.SECOND_PERSON: self.people > 1,
            Waiver.STRONG_METHOD: self.strong > 0,
            Waiver.SECOND_METHOD: self.apart or self.methods > 1,
            Waiver.COOLING_OFF: True,
        }
        return frozenset(one for one, is_asked in asked.items() if is_asked)

    def without(self, waiver: Waiver | None) -> Requirement:
        """What is left once an officer has waived this one thing (R39)."""
        match waiver:
            case Waiver.SECOND_PERSON:
                return replace(self, people=1)
            case Waiver.STRONG_METHOD:
                return replace(self, strong=max(self.strong - 1, 0))
            case Waiver.SECOND_METHOD:
                return replace(self, apart=False, methods=max(self.methods - 1, 1))
        return self

    def met_by(self, case: Case, group: Iterable[Act]) -> bool:
        """Whether exactly these verdicts are enough; a face on a screen alone never is (R14)."""
        verdicts = list(group)
        if all(method_of(act) is Method.VIDEO_CALL for act in verdicts):
            return False
        return self._strong_enough(verdicts) and self._enough_people(case, verdicts) and self._enough(case, verdicts)

    def in_words(self) -> Text:
        """The requirement as the agent and the approvers read it."""
        if self.people > 1:
            return joined([self._of_two_people(), self._more()])
        if self.methods == 1:
            return Text("one method (this tenant has lowered the standard)")
        if self.methods > PAIR:
            return Text("{wanted} methods on different channels (this tenant asks for more)", wanted=self.methods)
        return Text("one strong method, or two methods on different channels")

    def _of_two_people(self) -> Text:
        if self.strong > 1:
            return Text("two approvers, two methods on different channels, two of them strong")
        if self.strong == 1:
            return Text("two approvers, two methods on different channels, one of them strong")
        return Text("two approvers and two methods on different channels")

    def _more(self) -> Text:
        if self.methods <= PAIR:
            return NOTHING
        return Text("({wanted} methods on different channels in all: this tenant asks for more)", wanted=self.methods)

    def _strong_enough(self, verdicts: Sequence[Act]) -> bool:
        return len({method_of(act) for act in verdicts} & STRONG) >= self.strong

    def _enough_people(self, case: Case, verdicts: Sequence[Act]) -> bool:
        if self.people == 1 and not self.apart:
            return bool(verdicts)
        return any(
            (self.people == 1 or person_of(one) != person_of(other))
            and (not self.apart or independent(case, one, other))
            for one, other in combinations(verdicts, 2)
        )

    def _enough(self, case: Case, verdicts: Sequence[Act]) -> bool:
        if self.methods <= 1:
            return bool(verdicts)
        if self.methods == PAIR:
            one_is_strong = any(method_of(act) in STRONG for act in verdicts)
            return one_is_strong or any(independent(case, *pair) for pair in combinations(verdicts, 2))
        methods, channels = {method_of(act) for act in verdicts}, {channel(act) for act in verdicts}
        return len(methods) >= self.methods and len(channels) >= self.methods


def requirement_of(case: Case) -> Requirement:
    """What this case needs under its policy, before any waiver; more risk never needs less (R19).

    Under a raised threat the standard tier needs what the privileged one does, and that one a second strong
    method (R41).

    R19: Standard tier needs one strong method or two methods on different channels; privileged two people and two
    methods, one of them strong; a plan that resets the password two people and two methods on different channels.
    """
    privileged, raised = case.tier is Tier.PRIVILEGED, case.policy.raised_threat
    strict = privileged or raised
    two_people = strict or case.plan.choose_password
    return Requirement(
        people=2 if two_people else 1,
        apart=two_people,
        methods=case.policy.verification.standard_methods,
        strong=int(strict) + int(privileged and raised),
    )
