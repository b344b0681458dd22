"""Templates: what is put into them is text, and their answers forbid everything that is not needed (B22, B26)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from jinja2 import UndefinedError

from web.assets import Assets
from web.rendering import Templates

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<img src=x onerror=alert(1)>\"'&\u202e\ud800"


def templates(folder: Path, text: str, *, trusted_types: bool = True) -> Templates:
    """A folder with one template."""
    (folder / "page.html").write_text(text, encoding="utf-8")
    return Templates(folder, assets=Assets("/assets"), trusted_types=trusted_types)


def test_what_is_put_in_is_text(tmp_path: Path) -> None:
    """B26: markup, quotes and a lone surrogate come out as characters."""
    page = templates(tmp_path, '<p title="{{ what }}">{{ what }}</p>').page("page.html", what=HOSTILE)
    text = bytes(page.body).decode()
    assert "<img" not in text
    assert "&#34;" in text


def test_translations_escape_what_they_carry(tmp_path: Path) -> None:
    """B26: a name in a translated sentence is text, too."""
    page = templates(tmp_path, "{{ _('Hello %(name)s', name=what) }}").page("page.html", what="<b>")
    assert bytes(page.body).decode() == "Hello &lt;b&gt;"


def test_a_sentence_of_a_service_is_text(tmp_path: Path) -> None:
    """B26: the translation takes what it is handed for markup, so what a service put together is escaped first."""
    page = templates(tmp_path, '<p title="{{ _(what) }}">{{ _(what) }}</p>').page(
        "page.html", what='<b>"5 % & more"</b>'
    )
    text = "&lt;b&gt;&#34;5 % &amp; more&#34;&lt;/b&gt;"
    assert bytes(page.body).decode() == f'<p title="{text}">{text}</p>'


def test_a_value_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """A page is never shown half."""
    with pytest.raises(UndefinedError):
        templates(tmp_path, "{{ nothing }}").page("page.html")


def test_only_this_answers_scripts_run(tmp_path: Path) -> None:
    """B22: a nonce of its own on each answer, nothing inline, no frame, no cache."""
    some = templates(tmp_path, '<script nonce="{{ nonce }}" src="x"></script>')
    first, second = some.page("page.html"), some.page("page.html")
    policy = first.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]{22})'", policy)
    assert nonce is not None
    assert nonce[1] in bytes(first.body).decode()
    assert policy != second.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["x-frame-options"] == "DENY"


def test_pages_with_live_parts_go_without_trusted_types(tmp_path: Path) -> None:
    """Only those that say so."""
    page = templates(tmp_path, "x", trusted_types=False).page("page.html")
    assert "trusted-types" not in page.headers["content-security-policy"]


def test_times_name_their_zone(tmp_path: Path) -> None:
    """Without a script an instant is in UTC and says so, whatever zone it came in."""
    at = datetime(2026, 11, 25, 11, 30, tzinfo=timezone(timedelta(hours=2)))
    page = templates(tmp_path, "{{ at|time }}").page("page.html", at=at)
    assert bytes(page.body).decode() == (
        '<time datetime="2026-11-25T09:30:00+00:00" data-time>2026-11-25 09:30 UTC</time>'
    )


def test_assets_change_their_address_with_their_content() -> None:
    """So that a browser may keep them for good; nothing outside the folders is served."""
    assets = Assets("/assets")
    assert re.fullmatch(r"/assets/base\.css\?[0-9a-f]{16}", assets.address("base.css"))
    assert "immutable" in assets.answer("base.css").headers["cache-control"]
    with pytest.raises(KeyError):
        assets.answer("../rendering.py")
