"""Logging for every process: one event a line, JSON or plain, without secrets and without texts of exceptions."""

from __future__ import annotations

import json
import logging
import sys
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

import structlog

from transport.redaction import MAX_TEXT, describe_exception, one_line, redact

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

# What `extra=` and the SDKs may add to a line of stdlib logging; everything else is left out.
_EXTRAS = (
    "error_code", "failure", "message_kind", "activity_type", "attempt", "workflow_id", "case_id", "act_id",
    "tenant_id", "duration_ms", "temporal_workflow", "temporal_activity",
)  # fmt: skip
# Loggers that bring handlers of their own, and those that print requests below WARNING.
_JOINED = ("temporalio", "uvicorn", "uvicorn.error", "uvicorn.access", "fastapi", "asyncio", "py.warnings")
_TALKATIVE = ("httpx", "httpx2", "httpcore", "httpcore2", "asyncpg", "asyncio", "hpack", "urllib3")
_SIMPLE = (str, int, float, bool, type(None))
_SPELT = (UUID, datetime, date, timedelta, PurePath)


class _Handler(logging.StreamHandler[TextIO]):
    """A stream handler that never prints a record it could not format: its arguments may be secret."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        self.stream.write(json.dumps({"event": "log_record_unformattable", "logger": record.name[:80]}) + "\n")


def configure_logging(*, level: str = "INFO", as_json: bool = True, stream: TextIO | None = None) -> None:
    """Send structlog and stdlib logging, Temporal's and uvicorn's included, to `stream` (default: stderr).

    May be called again. Start uvicorn with `log_config=None`, or it takes its loggers back.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.stdlib.ExtraAdder(allow=_EXTRAS),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_exception_text,
                _without_query_strings,
                _without_secrets,
                _as_json if as_json else _as_text,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name in _JOINED:
        joined = logging.getLogger(name)
        joined.handlers.clear()
        joined.propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _without_exception_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    exc_info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    event.pop("exception", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        event["failure"] = describe_exception(error)
    return event


def _without_query_strings(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if event.get("logger") == "uvicorn.access":
        event["event"] = " ".join(word.split("?", 1)[0] for word in str(event["event"]).split(" "))
    return event


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {one_line(str(key))[:80]: _plain(value) for key, value in redact(dict(event)).items()}


def _plain(value: Any) -> Any:
    """Simple values as they are, ids and times spelt out, and of anything else only its class (never a body)."""
    if isinstance(value, dict):
        return {one_line(str(key))[:80]: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, BaseException):
        return describe_exception(value)
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, _SPELT):
        value = str(value)
    if isinstance(value, str):
        return one_line(value[:MAX_TEXT])
    return value if isinstance(value, _SIMPLE) else f"<{type(value).__name__}>"


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=True)


def _as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    head = " ".join(str(event.pop(key, "")) for key in ("time", "level", "logger", "event"))
    return " ".join([head, *(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in event.items())])
