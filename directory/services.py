"""The directory's services put together once, for its JSON API, its pages and the connector alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from directory.administration import Administration
from directory.authentication import Authentication
from directory.enrolment import Enrolment
from directory.first_enrolment import FirstEnrolment
from directory.presence import Presence
from directory.profile import Profile
from directory.rollout_batches import RolloutBatches
from directory.sessions import Sessions
from directory.settings import DirectoryKeys, DirectorySettings
from directory.sign_in import SignIn


@dataclass(frozen=True)
class DirectoryServices:
    """Everything the directory offers; none of it knows HTTP."""

    settings: DirectorySettings
    administration: Administration
    authentication: Authentication
    sign_in: SignIn
    sessions: Sessions
    presence: Presence
    enrolment: Enrolment
    first_enrolment: FirstEnrolment
    rollout: RolloutBatches
    profile: Profile


def build_services(
    pool: asyncpg.Pool,
    *,
    settings: DirectorySettings,
    keys: DirectoryKeys,
    totp_clock: Callable[[], float] = time.time,
) -> DirectoryServices:
    """All services over one pool of the role `directory_app`."""
    return DirectoryServices(
        settings=settings,
        administration=Administration(pool, keys=keys),
        authentication=Authentication(pool, keys=keys, settings=settings, totp_clock=totp_clock),
        sign_in=SignIn(pool, keys=keys, settings=settings, totp_clock=totp_clock),
        sessions=Sessions(pool, code_key=keys.code_key),
        presence=Presence(pool, keys=keys, settings=settings),
        enrolment=Enrolment(pool, keys=keys, settings=settings, totp_clock=totp_clock),
        first_enrolment=FirstEnrolment(pool, keys=keys, settings=settings, totp_clock=totp_clock),
        rollout=RolloutBatches(pool),
        profile=Profile(pool, keys=keys, settings=settings, totp_clock=totp_clock),
    )
