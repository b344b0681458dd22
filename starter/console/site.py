"""What every page of the console stands on, wired once in compose/."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starter.console.limits import Attempts, Streams
from starter.console.words import words
from web.assets import Assets
from web.rendering import Templates

if TYPE_CHECKING:
    from service.ports import Engine, Histories
    from starter.web_services import WebServices

HERE = Path(__file__).parent
BASE = "/console"


@dataclass(frozen=True, kw_only=True)
class Console:
    """What the pages call. `origin` is the console's own, as browsers see it: scheme, host and port.

    `engine` is what pages ask about the durable engine, `histories` what its workflows did,
    `directory_origin` where people find their own pages, `tenant` what the sign-in suggests.
    """

    services: WebServices
    engine: Engine
    histories: Histories
    origin: str
    directory_origin: str
    tenant: str
    help_line: str
    temporal_ui: str | None
    attempts: Attempts = field(default_factory=Attempts)
    streams: Streams = field(default_factory=Streams)


@dataclass(frozen=True)
class Site:
    """The console with its templates."""

    console: Console
    templates: Templates
    assets: Assets

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS; only then can a cookie bear the prefix `__Host-`."""
        return self.console.origin.startswith("https:")


def make_site(console: Console) -> Site:
    """Read the templates and the assets."""
    assets = Assets(f"{BASE}/assets", HERE / "assets")
    values = {"base": BASE, "help_line": console.help_line, "directory_origin": console.directory_origin}
    # htmx writes the parts that change as HTML, which trusted types forbid; they are ours, rendered and escaped here.
    templates = Templates(
        HERE / "templates", assets=assets, trusted_types=False, values=values, filters={"words": words}
    )
    return Site(console, templates, assets)
