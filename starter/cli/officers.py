"""The commands of security officers: case rule, release, break-glass and review, and reviews; each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.acts import ActKind, Ruling, Waiver
from starter.cli.api_client import Json, part
from starter.cli.asking import ask_text, interactive
from starter.cli.cases import chosen, present
from starter.cli.context import at_hand
from starter.cli.course_view import rows, what_officers_see
from starter.cli.errors import InputMissing, InputUnreadable
from starter.cli.language import spoken
from starter.cli.options import AsJson, Authenticator, CaseId
from starter.cli.showing import moment, print_json, print_line, print_table, say, shown
from starter.cli.step_up import decide
from starter.wishes.limits import LONGEST_TEXT

if TYPE_CHECKING:
    from starter.cli.api_client import Api

# No character takes more than four.
_LARGEST_REASON_BYTES = 4 * LONGEST_TEXT
_PATHS = {
    ActKind.RULING: "ruling",
    ActKind.RELEASE: "release",
    ActKind.BREAK_GLASS: "break-glass",
    ActKind.REVIEW: "break-glass/review",
}
BecauseFile = Annotated[
    Path | None,
    typer.Option(
        "--because-file", metavar="FILE", exists=True, dir_okay=False, help="A text file with your reason; else asked."
    ),
]


def rule(
    context: typer.Context,
    case: CaseId,
    *,
    ruling: Annotated[Ruling | None, typer.Option(help="What you decide.")] = None,
    because_file: BecauseFile = None,
    authenticator: Authenticator = None,
    as_json: AsJson = False,
) -> None:
    """Answer the objections to a case, or say that its cooling-off is over where nobody could be told.

    resume: it was the person after all. uphold: it was not; the case ends, and what was suspended stays disabled.
    """

    def choice() -> Json:
        return {"ruling": chosen("What do you decide?", ruling, Ruling).value}

    _decide(context, case, ActKind.RULING, choice, because=because_file, authenticator=authenticator, as_json=as_json)


def release(
    context: typer.Context,
    case: CaseId,
    *,
    because_file: BecauseFile = None,
    authenticator: Authenticator = None,
    as_json: AsJson = False,
) -> None:
    """Let a case that is held past a brake go on; look at who opened and verified it first."""
    _decide(context, case, ActKind.RELEASE, dict, because=because_file, authenticator=authenticator, as_json=as_json)


def break_glass(
    context: typer.Context,
    case: CaseId,
    *,
    waives: Annotated[Waiver | None, typer.Option(help="The one requirement that is waived.")] = None,
    because_file: BecauseFile = None,
    authenticator: Authenticator = None,
    as_json: AsJson = False,
) -> None:
    """Waive one requirement of a case, once; another officer has to review it.

    Needs a security key. The subject's browser and the brakes are never waived.
    """

    def choice() -> Json:
        return {"waives": chosen("Which one requirement is waived?", waives, Waiver).value}

    _decide(
        context, case, ActKind.BREAK_GLASS, choice, because=because_file, authenticator=authenticator, as_json=as_json
    )


def review(
    context: typer.Context,
    case: CaseId,
    *,
    because_file: BecauseFile = None,
    authenticator: Authenticator = None,
    as_json: AsJson = False,
) -> None:
    """Close the review of a break-glass that another officer did; say what you found."""
    _decide(context, case, ActKind.REVIEW, dict, because=because_file, authenticator=authenticator, as_json=as_json)


def reviews(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List break-glass that no other officer has looked at yet, the longest waiting first."""
    with at_hand(context).api() as api:
        found = api.get("/reviews")
    if as_json:
        print_json(found)
        return
    waiting = rows(found.get("reviews"))
    if not waiting:
        print_line(spoken("No reviews are open."))
        return
    print_table(
        ["case", "waived", "broken by", "waiting since", "reason"],
        [
            [
                one.get("reference"),
                one.get("waives"),
                spoken("you: another officer reviews it") if one.get("by_you") else one.get("broken_by"),
                moment(one.get("waiting_since")),
                one.get("because"),
            ]
            for one in waiting
        ],
    )


def _decide(
    context: typer.Context,
    case: str,
    kind: ActKind,
    choice: Callable[[], Json],
    *,
    because: Path | None,
    authenticator: Path | None,
    as_json: bool,
) -> None:
    here = at_hand(context)
    with here.api() as api:
        _look_first(api, case)
        decision = {**choice(), "because": _reason(because)}
        found = decide(api, here, case, kind, decision, to=_PATHS[kind], authenticator=authenticator)
    present(found, as_json=as_json)


def _look_first(api: Api, case: str) -> None:
    if not interactive():
        return
    before = api.get(f"/cases/{part(case)}")
    say(spoken("You are about to decide in {reference}:", reference=shown(before.get("reference"))))
    for line in what_officers_see(before):
        say(f"  {line}")


def _reason(file: Path | None) -> str:
    """The reason as written in the file, or as answered. Raises `InputMissing`, `InputUnreadable`."""
    if file is None:
        return ask_text("Why? In a sentence, for whoever looks at this later (or --because-file)")
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST_REASON_BYTES + 1)
        reason = text.decode().strip()
    except (OSError, UnicodeDecodeError):
        raise InputUnreadable(spoken("The file with the reason cannot be read as text.")) from None
    if len(text) > _LARGEST_REASON_BYTES:
        raise InputUnreadable(spoken("The reason is longer than {most} bytes.", most=_LARGEST_REASON_BYTES))
    if not reason:
        raise InputMissing(spoken("The file with the reason is empty."))
    return reason
