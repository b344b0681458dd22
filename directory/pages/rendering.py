"""The directory's templates and assets; how pages are made and which headers they bear is `web`'s."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from web.assets import Assets
from web.rendering import Templates

_HERE = Path(__file__).parent


def read_assets() -> Assets:
    """Stylesheets and scripts."""
    return Assets("/assets", _HERE / "assets")


def read_templates(assets: Assets, *, site_name: str) -> Templates:
    """The pages; no script of theirs may write text as HTML."""
    return Templates(
        _HERE / "templates",
        assets=assets,
        trusted_types=True,
        values={"site_name": site_name},
        filters={"minutes_left": _minutes_left, "grouped": _grouped},
    )


def _grouped(secret: str) -> str:
    """In fours, as it is typed from a screen."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _minutes_left(until: datetime) -> int:
    """Whole minutes, for orientation only: expiry is judged by the database's clock."""
    return max(0, round((until - datetime.now(UTC)).total_seconds() / 60))
