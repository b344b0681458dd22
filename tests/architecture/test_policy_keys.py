"""A key of the policy is declared once, with rule, range, direction and meaning; everybody else reads that (R26)."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from domain.policy.document import KEYS, STEP_UP_REQUIRED, Policy
from domain.policy.keys import Key, leaves
from domain.policy.weakening import weakenings
from service.policy_file import write_toml
from starter.policy_keys import keys_of
from tests.architecture.sources import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

NO_KEYS = {"version"}
_RULE = re.compile(r"R\d{1,2}")


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every field of the policy that holds a value, by its dotted name."""
    for name, field in model.model_fields.items():
        table = field.annotation
        if isinstance(table, type) and issubclass(table, BaseModel):
            yield from fields_of(table, f"{name}.")
        else:
            yield prefix + name, field


def texts() -> Counter[str]:
    """How often each whole string stands in the product's code."""
    return Counter(
        node.value
        for source in sources()
        if source.package not in {"tests", "examples", "bench"}
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@pytest.mark.parametrize(("name", "field"), [one for one in fields_of(Policy) if one[0] not in NO_KEYS])
def test_a_key_has_exactly_one_declaration(name: str, field: FieldInfo) -> None:
    """R26: rule, meaning, direction and range stand at the field itself, and it has one of each."""
    assert [one for one in field.metadata if isinstance(one, Key)] == [KEYS[name]]
    assert _RULE.fullmatch(KEYS[name].rule)
    bounds = {limit: getattr(one, limit) for one in field.metadata for limit in ("ge", "le") if hasattr(one, limit)}
    assert (bounds.get("ge"), bounds.get("le")) == (KEYS[name].lowest, KEYS[name].highest)


def test_nobody_declares_a_key_beside() -> None:
    """R26: what a key means stands once in the code, and no table lists dotted names again."""
    found = texts()
    declared = Counter(str(one.meaning) for one in KEYS.values())
    assert {meaning: found[meaning] for meaning in declared} == declared
    assert {name: found[name] for name in KEYS if "." in name and found[name]} == {STEP_UP_REQUIRED: 1}


def test_every_user_reads_the_declaration() -> None:
    """R26: document, pages and the search for what is weaker know the same keys in the same words."""
    assert [one.name for one in keys_of(Policy())] == list(KEYS) == list(leaves(Policy()))
    document = write_toml(Policy())
    for one in keys_of(Policy()):
        declared = KEYS[one.name]
        assert (one.rule, one.meaning, one.lowest, one.highest) == (
            declared.rule,
            declared.meaning,
            declared.lowest,
            declared.highest,
        )
        assert f"# {declared.rule}: {declared.meaning} (default" in document


def test_a_number_at_its_weaker_end_weakens_nothing_more() -> None:
    """R26: a key whose range ends on the weaker side is compared by that same declaration."""
    softest = Policy.model_validate({"demonstration": True, "verification": {"young_days": 7, "standard_methods": 1}})
    assert weakenings(Policy(), softest) == ("demonstration", "verification.standard_methods")
