"""Which HTTP status a refusal has, at every web door: by its class, and by its code where the class says too little."""

from __future__ import annotations

from http import HTTPStatus

from domain import errors
from domain.errors import RecoveryError
from service.auditing import ExportsBusy
from store.audit.errors import ChainBusy
from store.errors import AlreadyTaken
from transport.errors import TemporalUnreachable

_STATUS: dict[type[RecoveryError], HTTPStatus] = {
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.SignInRefused: HTTPStatus.UNAUTHORIZED,
    errors.NotAMember: HTTPStatus.FORBIDDEN,
    errors.StepUpRefused: HTTPStatus.FORBIDDEN,
    errors.StepUpLocked: HTTPStatus.LOCKED,
    errors.Refused: HTTPStatus.CONFLICT,
    errors.PresenceRefused: HTTPStatus.CONFLICT,
    errors.PresenceUnusable: HTTPStatus.CONFLICT,
    errors.SubjectGone: HTTPStatus.CONFLICT,
    AlreadyTaken: HTTPStatus.CONFLICT,
    errors.CaseNotFound: HTTPStatus.NOT_FOUND,
    errors.InputRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PresenceLocked: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    ExportsBusy: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ProviderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    ChainBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    TemporalUnreachable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ProviderRefused: HTTPStatus.BAD_GATEWAY,
}
_BY_CODE = {
    **dict.fromkeys(
        (
            "role_missing",
            "own_case",
            "agent_cannot_approve",
            "acting_admin_cannot_approve",
            "not_the_agent",
            "not_the_acting_admin",
            "subject_outranks_agent",
            "own_roles",
            "officer_is_a_party",
            "own_break_glass",
            "own_proposal",
        ),
        HTTPStatus.FORBIDDEN,
    ),
    "tenant_unknown": HTTPStatus.NOT_FOUND,
    "event_not_found": HTTPStatus.NOT_FOUND,
    "workflow_unknown": HTTPStatus.NOT_FOUND,
    "campaign_not_found": HTTPStatus.NOT_FOUND,
    "proposal_not_found": HTTPStatus.NOT_FOUND,
    "idempotency_key_missing": HTTPStatus.BAD_REQUEST,
    "idempotency_key_malformed": HTTPStatus.BAD_REQUEST,
    "body_malformed": HTTPStatus.BAD_REQUEST,
}


def status_of(error: RecoveryError) -> HTTPStatus | None:
    """The status of a refusal at any web door; None where no caller could have caused it."""
    return _BY_CODE.get(error.code) or next((_STATUS[one] for one in type(error).__mro__ if one in _STATUS), None)
