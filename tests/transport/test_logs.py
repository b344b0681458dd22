"""Logs: one line an event, no secrets, no texts of foreign exceptions, no terminal tricks (R44, B09, B26)."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from pydantic import BaseModel

from tests.transport.example_messages import VendorSaysNo
from transport.logs import configure_logging
from transport.redaction import is_sensitive, one_line, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = [
    "a\nINFO forged",
    "a\r\nforged",
    "a\x1b[2Jb",
    "a\u2028b",
    "a\u0085b",
    "a\u202etxt",
    "a\x00b",
    "a\ud800b",
    "a\u200bb",
    "a\x7fb",
    "x" * 3_000_000,
    "a-" * 1_000_000,
    "token-" * 500_000,
]


@pytest.fixture(params=[True, False], ids=["json", "plain"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """The stream that production's set-up writes to, in both forms."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    configure_logging(level="DEBUG", as_json=request.param, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_on_its_line(log: io.StringIO, text: str) -> None:
    """B26: message, argument, key and extra cannot forge a line nor move a cursor."""
    structlog.get_logger("ours").info(text, name=text, **{text[:50]: 1})
    logging.getLogger("theirs").warning("said %s", text, extra={"workflow_id": text})
    written = log.getvalue()
    assert written.count("\n") == 2
    assert len(written.splitlines()) == 2
    assert not any(ord(character) < 32 or ord(character) == 127 for character in written.replace("\n", ""))
    assert len(written) < 100_000
    written.encode()


@pytest.mark.parametrize(
    "key",
    ["password", "new_password", "code", "totp_code", "backup_codes", "client_secret", "access_token", "Authorization",
     "Set-Cookie", "totp_seed", "passcode", "X-Api-Token"],
)  # fmt: skip
def test_sensitive_keys_are_redacted_at_any_depth(log: io.StringIO, key: str) -> None:
    """R44, B09: by name, nested, and in texts that say key=value."""
    structlog.get_logger().info("event", **{key: "canary"}, nested={"list": [{key: "canary"}]})
    logging.getLogger("theirs").error("GET /x?a=1&%s=canary and %s: canary", key, key)
    assert "canary" not in log.getvalue()


def test_useful_words_stay(log: io.StringIO) -> None:
    """Error codes, status codes and key ids are what operators search for."""
    structlog.get_logger().info("refused", error_code="key_unknown", status_code=409, key_id="k1-00000000", case_id="c")
    logging.getLogger("theirs").warning("message_refused", extra={"error_code": "message_malformed"})
    for word in ("key_unknown", "409", "k1-00000000", "message_malformed"):
        assert word in log.getvalue()


def test_exceptions_show_class_code_and_place_only(log: io.StringIO) -> None:
    """R44, B09: texts of exceptions and of their causes are left out; frames and codes stay."""
    try:
        try:
            dict[str, str]()["canary"]
        except KeyError as error:
            raise VendorSaysNo("canary") from error
    except VendorSaysNo as error:
        logging.getLogger("theirs").exception("failed")
        structlog.get_logger().exception("failed")
        structlog.get_logger().error("failed", reason=error)
    assert "canary" not in log.getvalue()
    assert log.getvalue().count("VendorSaysNo[vendor_says_no] at test_logs.py:") == 3
    assert log.getvalue().count("KeyError at") == 3


def test_bodies_and_unlisted_extras_are_left_out(log: io.StringIO) -> None:
    """R44: of a model, bytes or an unknown object only its class is shown; unknown extras not at all."""

    class Body(BaseModel):
        text: str

    structlog.get_logger().info("event", body=Body(text="canary"), raw=b"canary", pair=(Body(text="canary"),))
    logging.getLogger("theirs").info("event", extra={"request_body": "canary"})
    assert "canary" not in log.getvalue()
    assert "<Body>" in log.getvalue()


def test_unformattable_record_is_not_dumped(log: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    """R44: the standard library prints the arguments of a record that it could not format."""
    [handler] = [one for one in logging.getLogger().handlers if getattr(one, "stream", None) is log]
    handler.handle(logging.LogRecord("theirs", logging.WARNING, __file__, 1, "%d", ("canary",), None))
    captured = capsys.readouterr()
    assert "canary" not in log.getvalue() + captured.err + captured.out
    assert "log_record_unformattable" in log.getvalue()


def test_query_strings_of_requests_are_left_out(log: io.StringIO) -> None:
    """R44: access logs name the path only."""
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "1.2.3.4", "GET", "/a?x=canary", "1.1", 200)
    assert "canary" not in log.getvalue()
    assert "/a" in log.getvalue()


def test_temporal_and_uvicorn_are_joined(log: io.StringIO) -> None:
    """Their records come through the same handler, once."""
    for name in ("temporalio.worker", "temporalio.core", "uvicorn.error"):
        own: Any = logging.getLogger(name)
        own.warning("joined")
    assert log.getvalue().count("joined") == 3


def test_json_lines_can_be_read_back() -> None:
    """Each line is one JSON object with time in UTC, level, logger and event."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers = list(root.handlers)
    configure_logging(stream=stream)
    structlog.get_logger("ours").warning("event", count=3)
    root.handlers[:] = handlers
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["logger"], line["count"]) == ("event", "warning", "ours", 3)
    assert line["time"].endswith("Z")


def test_redaction_words() -> None:
    """Names are judged whole, whatever their case and dashes."""
    assert is_sensitive("Proxy-Authorization")
    assert not is_sensitive("error_code")
    assert redact_text("Bearer abc.def") == "Bearer [redacted]"
    assert one_line("a\nb") == "a\\u000ab"
