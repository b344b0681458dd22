"""The built-in directory behind our ports; the only module of ours that knows it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from directory.errors import (
    AccountUnknown,
    CodeReused,
    DirectoryError,
    PresenceCodeWrong,
    PresenceLocked,
    PresencePasswordRequired,
    PresenceUnknown,
    PresenceUnusable,
    SecondFactorRefused,
    Throttled,
    TransactionUnusable,
)
from directory.records import BackupCodeResponse, TotpResponse, WebAuthnResponse
from domain import errors
from domain.account import (
    Account,
    AccountStatus,
    Contact,
    ContactKind,
    Enforcement,
    Enrolment,
    Factor,
    FactorKind,
    FormerContact,
    LiveSession,
    RecoveryContact,
)
from domain.plan import Justification, OperationKind
from domain.policy.presence import Presence
from domain.ports import Challenge, Login, ProvedFactor, ProviderEvent
from postgres.errors import DatabaseUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from directory.administration import Administration
    from directory.authentication import Authentication
    from directory.records import AccountView, EnrolmentView, EventView, FactorResponse
    from directory.rollout_batches import RolloutBatches
    from domain.ports import Order

CONSUMER = "mfa-recovery"
_WINDOW_CLOSED = "enrolment_window_closed"
_OUR_REASONS = frozenset(
    {
        _WINDOW_CLOSED,
        Justification.DEVICE_IN_OTHER_HANDS.value,
        Justification.ENROLMENT_NOT_ENFORCED.value,
        Justification.OBJECTION.value,
    }
)


class BuiltinDirectory:
    """Accounts, effects and events of the built-in directory."""

    def __init__(self, administration: Administration) -> None:
        self._directory = administration

    async def find(self, tenant_id: UUID, text: str) -> list[Account]:
        """See `domain.ports.Accounts`."""
        with _translated():
            return [_account(view) for view in await self._directory.find(tenant_id, text)]

    async def read(self, account_id: str) -> Account:
        """See `domain.ports.Accounts`."""
        with _translated():
            return _account(await self._directory.read(_uuid(account_id)))

    async def some(self, tenant_id: UUID, *, after: str | None, limit: int) -> list[Account]:
        """See `domain.ports.Accounts`; two statements, whatever `limit` is."""
        with _translated():
            views = await self._directory.some(tenant_id, after=_uuid_or_none(after), limit=limit)
        return [_account(view) for view in views]

    async def sessions(self, account_id: str) -> list[LiveSession] | None:
        """See `domain.ports.Accounts`."""
        with _translated():
            found = await self._directory.sessions(_uuid(account_id))
        return [
            LiveSession(
                started_at=one.created_at, last_seen_at=one.last_seen_at, browser=one.browser, methods=tuple(one.amr)
            )
            for one in found
        ]

    async def carry_out(self, order: Order) -> str:
        """See `domain.ports.Effects`; the directory does each command once by its id. Raises `PresenceUnusable`."""
        with _translated():
            return await self._carry_out(order, _uuid(order.account_id))

    async def lock(self, account_id: str, command: UUID) -> None:
        """See `domain.ports.Effects`."""
        with _translated():
            await self._directory.lock(_uuid(account_id), _WINDOW_CLOSED, command)

    async def freeze_contacts(self, account_id: str, until: datetime, command: UUID) -> bool:
        """See `domain.ports.Effects`; a freeze that lasts longer already stays."""
        with _translated():
            await self._directory.freeze_contacts(_uuid(account_id), until, command)
        return True

    async def undelivered(self, limit: int) -> list[ProviderEvent]:
        """See `domain.ports.EventFeed`."""
        with _translated():
            events = await self._directory.undelivered_events(CONSUMER, limit)
        return [_event(one) for one in events]

    async def acknowledge(self, event_ids: Sequence[str]) -> None:
        """See `domain.ports.EventFeed`."""
        with _translated():
            await self._directory.acknowledge(CONSUMER, [UUID(one) for one in event_ids])

    async def _carry_out(self, order: Order, account_id: UUID) -> str:
        operation, command = order.operation, order.command
        match operation.kind:
            case OperationKind.WIPE_FACTORS:
                return await self._directory.remove_factor(account_id, _uuid(operation.target), command)
            case OperationKind.REVOKE_SESSIONS:
                counts = await self._directory.revoke_sessions(account_id, command)
                return f"ended_{counts.sessions}_sessions_{counts.refresh_tokens}_tokens"
            case OperationKind.RESET_PASSWORD:
                await self._directory.invalidate_password(account_id, command)
            case OperationKind.DISABLE:
                await self._directory.disable(account_id, operation.justification.value, command)
            case OperationKind.ENABLE:
                await self._directory.enable(account_id, command)
            case OperationKind.REQUIRE_ENROLMENT:
                await self._require_enrolment(order, account_id)
        return "done"

    async def _require_enrolment(self, order: Order, account_id: UUID) -> None:
        if order.presence_id is None or order.until is None:
            raise errors.PresenceUnusable
        presence = _uuid(order.presence_id)
        await self._directory.require_enrolment(account_id, presence, order.until, order.choose_password, order.command)


class BuiltinGroups:
    """The built-in directory's groups, see `domain.ports.Groups` (R40)."""

    def __init__(self, rollout: RolloutBatches) -> None:
        self._rollout = rollout

    async def members_of(self, tenant_id: UUID, group: str, *, after: str | None, limit: int) -> list[str]:
        """See `domain.ports.Groups`; the group `everyone` is always there."""
        with _translated():
            members = await self._rollout.members_of(tenant_id, group, after=_uuid_or_none(after), limit=limit)
        return [str(one) for one in members]

    async def size_of(self, tenant_id: UUID, group: str) -> int | None:
        """See `domain.ports.Groups`."""
        with _translated():
            return await self._rollout.size_of(tenant_id, group)


