"""Codec and converter on their own: what is believed, and what an error may say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure

from tests.transport.example_messages import Bell, VendorSaysNo
from transport.codec import ENCODING, ENCRYPTED, KEY_ID, REFUSED, PayloadCipher
from transport.converter import RefusingPayloadConverter, data_converter
from transport.errors import KeyUnknown, MessageMalformed, PayloadRefused
from transport.keys import Keyring, load_keyring, make_keyring, rotate

if TYPE_CHECKING:
    from pathlib import Path

PAYLOAD = Payload(metadata={"encoding": b"json/plain", "extra": b"canary"}, data=b'"canary"')


async def seal(keyring: Keyring, namespace: str = "default") -> Payload:
    """An encrypted payload."""
    [sealed] = await PayloadCipher(keyring, namespace, lenient=False).encode([PAYLOAD])
    return sealed


def altered(sealed: Payload, how: str) -> Payload:
    """A payload after a forger's work on it."""
    changed = Payload()
    changed.CopyFrom(sealed)
    match how:
        case "bit":
            changed.data = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
        case "short":
            changed.data = sealed.data[:5]
        case "empty":
            changed.data = b""
        case "key id":
            changed.metadata[KEY_ID] = b"k1-00000000"
        case "no key id":
            del changed.metadata[KEY_ID]
        case "bytes as key id":
            changed.metadata[KEY_ID] = b"\xff\x00"
        case "label":
            changed.metadata[ENCODING] = b"json/plain"
        case "plaintext":
            changed.CopyFrom(PAYLOAD)
    return changed


def with_one_key_twice(path: Path) -> Keyring:
    """A keyring in which "k2-00000000" is the active payload key once more."""
    make_keyring(path)
    document = json.loads(path.read_text())
    document["payload"]["keys"]["k2-00000000"] = document["payload"]["keys"][document["payload"]["active"]]
    path.write_text(json.dumps(document))
    return load_keyring(path)


HOWS = ["bit", "short", "empty", "key id", "no key id", "bytes as key id", "label", "plaintext"]


async def test_round_trip_hides_metadata_too(keyring: Keyring) -> None:
    """R44: the whole payload is inside, and two encryptions of it differ."""
    first, second = await seal(keyring), await seal(keyring)
    assert b"canary" not in first.SerializeToString()
    assert first.data != second.data
    assert await PayloadCipher(keyring, "default", lenient=False).decode([first]) == [PAYLOAD]


@pytest.mark.parametrize("how", HOWS)
async def test_strict_raises(keyring: Keyring, how: str) -> None:
    """R44: clients and tools hear at once that something is not ours."""
    with pytest.raises((PayloadRefused, KeyUnknown)):
        await PayloadCipher(keyring, "default", lenient=False).decode([altered(await seal(keyring), how)])


@pytest.mark.parametrize("how", HOWS)
async def test_lenient_hands_on_emptied_for_the_converter_to_refuse(keyring: Keyring, how: str) -> None:
    """R44, B19: the worker's codec never raises; nothing of the foreign payload remains, and conversion refuses it."""
    [handed] = await PayloadCipher(keyring, "default", lenient=True).decode([altered(await seal(keyring), how)])
    assert handed.metadata[ENCODING] == REFUSED
    assert not handed.data
    with pytest.raises((PayloadRefused, KeyUnknown)):
        RefusingPayloadConverter().from_payloads([handed], [str])
    with pytest.raises((PayloadRefused, KeyUnknown)):
        RefusingPayloadConverter().from_payloads([handed])


async def test_payload_of_another_namespace_is_refused(keyring: Keyring) -> None:
    """R44: the namespace is authenticated; a payload cannot be moved into another one."""
    with pytest.raises(PayloadRefused):
        await PayloadCipher(keyring, "default", lenient=False).decode([await seal(keyring, "other")])


async def test_payload_cannot_be_moved_to_another_key_id(keyring_path: Path) -> None:
    """The key id is authenticated, even where two ids would hold one key."""
    keyring = with_one_key_twice(keyring_path)
    moved = await seal(keyring)
    moved.metadata[KEY_ID] = b"k2-00000000"
    with pytest.raises(PayloadRefused):
        await PayloadCipher(keyring, "default", lenient=False).decode([moved])


async def test_rotation_keeps_old_payloads_readable(keyring_path: Path) -> None:
    """Old histories stay readable; new payloads use the new key; a running worker learns it by itself."""
    running = make_keyring(keyring_path)
    old = await seal(running)
    new_id = rotate(keyring_path, "payload")
    new = await seal(load_keyring(keyring_path))
    assert new.metadata[KEY_ID].decode() == new_id
    assert await PayloadCipher(load_keyring(keyring_path), "default", lenient=False).decode([old]) == [PAYLOAD]
    assert await PayloadCipher(running, "default", lenient=True).decode([new]) == [PAYLOAD]


@pytest.mark.parametrize(
    ("payload", "hint"),
    [
        (Payload(metadata={"encoding": b"json/plain"}, data=b'{"act_id": ["canary"]}'), Bell),
        (Payload(metadata={"encoding": b"json/plain"}, data=b'{"act_id": "a", "urgency": "canary"}'), Bell),
        (Payload(metadata={"encoding": b"json/plain"}, data=b"canary {"), Bell),
        (Payload(metadata={"encoding": b"canary"}, data=b"canary"), Bell),
        (Payload(metadata={"encoding": b"json/protobuf", "messageType": b"canary"}, data=b"canary"), Bell),
        (Payload(metadata={"encoding": b"binary/null"}), Bell),
        (Payload(metadata={"encoding": b"binary/plain"}, data=b"canary"), Bell),
    ],
)
def test_converter_errors_quote_nothing(payload: Payload, hint: type) -> None:
    """R44, G7: pydantic's and the SDK's errors quote the input; ours do not, nor do their causes."""
    with pytest.raises(MessageMalformed) as caught:
        RefusingPayloadConverter().from_payloads([payload], [hint])
    error: BaseException | None = caught.value
    assert "canary" not in str(error) + repr(error)
    assert error is not None
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize("value", [None, b"bytes", "text", 1, {"a": [1]}])
def test_plain_values_still_travel(value: Any) -> None:
    """Refusing nulls and bytes where a model is expected must not refuse them elsewhere."""
    converter = RefusingPayloadConverter()
    payloads = converter.to_payloads([value])
    assert converter.from_payloads(payloads) == [value]
    assert converter.from_payloads(payloads, [type(value)]) == [value]
    assert converter.from_payloads(payloads, [type(value) | None]) == [value]  # type: ignore[list-item]


async def test_failures_carry_codes_and_encrypted_places(keyring: Keyring) -> None:
    """R44, B09: foreign texts are gone from exception and cause; our codes and the encrypted place stay."""
    converter = data_converter(keyring, "default", worker=True)
    failure = Failure()
    try:
        try:
            dict[str, str]()["canary"]
        except KeyError as error:
            raise VendorSaysNo("canary") from error
    except VendorSaysNo as error:
        await converter.encode_failure(error, failure)
    assert failure.application_failure_info.type == "vendor_says_no"
    assert failure.application_failure_info.non_retryable
    assert failure.cause.application_failure_info.type == "internal_error"
    assert failure.encoded_attributes.metadata[ENCODING] == ENCRYPTED
    assert not failure.stack_trace
    assert b"canary" not in failure.SerializeToString()
    decoded = await converter.decode_failure(failure)
    assert str(decoded) == "vendor_says_no: The vendor refuses this call."
