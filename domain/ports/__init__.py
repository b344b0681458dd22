"""What the rules' callers need from the outside, as Protocols; connectors and the store fulfil them.

One file for each party; they are imported from here.
"""

from domain.ports.cases import (
    REFUSED,
    CaseBook,
    CaseFacts,
    CaseMoves,
    CasePage,
    CaseRecords,
    Claims,
    OperationState,
    Planned,
    Reached,
    Sending,
    Sent,
    Telling,
    Watches,
)
from domain.ports.ours import ActSigner, NewIds
from domain.ports.outside import HandingOver, IdentityDocuments, NoticeChannel
from domain.ports.provider import (
    Accounts,
    Effects,
    EventFeed,
    Groups,
    ImportedPeople,
    Order,
    PeopleImport,
    Presences,
    ProviderEvent,
    Rollout,
)
from domain.ports.staff import Challenge, Login, ProvedFactor, StaffSignIn, StepUps

__all__ = [
    "REFUSED",
    "Accounts",
    "ActSigner",
    "CaseBook",
    "CaseFacts",
    "CaseMoves",
    "CasePage",
    "CaseRecords",
    "Challenge",
    "Claims",
    "Effects",
    "EventFeed",
    "Groups",
    "HandingOver",
    "IdentityDocuments",
    "ImportedPeople",
    "Login",
    "NewIds",
    "NoticeChannel",
    "OperationState",
    "Order",
    "PeopleImport",
    "Planned",
    "Presences",
    "ProvedFactor",
    "ProviderEvent",
    "Reached",
    "Rollout",
    "Sending",
    "Sent",
    "StaffSignIn",
    "StepUps",
    "Telling",
    "Watches",
]