class BuiltinRollout:
    """The MFA policy of the built-in directory's accounts, see `domain.ports.Rollout` (R40)."""

    def __init__(self, rollout: RolloutBatches) -> None:
        self._rollout = rollout

    async def require_mfa(self, account_id: str, command: UUID) -> str:
        """See `domain.ports.Rollout`; once by the command's id."""
        with _translated():
            return await self._rollout.require_mfa(_uuid(account_id), command)

    async def require_mfa_of(self, wanted: Mapping[str, UUID]) -> dict[str, str]:
        """See `domain.ports.Rollout`; set-wise, whatever the number."""
        with _translated():
            results = await self._rollout.require_mfa_of({_uuid(one): command for one, command in wanted.items()})
        return {str(one): "gone" if result == AccountUnknown.code else result for one, result in results.items()}

    async def without_factor(self, account_ids: Sequence[str]) -> set[str]:
        """See `domain.ports.Rollout`."""
        with _translated():
            return {str(one) for one in await self._rollout.without_factor([_uuid(one) for one in account_ids])}


class BuiltinPresences:
    """The waiting browsers of the built-in directory's subjects."""

    def __init__(self, administration: Administration) -> None:
        self._directory = administration

    async def confirm(self, account_id: str, code: str, *, password_required: bool) -> str:
        """See `domain.ports.Presences`."""
        with _translated():
            view = await self._directory.confirm_presence(_uuid(account_id), code, password_required=password_required)
        return str(view.id)

    async def phrase(self, presence_id: str) -> str | None:
        """See `domain.ports.Presences`."""
        try:
            return await self._directory.presence_phrase(UUID(presence_id))
        except (PresenceUnknown, PresenceUnusable, ValueError):
            return None

    async def read(self, presence_id: str) -> Presence | None:
        """See `domain.ports.Presences`."""
        try:
            view = await self._directory.presence(UUID(presence_id))
        except (PresenceUnknown, ValueError):
            return None
        return Presence(
            id=str(view.id),
            account_id=str(view.account_id),
            confirmed=view.confirmed_at is not None,
            usable=view.state in {"confirmed", "granted"},
            password_verified=view.password_verified,
            last_seen_at=view.last_seen_at,
        )


class BuiltinSignIn:
    """Staff sign-in against the built-in directory."""

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    async def start(self, tenant_id: UUID, login: str, password: str) -> Challenge:
        """See `domain.ports.StaffSignIn`."""
        with _translated():
            started = await self._authentication.start_sign_in(tenant_id, login, password)
        return Challenge(
            transaction=str(started.transaction_id),
            kinds=tuple(started.kinds),
            webauthn_options=started.webauthn_options,
        )

    async def finish(self, transaction: str, response: dict[str, object]) -> Login:
        """See `domain.ports.StaffSignIn`."""
        with _translated():
            signed_in = await self._authentication.finish_sign_in(_uuid(transaction), _response(response))
        return Login(account_id=str(signed_in.account_id), person_id=str(signed_in.person_id), aal=signed_in.aal)


class BuiltinStepUps:
    """Fresh proofs from the factors of the built-in directory."""

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    async def start(self, account_id: str, binding: bytes) -> Challenge:
        """See `domain.ports.StepUps`."""
        with _translated():
            started = await self._authentication.start_step_up(_uuid(account_id), binding)
        return Challenge(
            transaction=str(started.transaction_id),
            kinds=tuple(started.kinds),
            webauthn_options=started.webauthn_options,
        )

    async def finish(self, transaction: str, response: dict[str, object], binding: bytes) -> ProvedFactor:
        """See `domain.ports.StepUps`."""
        try:
            with _translated():
                proof = await self._authentication.finish_step_up(_uuid(transaction), _response(response), binding)
        except errors.SignInRefused as error:
            raise errors.StepUpRefused from error
        return ProvedFactor(
            aal=proof.aal,
            phishing_resistant=proof.phishing_resistant,
            hardware_bound=proof.hardware_bound,
            factor_kind=proof.kind,
            enrolled_at=proof.factor_enrolled_at,
        )


