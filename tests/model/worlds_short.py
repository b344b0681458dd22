"""Worlds with few moves, in which a broken rule shows after a short search."""

from __future__ import annotations

from functools import partial

from domain.acts import Brake, HeldBody
from tests.model.cast import ADA, CLEO, DEV, MORE_METHODS, SOL, Standing
from tests.model.moves import (
    account_becomes,
    changed,
    comes_to_stand,
    concurrently,
    decisions,
    enrolment_by,
    enrols,
    is_active,
    is_disabled,
    policy_becomes,
    recorded,
    shows_code,
    wait,
    worker,
)
from tests.model.starts import (
    CALLBACK,
    CANCEL,
    EXECUTE,
    FAILED,
    IN_PERSON,
    NOTICE_TO_THE_LOST_PHONE,
    OBJECTION,
    RESUME,
    UNCERTAIN,
    UPHOLD,
    VIDEO,
    opened,
)
from tests.model.world import World
from tests.model.worlds_after import ready

PRESENCE = shows_code("browser")
ASKED = decisions(PRESENCE, EXECUTE, by=(ADA, CLEO))
SHORT = (
    World(
        "short",
        opened,
        (
            decisions(IN_PERSON, UNCERTAIN, FAILED, CANCEL, by=(ADA, CLEO)),
            ASKED,
            wait(340, 90_000, limit=1),
            wait(340, limit=1),
            worker(crashes=False),
        ),
        7,
    ),
    World(
        "weak and short",
        opened,
        (
            decisions(CALLBACK, VIDEO, by=(CLEO,)),
            ASKED,
            recorded("notice to the lost phone", NOTICE_TO_THE_LOST_PHONE),
            wait(1900, limit=1),
            worker(crashes=False),
        ),
        7,
    ),
    World(
        "disputes",
        opened,
        (
            decisions(IN_PERSON, by=(CLEO, DEV)),
            ASKED,
            decisions(RESUME, UPHOLD, by=(SOL,)),
            recorded("objection", OBJECTION),
            worker(crashes=False),
        ),
        7,
    ),
    World(
        "ready",
        ready,
        (
            changed("another factor", enrols("f-2")),
            changed("disabled", account_becomes(is_disabled)),
            changed("an administrator", account_becomes(lambda _: {"roles": ("admin",)})),
            changed("more methods", policy_becomes(MORE_METHODS)),
            worker(crashes=False),
        ),
        2,
    ),
    World(
        "slipped in",
        ready,
        (
            worker(meanwhile=(concurrently(changed("another factor", enrols("f-2"))),)),
            enrolment_by("browser"),
        ),
        5,
    ),
    World(
        "roles",
        opened,
        (
            decisions(IN_PERSON, by=(CLEO, DEV)),
            ASKED,
            changed("dev loses the role", comes_to_stand("person-dev", Standing.ROLE_LOST)),
            worker(crashes=False),
        ),
        5,
        attentive=False,
    ),
    World(
        "held",
        partial(opened, first=(HeldBody(brake=Brake.AGENT),)),
        (decisions(IN_PERSON, by=(CLEO,)), ASKED, worker(crashes=False)),
        4,
    ),
    World(
        "busy tenant",
        partial(opened, effects=frozenset({"tenant-busy"})),
        (decisions(IN_PERSON, by=(CLEO,)), ASKED, worker(crashes=False)),
        4,
    ),
    World(
        "refused",
        ready,
        (
            changed("disabled", account_becomes(is_disabled)),
            changed("active again", account_becomes(is_active)),
            worker(crashes=False),
        ),
        4,
        attentive=False,
    ),
)
