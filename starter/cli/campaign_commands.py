"""The commands campaign start, list, show, pause, resume and call-off (R40)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli.api_client import Json, part
from starter.cli.context import at_hand
from starter.cli.language import marked, spoken
from starter.cli.options import AsJson
from starter.cli.showing import moment, print_facts, print_json, print_line, print_table, shown
from starter.wishes.limits import MOST_CAMPAIGNS, USUAL_CAMPAIGNS

if TYPE_CHECKING:
    from collections.abc import Iterable

CampaignId = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]
_COUNTED = {
    "told": marked("told"),
    "reminded": marked("reminded"),
    "enforced": marked("enforced"),
    "already_required": marked("already required"),
    "had_factor": marked("had factor"),
    "gone": marked("gone"),
    "failed": marked("failed"),
}
_COLUMNS = {
    "code": marked("code"),
    "people": marked("people"),
    "stage": marked("stage"),
    "state": marked("state"),
    "messages": marked("messages"),
    "kind": marked("kind"),
    "by": marked("by"),
    "at": marked("at"),
}


def start(
    context: typer.Context,
    *,
    group: Annotated[str, typer.Option(help="The group at the identity provider; “everyone” is all active accounts.")],
    grace_days: Annotated[int, typer.Option(help="Days until a second factor is needed, 1 to 90.")],
    remind_days: Annotated[
        list[int] | None,
        typer.Option(help="Days before the end to remind; repeat it. Default: 7, 3 and 1 as they fit."),
    ] = None,
    per_second: Annotated[int | None, typer.Option(help="Accounts a second at most (50).")] = None,
    as_json: AsJson = False,
) -> None:
    """Announce that everybody in a group will need a second factor, remind them, then require it. Nothing is wiped."""
    body: Json = {"group": group, "grace_days": grace_days}
    if remind_days:
        body["remind_days"] = remind_days
    if per_second is not None:
        body["per_second"] = per_second
    with at_hand(context).api() as api:
        _present(api.post("/campaigns", body), as_json=as_json)


def list_campaigns(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, max=MOST_CAMPAIGNS, help="At most so many.")] = USUAL_CAMPAIGNS,
    as_json: AsJson = False,
) -> None:
    """List campaigns, newest first."""
    with at_hand(context).api() as api:
        answer = api.get("/campaigns", limit=limit)
    if as_json:
        print_json(answer)
        return
    campaigns = answer.get("campaigns") or []
    if not campaigns:
        print_line(spoken("No campaigns."))
        return
    print_table(
        ["campaign", "group", "standing", "stage", "people", "enforced", "from"],
        [
            [
                *(one.get(name) for name in ("id", "group", "standing", "stage", "people")),
                (one.get("progress") or {}).get("enforced"),
                moment(one.get("enforce_at")),
            ]
            for one in campaigns
        ],
    )


def show(context: typer.Context, campaign: CampaignId, *, as_json: AsJson = False) -> None:
    """Show how far a campaign has come, from the store, whether or not a worker runs."""
    with at_hand(context).api() as api:
        _present(api.get(f"/campaigns/{part(campaign)}"), as_json=as_json)


def pause(context: typer.Context, campaign: CampaignId, *, as_json: AsJson = False) -> None:
    """Hold a campaign: nobody is told, reminded or changed until it is resumed."""
    _decide(context, campaign, "pause", as_json=as_json)


def resume(context: typer.Context, campaign: CampaignId, *, as_json: AsJson = False) -> None:
    """Let a campaign go on; the announced end stays."""
    _decide(context, campaign, "resume", as_json=as_json)


def call_off(context: typer.Context, campaign: CampaignId, *, as_json: AsJson = False) -> None:
    """End a campaign before its enforcement has begun."""
    _decide(context, campaign, "call-off", as_json=as_json)


def _decide(context: typer.Context, campaign: str, what: str, *, as_json: bool) -> None:
    with at_hand(context).api() as api:
        _present(api.post(f"/campaigns/{part(campaign)}/{what}"), as_json=as_json)


def _present(campaign: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(campaign)
        return
    progress = campaign.get("progress") or {}
    print_facts(
        {
            "campaign": campaign.get("id"),
            "group": spoken(
                "{group} ({people} people at the start)",
                group=shown(campaign.get("group")),
                people=shown(campaign.get("people")),
            ),
            "standing": campaign.get("outcome") or campaign.get("standing"),
            "stage": f"{shown(campaign.get('stage'))} ({shown(campaign.get('code'))})",
            "started": moment(campaign.get("started_at")),
            "required from": moment(campaign.get("enforce_at")),
            "reminders": _days(campaign.get("remind_days") or []),
            "accounts a second": campaign.get("per_second"),
            **{label: progress.get(name) for name, label in _COUNTED.items()},
        }
    )
    for name, columns in (
        ("failures", ("code", "people")),
        ("messages", ("stage", "state", "messages")),
        ("decisions", ("kind", "by", "at")),
    ):
        rows = campaign.get(name) or []
        if rows:
            print_table(
                [_COLUMNS[one] for one in columns],
                [
                    [moment(one.get(column)) if column == "at" else one.get(column) for column in columns]
                    for one in rows
                ],
            )


def _days(days: Iterable[object]) -> str:
    listed = ", ".join(shown(one) for one in days)
    return spoken("{days} days before", days=listed) if listed else spoken("none")
