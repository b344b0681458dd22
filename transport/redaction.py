"""What must not leave through logs and failures: secrets by key, exception texts, control characters (R44, B26)."""

from __future__ import annotations

import inspect
import re
import traceback
from pathlib import PurePath
from typing import Any

REDACTED = "[redacted]"
_SENSITIVE = ("password", "passwd", "passphrase", "code", "secret", "token", "authorization", "cookie", "seed", "otp")
# Stable machine words and numbers whose names only sound like secrets.
_HARMLESS = frozenset({"error_code", "status_code", "reason_code", "exit_code", "code_name", "encoding"})
_IN_TEXT = re.compile(rf"(?i)\b([\w-]{{0,40}}(?:{'|'.join(_SENSITIVE)})[\w-]{{0,40}})(=|: ?|%3D)([^\s&,;\"']+)")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+")
# C0, DEL, C1, line and paragraph separators, bidirectional controls, zero-width marks, lone surrogates.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
MAX_TEXT = 8_000
_MAX_DEPTH = 6
_MAX_CHAIN = 8


def is_sensitive(key: str) -> bool:
    """Whether a value under this key is never shown."""
    name = key.lower().replace("-", "_")
    return name not in _HARMLESS and any(word in name for word in _SENSITIVE)


def redact(value: Any, *, depth: int = 0) -> Any:
    """A copy of nested dicts and lists with sensitive values replaced, strings included where they say `key=value`.

    R44: No secret stands in history, audit, logs, notices, addresses, arguments or error texts.
    """
    if depth > _MAX_DEPTH:
        return REDACTED
    if isinstance(value, dict):
        return {
            key: REDACTED if isinstance(key, str) and is_sensitive(key) else redact(item, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact(item, depth=depth + 1) for item in value]
    if isinstance(value, bytes):
        return REDACTED
    return redact_text(value) if isinstance(value, str) else value


def redact_text(text: str) -> str:
    """At most 8,000 characters of the text, with `token=…`, `password: …` and `Bearer …` emptied."""
    # Cut first: a megabyte of hostile text must not keep the expressions busy.
    return _BEARER.sub(rf"\1 {REDACTED}", _IN_TEXT.sub(_hide, text[:MAX_TEXT]))


def one_line(text: str) -> str:
    r"""The text with whatever could start a line, move a cursor or turn the reading order shown as \u escapes."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def describe_exception(error: BaseException) -> str:
    """Classes, our own codes and stack frames of an exception and its causes, on one line, without their texts.

    Texts of foreign exceptions quote rows, URLs and inputs; the frames say where to look.
    """
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < _MAX_CHAIN:
        frames = traceback.extract_tb(current.__traceback__)
        where = " < ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
        code = error_code(current)
        parts.append(f"{type(current).__name__}{f'[{code}]' if code else ''}{f' at {where}' if where else ''}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return one_line(" <- ".join(parts))


def error_code(error: BaseException) -> str | None:
    """The stable code of an error that declares code and retry meaning, else None."""
    code, retryable = getattr(error, "code", None), getattr(error, "retryable", None)
    return code if isinstance(code, str) and isinstance(retryable, bool) else None


def summary_of(error: BaseException) -> str:
    """The first line of the error's class docstring, which is its public message."""
    return (inspect.getdoc(type(error)) or type(error).__name__).splitlines()[0]


def _hide(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{REDACTED}" if is_sensitive(found[1]) else found[0]
