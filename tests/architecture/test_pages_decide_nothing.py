"""No template decides a right: what a page offers comes from the rules, by `service/offers.py` (D4)."""

from __future__ import annotations

import ast

import pytest
from jinja2 import Environment, nodes

from tests.architecture.sources import ROOT, Source, files, parse, sources

ENGINE = Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"], autoescape=True)
PERSONS = {"agent_id", "acting_admin_id", "proposed_by", "approver_id", "account_id", "person_id"}
"""Who a person is: whether it is the same person as another decides what they may do."""
STANDINGS = {"phase", "waiting_for", "claimed_at", "outcome", "state", "code"}
"""Where a case stands: it may choose words, but neither a form nor a button."""
DOING = ("<form", "<button", 'class="button"', "/cancel")
CALLS = {"one_button", "decision"}


def rights_in(text: str) -> list[int]:
    """The lines of a template that decide what its reader may do."""
    tree = ENGINE.parse(text)
    found = [node.lineno for node in tree.find_all(nodes.If) if _names(node.test) & STANDINGS and _does_something(node)]
    found += [node.lineno for node in tree.find_all(nodes.Compare) if _is_about_a_person(node)]
    found += [node.lineno for node in tree.find_all(nodes.Filter) if "select" in node.name and "me" in _names(node)]
    return sorted(set(found))


def _names(node: nodes.Node) -> set[str]:
    attributes, names = list(node.find_all(nodes.Getattr)), list(node.find_all(nodes.Name))
    attributes += [node] if isinstance(node, nodes.Getattr) else []
    return {one.attr for one in attributes} | {one.name for one in names}


def _is_about_a_person(node: nodes.Compare) -> bool:
    """Whether it compares the reader, roles, or one person with another; to look a name up by an id compares nobody."""
    names = _names(node)
    same = any(one.op in {"eq", "ne"} for one in node.ops)
    return bool(names & {"me", "roles"}) or (same and bool(names & PERSONS))


def _does_something(node: nodes.If) -> bool:
    """Whether what is shown under the condition sends something or leads on to it; a sentence does not."""
    words = " ".join(data.data for one in node.body for data in one.find_all(nodes.TemplateData))
    called = [call.node for one in node.body for call in one.find_all(nodes.Call)]
    names = {one.attr if isinstance(one, nodes.Getattr) else getattr(one, "name", "") for one in called}
    return any(one in words for one in DOING) or bool(names & CALLS)


def rights_in_code(source: Source) -> list[str]:
    """Where a page's own code compares the reader's roles, whose answer is a rule's."""
    # The tables of words say what a role is called, which gives nobody a right.
    if not source.path.startswith("starter/console/") or source.path == "starter/console/words.py":
        return []
    return [
        f"{source.path}:{node.lineno}"
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("actor.has"))
        or (isinstance(node, ast.BinOp | ast.Compare) and "actor.roles" in ast.unparse(node))
        or (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Role")
    ]


def test_no_page_decides_a_right() -> None:
    """D4: neither the menu nor a page asks for a role; each asks the rule that judges what is asked for there."""
    assert [line for source in sources() for line in rights_in_code(source)] == []


@pytest.mark.parametrize(
    "code",
    [
        "x = visit.session.actor.has(role)",
        "x = bool(actor.roles & STOPPERS)",
        "x = Role.ADMIN",
        "x = one in actor.roles",
    ],
)
def test_a_page_that_decides_is_seen(code: str) -> None:
    """Each way in which a page once decided is found, and what is shown of roles is not."""
    assert rights_in_code(parse("starter/console/pages/example.py", code))
    assert rights_in_code(parse("starter/console/pages/example.py", "roles = list(Role)")) == []


def test_no_template_decides_a_right() -> None:
    """D4: the number of conditions on roles, persons or phases that stand before something to do is nought."""
    templates = [name for name in files() if name.startswith("starter/") and name.endswith(".html")]
    assert templates
    assert [
        f"{name}:{line}" for name in templates for line in rights_in((ROOT / name).read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "{% if 'agent' in me.actor.roles %}x{% endif %}",
        "{% set mine = case.agent_id == me.actor.account_id %}",
        "{% if case.agent_id == person.id %}x{% endif %}",
        "{% if case.phase == 'presence' %}<form></form>{% endif %}",
        "{% if case.claimed_at is none %}{{ parts.one_button('/x', 'y') }}{% endif %}",
        "{{ 'yes' if 'security' in me.actor.roles else 'no' }}",
    ],
)
def test_a_template_that_decides_is_seen(text: str) -> None:
    """Each way in which a page once decided is found."""
    assert rights_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "{% if offer.is_open %}<form></form>{% endif %}",
        "{% if case.phase == 'presence' %}<p>It waits.</p>{% endif %}",
        "{{ me.actor.roles|sort|join(', ') }}",
    ],
)
def test_a_template_that_draws_is_free(text: str) -> None:
    """What the service has decided, and words by where a case stands, are a page's own."""
    assert rights_in(text) == []
