"""The rules of this repository about single files, which no general tool knows."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import ROOT, Source, files, imports, parse, sources

LINE_LIMIT = 500
SUFFIXES_WITH_LIMIT = (".py", ".sql", ".css", ".js", ".html")
MAY_READ_ENVIRONMENT = {"settings.py"}
FREE_OF_ENVIRONMENT_RULE = {"tests", "bench", "examples"}
NAMED_DECORATORS = {
    ("activity", "defn"),
    ("workflow", "defn"),
    ("workflow", "signal"),
    ("workflow", "update"),
    ("workflow", "query"),
}


def missing_module_docstring(source: Source) -> list[str]:
    """Files that do not open with a sentence."""
    return [] if ast.get_docstring(source.tree) else [f"{source.path} has no docstring"]


def undocumented_tests(source: Source) -> list[str]:
    """Tests without a docstring of exactly one line."""
    if source.package != "tests":
        return []
    return [
        f"{source.path}:{node.lineno} {node.name}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len((ast.get_docstring(node) or "").splitlines()) != 1
    ]


def environment_reads(source: Source) -> list[str]:
    """Reads of the process environment, by whatever name, outside settings.py."""
    if source.path in MAY_READ_ENVIRONMENT or source.package in FREE_OF_ENVIRONMENT_RULE:
        return []
    names = {"environ", "environb", "getenv", "getenvb"}
    found = [
        f"{source.path}:{node.lineno} reads os.{node.attr}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    for line, name in imports(source):
        if (name.startswith("os.") and name.removeprefix("os.") in names) or name.startswith("temporalio.envconfig"):
            found.append(f"{source.path}:{line} reads {name}")
    return found


def unnamed_registrations(source: Source) -> list[str]:
    """Temporal registrations whose wire name would change with the function's name."""
    if source.package not in {"activities", "workflows"}:
        return []
    found = []
    for node in ast.walk(source.tree):
        for decorator in getattr(node, "decorator_list", []):
            call = decorator if isinstance(decorator, ast.Call) else None
            target = call.func if call else decorator
            if not (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)):
                continue
            if (target.value.id, target.attr) not in NAMED_DECORATORS:
                continue
            if not call or not {"name", "dynamic"} & {keyword.arg for keyword in call.keywords}:
                found.append(f"{source.path}:{decorator.lineno} @{target.value.id}.{target.attr} has no name=")
    return found


def aliased_registrations(source: Source) -> list[str]:
    """Imports that would hide a registration from `unnamed_registrations`."""
    if source.package not in {"activities", "workflows"}:
        return []
    hidden = {f"temporalio.{module}.{name}" for module, name in NAMED_DECORATORS}
    return [f"{source.path}:{line} imports {name} by itself" for line, name in imports(source) if name in hidden]


def hand_made_events(source: Source) -> list[str]:
    """Audit events that are put together elsewhere than in domain/events.py, which says who stands behind each."""
    if source.path == "domain/events.py" or source.package in {"tests", "bench"}:
        return []
    local = {
        alias.asname or alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "domain.audit"
        for alias in node.names
        if alias.name == "AuditEvent"
    } | {"AuditEvent"}
    return [
        f"{source.path}:{node.lineno} makes an AuditEvent by hand"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and local & set(ast.unparse(node.func).split("."))
    ]


def people_left_out(source: Source) -> list[str]:
    """Parameters that let a rule be asked without the people in a case as they are now (adr/0017)."""
    if source.package in {"tests", "bench"}:
        return []
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            plain = [*node.args.posonlyargs, *node.args.args]
            optional = plain[len(plain) - len(node.args.defaults) :]
            optional += [
                one for one, given in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if given is not None
            ]
            found += [f"{source.path}:{one.lineno} {node.name}" for one in optional if one.arg == "members"]
    return found


CHECKS = [
    hand_made_events,
    people_left_out,
    missing_module_docstring,
    undocumented_tests,
    environment_reads,
    unnamed_registrations,
    aliased_registrations,
]


def test_every_module_opens_with_a_sentence() -> None:
    """A module says first what it is for."""
    assert [found for source in sources() for found in missing_module_docstring(source)] == []


def test_every_test_states_its_behaviour() -> None:
    """A test has one sentence that says what it holds us to."""
    assert [found for source in sources() for found in undocumented_tests(source)] == []


