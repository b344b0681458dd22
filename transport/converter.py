"""The data converter that client, worker and replayer share: pydantic models in, ciphertext out."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from temporalio.common import RawValue
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter

from transport.codec import ENCODING, KEY_ID, REASON, REFUSED, PayloadCipher
from transport.errors import KeyUnknown, MessageMalformed, MessageUnreadable, PayloadRefused
from transport.failures import RedactingFailureConverter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from temporalio.api.common.v1 import Payload

    from transport.keys import Keyring

_JSON = b"json/plain"


def data_converter(keyring: Keyring, namespace: str, *, worker: bool) -> DataConverter:
    """The converter for one namespace.

    With `worker` an unreadable payload is refused where it is converted, so that only its message fails.
    Without, decoding raises `PayloadRefused` or `KeyUnknown` at once. Both raise `MessageMalformed` for what
    was decrypted but does not fit. Replayers take `worker=True`.
    """
    return EncryptedDataConverter(
        payload_converter_class=RefusingPayloadConverter,
        payload_codec=PayloadCipher(keyring, namespace, lenient=worker),
        failure_converter_class=RedactingFailureConverter,
    )


class RefusingPayloadConverter(PydanticPayloadConverter):
    """Pydantic conversion whose errors are ours and quote nothing (G7: pydantic prints input values)."""

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """See base class; raises `MessageMalformed` for what has no JSON form."""
        try:
            return super().to_payloads(values)
        except Exception as error:  # noqa: BLE001 - whatever it says may quote the value
            raise MessageMalformed(reasons=(type(error).__name__,)) from None

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """See base class; raises `MessageMalformed`, `PayloadRefused` or `KeyUnknown`, nothing else."""
        return [self._read(payload, hint) for payload, hint in zip_longest(payloads, type_hints or [])]

    def _read(self, payload: Payload, hint: type | None) -> Any:
        if hint is RawValue:
            return RawValue(payload)
        if payload.metadata.get(ENCODING) == REFUSED:
            raise _refusal(payload)
        try:
            [value] = super().from_payloads([payload], [hint] if hint is not None else None)
            return value if payload.metadata[ENCODING] == _JSON else _fitting(value, hint)
        except MessageUnreadable:
            raise
        except ValidationError as error:
            kinds = sorted({mistake["type"] for mistake in error.errors(include_url=False, include_input=False)})
            raise MessageMalformed(reasons=tuple(kinds)) from None
        except Exception:  # noqa: BLE001 - an unforeseen one must not fail the task, nor quote the payload
            raise MessageMalformed from None


@dataclass(frozen=True)
class EncryptedDataConverter(DataConverter):
    """A converter without external storage, for which a storage reference is just one more foreign payload.

    The SDK raises on such references before the codec is asked, so that a signal made to look like one would fail
    every task of a case. These overrides leave the judgement to the codec; a test watches that they still apply.
    """

    async def _decode_reference_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)

    async def _external_retrieve_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)

    async def _transform_inbound_payload(self, payload: Payload) -> Payload:
        return (await self._decode_payload_sequence([payload]))[0]

    async def _transform_inbound_payloads(self, payloads: Any) -> None:
        decoded = await self._decode_payload_sequence(payloads.payloads)
        del payloads.payloads[:]
        payloads.payloads.extend(decoded)


def _refusal(payload: Payload) -> MessageUnreadable:
    if payload.metadata.get(REASON) == KeyUnknown.code.encode():
        return KeyUnknown(payload.metadata.get(KEY_ID, b"").decode("ascii", "replace"))
    return PayloadRefused()


def _fitting(value: Any, hint: Any) -> Any:
    # The SDK returns None, bytes and protobufs whatever was asked for: a null would reach a handler as a model.
    if hint is None or hint is Any or (isinstance(hint, type) and isinstance(value, hint)):
        return value
    return _adapter(hint).validate_python(value)


@functools.lru_cache(maxsize=256)
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)