@contextmanager
def _translated() -> Iterator[None]:
    """The directory's errors as ours; its messages stay behind."""
    try:
        yield
    except AccountUnknown as error:
        raise errors.SubjectGone from error
    except CodeReused as error:
        raise errors.StepUpCodeReused from error
    except (SecondFactorRefused, TransactionUnusable) as error:
        raise errors.StepUpRefused from error
    except (PresenceCodeWrong, PresencePasswordRequired) as error:
        raise errors.PresenceRefused from error
    except PresenceLocked as error:
        raise errors.PresenceLocked from error
    except PresenceUnusable as error:
        raise errors.PresenceUnusable from error
    except Throttled as error:
        raise errors.Throttled from error
    except DirectoryError as error:
        raise _other(error) from error
    except DatabaseUnreachable as error:
        raise errors.ProviderUnavailable from error


def _other(error: DirectoryError) -> errors.RecoveryError:
    if error.code in {"sign_in_refused", "enrolment_required"}:
        return errors.SignInRefused()
    return errors.ProviderRefused()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise errors.SubjectGone from error


def _uuid_or_none(text: str | None) -> UUID | None:
    return None if text is None else _uuid(text)


def _response(response: dict[str, object]) -> FactorResponse:
    kind = response.get("kind")
    if kind == "webauthn":
        credential = response.get("credential")
        return WebAuthnResponse(credential if isinstance(credential, str) else json.dumps(credential))
    if kind == "backup_code":
        return BackupCodeResponse(response.get("code"))
    return TotpResponse(response.get("code"))


def _account(view: AccountView) -> Account:
    required = view.mfa == "required" or view.enrolment_required
    kinds = {str(factor.id): FactorKind(factor.kind) for factor in view.factors}
    return Account(
        id=str(view.id),
        person_id=str(view.person_id),
        login=view.login,
        display_name=view.display_name,
        status=AccountStatus(view.status),
        enforcement=Enforcement.REQUIRED if required else Enforcement(view.mfa),
        roles=tuple(view.roles),
        manager_id=_text(view.manager_id),
        manager_person_id=_text(view.manager_person_id),
        manager_since=view.manager_since,
        sponsor_id=_text(view.sponsor_id),
        sponsor_since=view.sponsor_since,
        factors=tuple(
            Factor(id=str(one.id), kind=FactorKind(one.kind), label=one.label, enrolled_at=one.enrolled_at)
            for one in view.factors
        ),
        backup_codes_left=view.backup_codes_left,
        contacts=tuple(
            Contact(id=str(one.id), kind=ContactKind(one.kind), value=one.value, bound_since=one.bound_since)
            for one in view.contacts
        ),
        former_contacts=tuple(
            FormerContact(id=str(one.id), kind=ContactKind(one.kind), value=one.value, replaced_at=one.replaced_at)
            for one in view.replaced_contacts
            if one.replaced_at is not None
        ),
        recovery_contacts=tuple(
            RecoveryContact(account_id=str(one.account_id), person_id=str(one.person_id), named_since=one.named_since)
            for one in view.recovery_contacts
        ),
        contacts_frozen_until=view.contacts_frozen_until,
        sessions=view.session_count,
        refresh_tokens=view.refresh_token_count,
        signals=tuple(view.recent_signals),
        held_by_recovery=view.status != "active" and view.status_reason in _OUR_REASONS,
        enrolment=_enrolment(view.enrolment, kinds) if view.enrolment else None,
    )


def _enrolment(view: EnrolmentView, kinds: dict[str, FactorKind]) -> Enrolment:
    factor_id = _text(view.enrolled_factor_id)
    return Enrolment(
        presence_id=str(view.presence_id),
        until=view.until,
        factor_id=factor_id,
        factor_kind=kinds.get(factor_id) if factor_id else None,
        codes_issued=view.codes_issued_at is not None,
        codes_issued_at=view.codes_issued_at,
        password_chosen=view.password_chosen_at is not None,
    )


def _event(view: EventView) -> ProviderEvent:
    factor_id = view.data.get("factor_id")
    return ProviderEvent(
        id=str(view.id),
        tenant_id=view.tenant_id,
        account_id=str(view.account_id),
        type=view.type,
        at=view.at,
        command=str(view.data["command"]) if view.data.get("command") else None,
        by_admin=view.data.get("by") == "admin",
        # Elsewhere `kind` is that of a contact, or of a guess that was refused.
        factor_kind=str(view.data["kind"]) if factor_id and view.data.get("kind") else None,
        factor_id=str(factor_id) if factor_id else None,
    )


def _text(one: UUID | None) -> str | None:
    return str(one) if one else None