def test_only_settings_reads_the_environment() -> None:
    """Every setting goes through settings.py, where it is named, typed and documented."""
    assert [found for source in sources() for found in environment_reads(source)] == []


def test_registered_names_are_explicit() -> None:
    """Moving or renaming a function never changes what running cases call it."""
    found = [text for source in sources() for text in unnamed_registrations(source) + aliased_registrations(source)]
    assert found == []


def test_events_are_made_in_one_place() -> None:
    """R42: who stands behind an event is said by the function that makes it."""
    assert [found for source in sources() for found in hand_made_events(source)] == []


def test_no_rule_goes_without_the_people() -> None:
    """R21: a rule that does not know who still holds a role must not answer."""
    assert [found for source in sources() for found in people_left_out(source)] == []


def test_no_file_is_too_long_to_read() -> None:
    """A file that passes 500 lines is two files."""
    long = {
        name: lines
        for name in files()
        if name.endswith(SUFFIXES_WITH_LIMIT)
        and (lines := len((ROOT / name).read_text(encoding="utf-8").splitlines())) > LINE_LIMIT
    }
    assert long == {}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("store/cases.py", "x = 1"),
        ("service/sessions.py", "'''Doc.'''\nAuditEvent(type=1)"),
        ("service/sessions.py", "'''Doc.'''\nfrom domain import audit\naudit.AuditEvent(type=1)"),
        ("service/sessions.py", "'''Doc.'''\nfrom domain.audit import AuditEvent as Event\nEvent(type=1)"),
        ("store/members.py", "'''Doc.'''\ndef standing(*, members=None): pass"),
        ("domain/policy/progress.py", "'''Doc.'''\ndef progress(case, members=None): pass"),
        ("activities/looking.py", "'''Doc.'''\nasync def look(page, *, members=None): pass"),
        ("tests/test_a.py", "'''Doc.'''\ndef test_a(): pass"),
        ("tests/test_a.py", "'''Doc.'''\nasync def test_a():\n    '''Two.\n\n    Lines.\n    '''"),
        ("starter/cli.py", "'''Doc.'''\nimport os\nos.environ['HOME']"),
        ("starter/cli.py", "'''Doc.'''\nfrom os import environ"),
        ("starter/cli.py", "'''Doc.'''\nimport os\nos.getenv('HOME')"),
        ("transport/connect.py", "'''Doc.'''\nfrom temporalio.envconfig import ClientConfig"),
        ("activities/reset.py", "'''Doc.'''\nfrom temporalio import activity\n@activity.defn\ndef f(): pass"),
        ("activities/reset.py", "'''Doc.'''\nfrom temporalio import activity\n@activity.defn()\ndef f(): pass"),
        ("activities/reset.py", "'''Doc.'''\nfrom temporalio.activity import defn"),
        ("workflows/a.py", "'''Doc.'''\n@workflow.defn(sandboxed=True)\nclass A: pass"),
        ("workflows/a.py", "'''Doc.'''\nclass A:\n    @workflow.signal\n    def f(self): pass"),
        ("workflows/a.py", "'''Doc.'''\nclass A:\n    @workflow.update\n    def f(self): pass"),
        ("workflows/a.py", "'''Doc.'''\nclass A:\n    @workflow.query\n    def f(self): pass"),
    ],
)
def test_an_offending_file_is_noticed(path: str, code: str) -> None:
    """Each rule is one that can be broken, and is then reported once."""
    assert len([found for check in CHECKS for found in check(parse(path, code))]) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("settings.py", "'''Doc.'''\nimport os\nos.environ['HOME']"),
        ("tests/test_a.py", "'''Doc.'''\ndef test_a():\n    '''It holds.'''"),
        ("workflows/a.py", "'''Doc.'''\nclass A:\n    @workflow.signal(dynamic=True)\n    def f(self): pass"),
        ("workflows/a.py", "'''Doc.'''\n@workflow.defn(name='a')\nclass A:\n    @workflow.run\n    def f(self): pass"),
    ],
)
def test_a_tidy_file_passes(path: str, code: str) -> None:
    """The rules' own examples are allowed."""
    assert [found for check in CHECKS for found in check(parse(path, code))] == []
