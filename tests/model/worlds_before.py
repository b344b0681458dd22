"""The small worlds up to the claim: each is a start, the moves that can happen there, and how deep it is explored."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from domain.acts import Brake, DrawnBody, HeldBody, InterruptBody
from domain.case import Reason
from domain.people import Role
from tests.model.cast import (
    ADA,
    ADA_AGAIN,
    BO,
    BO_AGAIN,
    CLEO,
    DEV,
    KIM,
    KIM_AGAIN,
    KIM_WITH_ROLES,
    LOWERED,
    MORE_METHODS,
    RAISED,
    SAM,
    SOL,
    THREE_PEOPLE,
    Standing,
    subject,
)
from tests.model.doors import Kind
from tests.model.moves import (
    account_becomes,
    browser_becomes,
    changed,
    comes_to_stand,
    decisions,
    enrolment_by,
    enrols,
    falls_silent,
    is_disabled,
    policy_becomes,
    recorded,
    shows_code,
    wait,
    worker,
)
from tests.model.starts import (
    CALLBACK,
    CALLED_THE_LOST_PHONE,
    CANCEL,
    CHECK_PASSED,
    CODE_SIGN_IN,
    CODES_GONE,
    CODES_USED,
    COOLING_OFF_OVER,
    DESK_OBJECTS,
    DOCUMENT,
    EXECUTE,
    FAILED,
    HOSTILE,
    IN_PERSON,
    KNOWLEDGE,
    NOTICE_FAILED,
    NOTICE_READ,
    NOTICE_TO_A_NEW_ADDRESS,
    NOTICE_TO_THE_LOST_PHONE,
    OBJECTION,
    OURS,
    RELEASE,
    RESUME,
    REVIEW,
    SIGNED_IN,
    STRANGE,
    TICKET,
    UNCERTAIN,
    UPHOLD,
    VIDEO,
    WAIVERS,
    WORKING_FACTOR,
    intake,
    opened,
)
from tests.model.world import World

if TYPE_CHECKING:
    from tests.model.state import State

EVERYBODY = (ADA, ADA_AGAIN, BO, CLEO, DEV, KIM, SOL)
WITH_OFFICERS = (ADA, ADA_AGAIN, CLEO, KIM, SOL, SAM)
ALIKE = frozenset({"cleo", "dev"})
PRESENCE = shows_code("browser")
THE_OTHERS_PRESENCE = shows_code("strange-browser")
ENROLS = enrolment_by("browser")
ALL_ROLES = frozenset({Role.AGENT, Role.APPROVER, Role.SECURITY})
NOTICE = recorded("notice read", NOTICE_READ)


def _is_unclaimed(state: State) -> bool:
    return state.case.claimed_at is None


BEFORE_THE_CLAIM = (
    World(
        "standard",
        opened,
        (
            decisions(IN_PERSON, FAILED, PRESENCE, CANCEL, by=EVERYBODY),
            decisions(EXECUTE, by=(ADA, BO, KIM), times=2, proofs=(Kind.OLD,)),
            wait(340, 90_000, limit=2),
            changed("browser silent", browser_becomes(falls_silent, "browser")),
            worker(),
            ENROLS,
        ),
        7,
        alike=ALIKE,
    ),
    World(
        "weak methods",
        opened,
        (
            decisions(CALLBACK, VIDEO, CALLED_THE_LOST_PHONE, KNOWLEDGE, by=(CLEO, KIM)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO)),
            decisions(COOLING_OFF_OVER, by=(ADA_AGAIN, SOL)),
            NOTICE,
            recorded("notice to the lost phone", NOTICE_TO_THE_LOST_PHONE),
            recorded("notice to a new address", NOTICE_TO_A_NEW_ADDRESS),
            recorded("notice failed", NOTICE_FAILED),
            wait(400, 1900, limit=1),
            worker(crashes=False),
        ),
        12,
    ),
    World(
        "observed methods",
        partial(opened, stated=intake(Reason.BROKEN_FACTOR)),
        (
            decisions(WORKING_FACTOR, DOCUMENT, TICKET, PRESENCE, by=EVERYBODY),
            decisions(EXECUTE, by=EVERYBODY),
            recorded("signed in with a factor", SIGNED_IN),
            recorded("document checked", CHECK_PASSED),
            wait(400, limit=1),
            worker(crashes=False),
        ),
        6,
        alike=ALIKE,
    ),
    World(
        "privileged",
        partial(opened, kim_roles=ALL_ROLES),
        (
            decisions(IN_PERSON, CALLBACK, by=(ADA_AGAIN, CLEO, DEV, KIM_WITH_ROLES, KIM_AGAIN)),
            decisions(PRESENCE, EXECUTE, CANCEL, by=(ADA, CLEO, KIM_WITH_ROLES, KIM_AGAIN, BO)),
            NOTICE,
            wait(400, 15_000, limit=2),
            worker(crashes=False),
        ),
        7,
    ),
    World(
        "password",
        partial(opened, stated=intake(reset_password_because="Typed into a strange page"), browsers=(OURS, STRANGE)),
        (
            decisions(IN_PERSON, CALLBACK, by=EVERYBODY),
            decisions(PRESENCE, THE_OTHERS_PRESENCE, by=(CLEO, KIM)),
            decisions(EXECUTE, by=(ADA, BO)),
            wait(400, 90_000, limit=1),
            worker(),
            ENROLS,
        ),
        7,
        attentive=True,
    ),
    World(
        "hostile",
        partial(opened, stated=HOSTILE),
        (
            decisions(IN_PERSON, CALLBACK, WORKING_FACTOR, by=(ADA_AGAIN, CLEO, DEV, KIM)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO)),
            recorded("signed in with a factor", SIGNED_IN),
            NOTICE,
            changed("cleo loses the role", comes_to_stand("person-cleo", Standing.ROLE_LOST)),
            wait(90_000, limit=1),
            worker(),
            ENROLS,
        ),
        5,
    ),
    World(
        "objections",
        opened,
        (
            decisions(IN_PERSON, CALLBACK, by=(CLEO, DEV)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO)),
            decisions(RESUME, UPHOLD, by=(ADA_AGAIN, CLEO, KIM, SOL)),
            NOTICE,
            recorded("objection by mail", OBJECTION),
            recorded("objection by the desk phone", DESK_OBJECTS),
            wait(1900, limit=1),
            worker(crashes=False),
        ),
        6,
        alike=frozenset(),
    ),
    World(
        "brakes",
        partial(opened, first=(HeldBody(brake=Brake.AGENT),), effects=frozenset({"tenant-busy", "approver-busy"})),
        (
            decisions(IN_PERSON, PRESENCE, EXECUTE, by=(ADA, CLEO, SAM)),
            decisions(RELEASE, by=WITH_OFFICERS, times=3),
            decisions(*WAIVERS[-1:], by=(SOL,)),
            wait(400, limit=1),
            worker(),
        ),
        10,
    ),
    World(
        "break-glass",
        partial(opened, kim_roles=ALL_ROLES),
        (
            decisions(IN_PERSON, CALLBACK, by=(CLEO, DEV)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO)),
            decisions(*WAIVERS, REVIEW, by=(ADA_AGAIN, KIM_WITH_ROLES, SOL, SAM)),
            NOTICE,
            wait(15_000, limit=1),
            worker(crashes=False),
        ),
        6,
    ),
    World(
        "people",
        partial(
            opened,
            standings={
                "person-dev": Standing.YOUNG,
                "person-bo": Standing.GRANTED_BY_AGENT,
                "person-sam": Standing.RECOVERED,
            },
        ),
        (
            decisions(IN_PERSON, UNCERTAIN, FAILED, by=(CLEO, DEV, BO_AGAIN, SAM)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO, DEV, BO_AGAIN)),
            changed("cleo loses the role", comes_to_stand("person-cleo", Standing.ROLE_LOST)),
            changed("cleo is disabled", comes_to_stand("person-cleo", Standing.DISABLED)),
            changed("cleo is back", comes_to_stand("person-cleo", Standing.FULL)),
            changed("ada loses the role", comes_to_stand("person-ada", Standing.ROLE_LOST)),
            changed("ada is disabled", comes_to_stand("person-ada", Standing.DISABLED)),
            worker(crashes=False),
        ),
        6,
        attentive=False,
    ),
    World(
        "policies",
        opened,
        (
            decisions(IN_PERSON, CALLBACK, by=(CLEO, DEV)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO)),
            NOTICE,
            *(
                changed(f"policy {name}", policy_becomes(policy))
                for name, policy in {
                    "raised": RAISED,
                    "three people": THREE_PEOPLE,
                    "lowered": LOWERED,
                    "more methods": MORE_METHODS,
                }.items()
            ),
            wait(1900, limit=1),
            worker(crashes=False),
        ),
        6,
        alike=frozenset(),
    ),
    World(
        "changed account",
        opened,
        (
            decisions(IN_PERSON, CANCEL, by=(ADA, CLEO)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO), times=2),
            recorded("found lost by the sweep", InterruptBody(found="terminated"), when=_is_unclaimed),
            changed("another factor", enrols("f-2")),
            changed("disabled", account_becomes(is_disabled)),
            changed("another manager", account_becomes(lambda _: {"manager_id": "cleo"})),
            changed("a contact less", account_becomes(lambda one: {"contacts": one.contacts[:-1]})),
            changed("an administrator", account_becomes(lambda _: {"roles": ("admin",)})),
            changed("another person", account_becomes(lambda _: {"person_id": "person-else"})),
            worker(),
            ENROLS,
        ),
        9,
        attentive=False,
    ),
    World(
        "backup codes",
        partial(opened, about=subject(backup_codes_left=3)),
        (
            decisions(CODES_GONE, CODES_USED, by=(ADA, ADA_AGAIN, BO, CLEO, KIM)),
            decisions(IN_PERSON, UNCERTAIN, PRESENCE, EXECUTE, by=(ADA, CLEO, DEV)),
            recorded("signed in with a code", CODE_SIGN_IN),
            wait(400, limit=1),
            worker(),
            ENROLS,
        ),
        7,
    ),
    World(
        "drawn",
        partial(opened, first=(DrawnBody(approvers=("cleo",), eligible=2),)),
        (
            decisions(CALLBACK, VIDEO, by=(CLEO, DEV)),
            decisions(PRESENCE, by=(CLEO,)),
            decisions(EXECUTE, by=(ADA,)),
            NOTICE,
            wait(1300, 1900, limit=1),
            worker(crashes=False),
        ),
        12,
    ),
)
