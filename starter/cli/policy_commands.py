"""The commands policy show, check, apply, proposals, second, withdraw and explain (R26)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from domain.case import Compromised, Reason
from service.policy_file import LARGEST_DOCUMENT, PolicyRefused, read_toml
from starter.cli.api_client import Json, part
from starter.cli.cases import chosen
from starter.cli.context import at_hand
from starter.cli.errors import InputUnreadable
from starter.cli.language import spoken
from starter.cli.options import AsJson, Authenticator
from starter.cli.showing import moment, print_facts, print_json, print_line, print_table, say, shown
from starter.cli.step_up import prove

PolicyFile = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The policy as a TOML document.")
]
ProposalId = Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal's id.")]
_QUESTION = "A new code from your authenticator app, to sign this change"


def show(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the policy in force as its TOML document, with the rule and the default of each key."""
    with at_hand(context).api() as api:
        found = api.get("/policy") if as_json else api.get("/policy/document")
    if as_json:
        print_json(found)
        return
    for line in str(found.get("document") or "").splitlines():
        print_line(line)


def check(file: PolicyFile) -> None:
    """Check a policy document on this machine; nothing is sent anywhere."""
    _read(file)
    print_line(spoken("This is a policy."))


def apply(
    context: typer.Context, file: PolicyFile, *, authenticator: Authenticator = None, as_json: AsJson = False
) -> None:
    """Make this document the policy. What weakens it waits for a second administrator and a day."""
    document = _read(file)
    here = at_hand(context)
    with here.api() as api:
        proof = prove(
            api, here, "/policy/step-ups", {"document": document}, authenticator=authenticator, question=_QUESTION
        )
        found = api.post("/policy/apply", {"document": document, "step_up": proof})
    if as_json:
        print_json(found)
        return
    proposal = found.get("proposal")
    if isinstance(proposal, dict):
        print_line(spoken("This weakens the policy. Another administrator has to second it, and then it waits a day."))
        _print_proposals([proposal])
    else:
        print_line(spoken("In force now as version {version}.", version=shown(found.get("version"))))
    print_facts({"changes": _listed(found.get("changes")), "weakens": _listed(found.get("weakens"))})


def proposals(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the weaker policies that were proposed, newest first."""
    with at_hand(context).api() as api:
        found = api.get("/policy/proposals")
    if as_json:
        print_json(found)
        return
    listed = found.get("proposals")
    _print_proposals(listed if isinstance(listed, list) else [])


def second(
    context: typer.Context, proposal: ProposalId, *, authenticator: Authenticator = None, as_json: AsJson = False
) -> None:
    """As another administrator: agree to a weaker policy. It holds a day later, and may be withdrawn until then."""
    here = at_hand(context)
    path = f"/policy/proposals/{part(proposal)}"
    with here.api() as api:
        proof = prove(api, here, f"{path}/step-ups", {}, authenticator=authenticator, question=_QUESTION)
        found = api.post(f"{path}/second", {"step_up": proof})
    _present(found, as_json=as_json)


def withdraw(context: typer.Context, proposal: ProposalId, *, as_json: AsJson = False) -> None:
    """Stop a weaker policy before it holds; as an administrator or a security officer."""
    with at_hand(context).api() as api:
        found = api.post(f"/policy/proposals/{part(proposal)}/withdraw", {})
    _present(found, as_json=as_json)


def explain(
    context: typer.Context,
    *,
    subject: Annotated[str, typer.Option(help="The person's login or address, exactly.")],
    reason: Annotated[Reason | None, typer.Option(help="Why they cannot complete MFA.")] = None,
    password_compromised: Annotated[Compromised, typer.Option(help="As it would be answered.")] = Compromised.UNKNOWN,
    as_json: AsJson = False,
) -> None:
    """Say phase by phase what a case would ask for, of whom, and who is eligible now. Nothing is changed."""
    reason = chosen("Why can they not complete MFA?", reason, Reason)
    body: Json = {"subject": subject, "reason": reason.value, "password_compromised": password_compromised.value}
    with at_hand(context).api() as api:
        found = api.post("/policy/explain", body)
    if as_json:
        print_json(found)
        return
    refused = found.get("because")
    print_facts(
        {
            "tier": found.get("tier"),
            "would be refused": refused or spoken("no"),
            "would be held": _listed(found.get("would_be_held")),
            "stands out": _listed(found.get("risks")),
            "would be done": _listed(found.get("operations")),
        }
    )
    phases = found.get("phases")
    print_table(
        ["phase", "asks for", "of", "eligible now"],
        [
            [one.get("phase"), one.get("asks"), one.get("of"), len(one.get("eligible") or [])]
            for one in (phases if isinstance(phases, list) else [])
        ],
    )


def _read(file: Path) -> str:
    try:
        text = file.read_bytes()[: LARGEST_DOCUMENT + 1].decode()
    except (OSError, UnicodeDecodeError):
        raise InputUnreadable from None
    try:
        read_toml(text)
    except PolicyRefused as error:
        for one in error.problems:
            say(f"{file.name}: {one}")
        raise
    return text


def _present(found: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        _print_proposals([found])


def _print_proposals(listed: list[Json]) -> None:
    if not listed:
        print_line(spoken("No proposals."))
        return
    print_table(
        ["proposal", "state", "weakens", "proposed by", "holds from"],
        [
            [
                one.get("id"),
                one.get("state"),
                _listed(one.get("weakens")),
                one.get("proposed_by"),
                moment(one.get("holds_from")) if one.get("holds_from") else spoken("not seconded"),
            ]
            for one in listed
        ],
    )


def _listed(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) and value else spoken("nothing")
