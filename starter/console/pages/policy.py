"""The authentication policy: every key, its editing, a preview before any proof, and what a case would ask for.

No rule is here: documents are checked by `service.policy_file`, changes by the policy service (R26).
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from pydantic import ValidationError

from domain.case import Compromised, Reason
from domain.errors import InputRefused, Refused
from domain.plan import OperationKind
from domain.policy.changing import may_ask_for_change
from domain.policy.risks import SENTENCES
from domain.texts import Text
from service import explaining
from service import policy as service
from service.naming import names_of
from service.policy_file import PolicyRefused, read_document, read_toml, write_toml
from service.policy_preview import preview
from starter.console import policy_change
from starter.console.pages.people import may_look
from starter.console.policy_change import require_fresh
from starter.console.refusals import TOO_MANY, Refusal, field_refusal, refusal
from starter.console.routes import posted, shown
from starter.policy_keys import keys_of
from starter.wishes.policy import ExplainCase

if TYPE_CHECKING:
    from starlette.responses import Response

    from domain.policy.document import Policy
    from starter.console.visit import Visit
    from starter.policy_keys import PolicyKey

STEP_UP = "step_up"
NUMBERS = ("max_age_minutes", "wrong_tries", "lock_minutes")


async def show(visit: Visit) -> Response:
    """Every key with its rule, value, default and range; the step-up requirements first."""
    policy = await service.read_policy(visit.doors, visit.session)
    sections = _sections(policy)
    now = visit.query("now")
    return visit.page(
        "policy.html",
        version=policy.version,
        step_up=sections.pop(STEP_UP),
        sections=sections,
        may_change=may_ask_for_change(visit.session.actor).allowed,
        applied=now.isascii() and now.isdecimal() and int(now[:9]) == policy.version,
    )


async def show_step_up(visit: Visit) -> Response:
    """The form for the step-up requirements."""
    policy = await service.read_policy(visit.doors, visit.session)
    return _step_up_form(visit, policy, _values(policy))


async def show_document(visit: Visit) -> Response:
    """The whole document, to be edited as text."""
    policy = await service.read_policy(visit.doors, visit.session)
    return _document_form(visit, write_toml(policy), base=str(policy.version))


async def preview_step_up(visit: Visit) -> Response:
    """What the form would change; a value out of range is said beside its field."""
    fields = await visit.form()
    policy = await require_fresh(visit, fields.get("base", ""))
    typed = {name: fields.get(name, "").strip() for name in (*NUMBERS, "required")}
    document = tomllib.loads(write_toml(policy))
    document[STEP_UP] = {
        "required": typed["required"] == "yes",
        **{name: _number(typed[name]) for name in NUMBERS},
    }
    try:
        wanted = read_document(document)
    except PolicyRefused as error:
        return _step_up_form(visit, policy, typed, refused=_beside_a_field(error))
    return await _preview(visit, wanted)


async def preview_document(visit: Visit) -> Response:
    """What the document would change; its errors are listed with line, key and allowed range."""
    fields = await visit.form()
    base, text = fields.get("base", ""), fields.get("document", "")
    await require_fresh(visit, base)
    try:
        wanted = read_toml(text)
    except PolicyRefused as error:
        return _document_form(visit, text, base=base, refused=refusal(error, field="document"))
    return await _preview(visit, wanted)


async def prove(visit: Visit) -> Response:
    """From the preview on to the proof over exactly this policy."""
    fields = await visit.form()
    key = visit.key(fields)
    wanted = read_toml(fields.get("document", ""))
    return await policy_change.begin(visit, wanted, base=fields.get("base", ""), key=key)


async def show_versions(visit: Visit) -> Response:
    """Every version there is, with who set it and when."""
    versions = await service.read_versions(visit.doors, visit.session)
    names = await names_of(visit.doors, [one.by for one in versions if one.by])
    return visit.page("policy_versions.html", versions=versions, names=names)


async def ask_what_a_case_needs(visit: Visit) -> Response:
    """The form: about whom, and why."""
    return _explain_form(visit, {})


async def explain(visit: Visit) -> Response:
    """What a case about this person would ask for. Shown at once: a person's login belongs in no address (R44)."""
    fields = await visit.form()
    names = ("subject", "reason", "password_compromised")
    typed = {name: fields.get(name, "").strip() for name in names}
    if not may_look(visit):
        return _explain_form(visit, typed, refused=replace(TOO_MANY, field="subject"))
    try:
        asked = ExplainCase.model_validate(typed)
        found = await explaining.explain(
            visit.doors,
            visit.session,
            subject=asked.subject,
            reason=asked.reason,
            compromised=asked.password_compromised,
        )
    except ValidationError as error:
        return _explain_form(visit, typed, refused=field_refusal(error))
    except (Refused, InputRefused) as error:
        return _explain_form(visit, typed, refused=refusal(error, field="subject"))
    people = [found.subject_id, *(one for phase in found.phases for one in phase.eligible)]
    sentences = {code.value: sentence for code, sentence in SENTENCES.items()}
    return visit.page(
        "policy_explained.html",
        found=found,
        names=await names_of(visit.doors, people),
        sentences=sentences,
        operations=[OperationKind(one.split(":")[1]) for one in found.operations],
    )


async def _preview(visit: Visit, wanted: Policy) -> Response:
    found = await preview(visit.doors, visit.session, wanted)
    return visit.page("policy_preview.html", found=found, document=write_toml(wanted))


def _step_up_form(visit: Visit, policy: Policy, typed: dict[str, str], *, refused: Refusal | None = None) -> Response:
    keys = {one.name.partition(".")[2]: one for one in _sections(policy)[STEP_UP]}
    return visit.page(
        "policy_step_up.html",
        refusal=refused,
        keys=keys,
        numbers=NUMBERS,
        typed=typed,
        version=policy.version,
        may_change=may_ask_for_change(visit.session.actor).allowed,
    )


def _document_form(visit: Visit, text: str, *, base: str, refused: Refusal | None = None) -> Response:
    return visit.page(
        "policy_document.html",
        refusal=refused,
        document=text,
        version=base,
        may_change=may_ask_for_change(visit.session.actor).allowed,
    )


def _explain_form(visit: Visit, typed: dict[str, str], *, refused: Refusal | None = None) -> Response:
    return visit.page(
        "policy_explain.html", refusal=refused, typed=typed, reasons=list(Reason), answers=list(Compromised)
    )


def _sections(policy: Policy) -> dict[str, list[PolicyKey]]:
    return {section: list(keys) for section, keys in groupby(keys_of(policy), key=lambda one: one.section)}


def _values(policy: Policy) -> dict[str, str]:
    limits = policy.step_up
    numbers = {name: str(getattr(limits, name)) for name in NUMBERS}
    return {"required": "yes" if limits.required else "", **numbers}


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text  # noqa: PLR2004 - no int is longer


def _beside_a_field(error: PolicyRefused) -> Refusal:
    named = refusal(error)
    return Refusal(
        sentence=Text("This is outside the allowed range."),
        code=named.code,
        status=named.status,
        field=error.problems[0].name.rpartition(".")[2],
    )


ROUTES = (
    shown("/settings/policy", show),
    shown("/settings/policy/step-up", show_step_up),
    posted("/settings/policy/step-up", preview_step_up),
    shown("/settings/policy/document", show_document),
    posted("/settings/policy/document", preview_document),
    posted("/settings/policy/prove", prove),
    posted("/settings/policy/apply", policy_change.apply),
    shown("/settings/policy/versions", show_versions),
    shown("/settings/policy/explain", ask_what_a_case_needs),
    posted("/settings/policy/explain", explain),
)
