"""Turning templates into answers; everything put into one is escaped, and a value that is missing is an error."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, pass_context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from web.headers import new_nonce, page_headers
from web.languages import NAMES, SOURCE, translated, translated_plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2.bccache import Bucket
    from jinja2.runtime import Context

    from web.assets import Assets
    from web.texts import Sayable

SHARED = Path(__file__).parent / "shared" / "templates"


class _Compiled(BytecodeCache):
    """Templates that this process has compiled, by name and content, for every `Templates` made after."""

    def __init__(self) -> None:
        self._buckets: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what was compiled before; a template that has changed since has another checksum."""
        kept = self._buckets.get(bucket.key)
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was just compiled."""
        self._buckets[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Templates:
    """The templates of a folder, with the shared ones behind them."""

    def __init__(
        self,
        folder: Path,
        *,
        assets: Assets,
        trusted_types: bool,
        values: Mapping[str, Any] | None = None,
        filters: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self._trusted_types = trusted_types
        self._templates = Environment(
            loader=FileSystemLoader([folder, SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            bytecode_cache=_COMPILED,
        )
        speak(self._templates)
        self._templates.globals.update(asset=assets.address, languages=NAMES, **(values or {}))
        self._templates.filters.update(time=_time, countdown=_countdown, iso=_iso, **(filters or {}))

    def page(
        self, template: str, *, language: str = SOURCE, status: HTTPStatus = HTTPStatus.OK, **context: Any
    ) -> HTMLResponse:
        """The page with its headers."""
        nonce = new_nonce()
        text = self._templates.get_template(template).render(language=language, nonce=nonce, **context)
        # What was typed comes back as typed; a lone surrogate has no bytes to come back as.
        return HTMLResponse(
            text.encode("utf-8", "replace"),
            status_code=status,
            headers=page_headers(nonce, trusted_types=self._trusted_types),
        )


def speak(templates: Environment) -> None:
    """Give templates `_`, `ngettext` and `trans`, in the language that their context names; what is said is escaped."""
    # What the extension adds at run time; it is told no types.
    templates.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]


@pass_context
def _gettext(context: Context, sentence: str | Sayable) -> Markup:
    words = translated(sentence, context["language"])
    if isinstance(sentence, str):
        return _as_text(words)
    # Its values are in place already: a per cent sign in one of them names nothing.
    return _escaped(words, literal=True)


@pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> Markup:
    return _as_text(translated_plural(one, many, count, context["language"]))


def _as_text(words: str) -> Markup:
    """The words, escaped: the extension takes what it is handed for markup, also what a service put together.

    A per cent sign that names no value stays one.
    """
    return _escaped(words if "%(" in words else words.replace("%%", "%"), literal="%(" not in words)


def _escaped(words: str, *, literal: bool) -> Markup:
    text = html.escape(words, quote=False).replace('"', "&#34;")
    return Markup(text.replace("%", "%%") if literal else text)  # noqa: S704 - escaped above


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _time(at: datetime) -> Markup:
    """An instant; the script shows it in the viewer's zone, without one it is in UTC and says so."""
    text = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}" data-time>{}</time>').format(_iso(at), text)


def _countdown(at: datetime) -> Markup:
    """An instant, and how long it is until then, which the script counts down."""
    text = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}" data-time data-countdown>{}</time>').format(_iso(at), text)
