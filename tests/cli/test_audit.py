"""Checking the audit chain at the command line, through the API and as an auditor without the product (R42)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.audit import ActorKind, AuditEvent, EventOutcome, EventType
from service.auditing import EventActor, EventView
from starter.api.audit import ChainCheck, Events, FirstBadEvent
from starter.cli.offline_audit import PublicVerifier
from store.audit.canonical import Place, event_text
from store.audit.heads import sign_head
from store.audit.link import GENESIS_HASH, event_hash, event_message
from store.audit.rows import EventRow, export_line
from tests.cli.api_models import CASE_ID, at, document
from tests.cli.conftest import Person
from tests.cli.stand_in import StandIn
from transport.keys import Keyring, make_keyring

TENANT = UUID("11111111-2222-4333-8444-555555555555")
EVENTS = 5


class Signer:
    """Signs with a whole keyring, as the product does."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def sign(self, data: bytes) -> tuple[str, bytes]:
        """See `store.audit.signing.Signer`."""
        return self._keyring.sign("audit", data)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An auditor's folder: an export, the heads file, and public keys."""
    keyring = make_keyring(tmp_path / "keyring.json")
    signer = Signer(keyring)
    (tmp_path / "public.json").write_text(keyring.public_document(), encoding="utf-8")
    previous, lines = GENESIS_HASH, []
    for seq in range(1, EVENTS + 1):
        event = AuditEvent(
            type=EventType.CASE_OPENED,
            actor_kind=ActorKind.PERSON,
            actor_id="a-1",
            outcome=EventOutcome.SUCCESS,
            data={},
        )
        place = Place(tenant_id=TENANT, seq=seq, previous_hash=previous, at=datetime.now(UTC), clock_held=False)
        text = event_text(event, uuid4(), place)
        previous = event_hash(previous, text)
        key_id, signature = signer.sign(event_message(previous))
        lines.append(export_line(EventRow(text=text, hash=previous, signature=signature, key_id=key_id)))
    (tmp_path / "export.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    head = sign_head(tenant_id=TENANT, seq=EVENTS, hash_=previous, at=datetime.now(UTC), signer=signer)
    (tmp_path / "heads.jsonl").write_text(head.line(), encoding="utf-8")
    (tmp_path / "keyring.json").unlink()
    return tmp_path


def _verify(person: Person, desk: Path, *more: str, heads: bool = True) -> Any:
    given = ["--heads", str(desk / "heads.jsonl")] if heads else []
    return person(
        "audit", "verify", "--file", str(desk / "export.jsonl"), "--keys", str(desk / "public.json"), *given, *more
    )


def test_a_good_export_is_verified_without_the_product(stranger: Person, api: StandIn, desk: Path) -> None:
    """Export, heads and public keys are enough; nobody is asked and nobody needs to be signed in."""
    result = _verify(stranger, desk, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"events": EVENTS, "verified": True, "vouched": EVENTS, "first_bad": None}
    assert api.requests == []


@pytest.mark.parametrize(
    ("damage", "seq", "kind"),
    [("change", 3, "changed"), ("remove", 3, "missing"), ("swap", 3, "reordered"), ("cut", 5, "cut_off")],
)
def test_the_first_bad_event_is_named(stranger: Person, desk: Path, damage: str, seq: int, kind: str) -> None:
    """Changed, missing, reordered and cut-off events end with 1 and are named (R42, B18)."""
    lines = (desk / "export.jsonl").read_text(encoding="utf-8").splitlines()
    if damage == "change":
        lines[2] = lines[2].replace("success", "failure")
    elif damage == "remove":
        del lines[2]
    elif damage == "swap":
        lines[2], lines[3] = lines[3], lines[2]
    else:
        del lines[4]
    (desk / "export.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = _verify(stranger, desk)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"audit_not_verified: The first bad event is number {seq} ({kind}")


def test_an_export_without_heads_is_checked_with_a_warning(stranger: Person, desk: Path) -> None:
    """Without the heads file the person is told what cannot be noticed."""
    result = _verify(stranger, desk, heads=False)
    assert result.exit_code == 0
    assert "cut off" in result.stderr


def test_an_empty_export_is_not_good_when_heads_speak_of_events(stranger: Person, desk: Path) -> None:
    """Everything cut off is noticed as well (B18)."""
    (desk / "export.jsonl").write_text("", encoding="utf-8")
    result = _verify(stranger, desk)
    assert (result.exit_code, "cut_off" in result.stderr) == (1, True)
    assert _verify(stranger, desk, heads=False).exit_code == 2


@pytest.mark.parametrize("content", [b"\xff\x00", b"{}\n", b"[]\n", b'{"text": 5}\n'])
def test_an_export_that_is_none_is_refused(stranger: Person, desk: Path, content: bytes) -> None:
    """Nonsense instead of an export is one line, never a traceback (B26)."""
    (desk / "export.jsonl").write_bytes(content)
    result = _verify(stranger, desk, heads=False)
    assert (result.exit_code, result.stderr.splitlines()[-1].split(":")[0]) == (2, "input_unreadable")


def test_foreign_keys_do_not_verify(stranger: Person, desk: Path) -> None:
    """Another keyring's public keys find every event signed by an unknown key."""
    (desk / "public.json").write_text(make_keyring(desk / "other.json").public_document(), encoding="utf-8")
    result = _verify(stranger, desk)
    assert (result.exit_code, "unknown_key" in result.stderr) == (1, True)


def test_public_keys_can_only_verify(desk: Path) -> None:
    """The verifier says no to keys it has not been given."""
    from transport.keys import load_keyring  # noqa: PLC0415 - only here

    verifier = PublicVerifier(load_keyring(desk / "public.json"))
    assert not verifier.knows("k9-00000000")
    assert not verifier.verify("k9-00000000", b"", b"")


def test_the_api_s_check_ends_with_1_when_it_finds_something(recovery: Person, api: StandIn) -> None:
    """What the product finds itself is told in the same way."""
    api.tell(
        "GET",
        "/audit/check",
        ChainCheck(
            events=2, vouched=2, verified=False, first_bad=FirstBadEvent(seq=3, kind="forged", event_id=CASE_ID)
        ),
    )
    result = recovery("audit", "verify", "--json")
    assert (result.exit_code, json.loads(result.stdout)["verified"]) == (1, False)
    assert result.stderr == f"audit_not_verified: The first bad event is number 3 (forged, event {CASE_ID}).\n"


def test_an_export_is_a_new_private_file_or_nothing(recovery: Person, api: StandIn, tmp_path: Path) -> None:
    """An export never overwrites, is readable by its owner alone, and half of one leaves no file."""
    target = tmp_path / "chain.jsonl"
    api.tell("GET", "/audit/export", b'{"a": 1}\n')
    assert recovery("audit", "export", "-o", str(target)).exit_code == 0
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b'{"a": 1}\n', 0o600)
    assert recovery("audit", "export", "-o", str(target)).stderr.startswith("file_exists:")
    target.unlink()
    api.drop = 1
    assert recovery("audit", "export", "-o", str(target)).exit_code == 3
    api.answers.clear()
    assert recovery("audit", "export", "-o", str(target)).exit_code == 1
    assert not target.exists()


def test_an_export_to_standard_output_is_the_export(recovery: Person, api: StandIn) -> None:
    """Without a file the bytes go to standard output as they came."""
    api.tell("GET", "/audit/export", b'{"a": 1}\n')
    assert recovery("audit", "export", "--format", "jsonl").stdout == '{"a": 1}\n'
    assert recovery("audit", "export", "--json").exit_code == 2


def test_events_are_listed(recovery: Person, api: StandIn) -> None:
    """Events are rows with who did what, and the document with --json."""
    actor = EventActor(kind="person", id="a\x1b[2J")
    told = Events(
        events=[
            EventView(
                seq=1, id=CASE_ID, at=at(9), type=EventType.CASE_OPENED, outcome="success", actor=actor,
                subject=None, case=CASE_ID, data={},
            )
        ]
    )  # fmt: skip
    api.tell("GET", "/audit/events", told)
    result = recovery("audit", "events", "--case", "c-1", "--limit", "7")
    assert "recovery.case_opened" in result.stdout
    assert str(CASE_ID) in result.stdout
    assert "\x1b" not in result.stdout
    assert api.requests[0].path.endswith("/audit/events?case_id=c-1&limit=7")
    assert json.loads(recovery("audit", "events", "--json").stdout) == document(told)
