"""Checks of identity documents: who may start one, what a finished one says, and whether it fits the subject (R14)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from pydantic import AwareDatetime, Field

from domain.account import Fact
from domain.errors import ProviderRefused, ProviderUnavailable
from domain.messages import Phase
from domain.people import Actor
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.drawing import is_assigned
from domain.policy.genuine import is_genuine
from domain.policy.progress import progress
from domain.policy.verification import may_verify
from domain.refusal_codes import Code
from domain.skeleton import look_alike
from domain.texts import Text

if TYPE_CHECKING:
    from domain.case_file import CaseFile

LINK_LASTS = timedelta(minutes=30)
"""For how long the caller can use a link."""
CHECK_LASTS = timedelta(minutes=30)
"""How old a check may be when its result arrives."""
CLOCKS_APART = timedelta(seconds=60)
"""By how much the provider's clock may be ahead of ours."""
MOST_CHECKS = 10
"""So many are started in one case at most: each costs money, and a caller who needs more needs another method."""
ACCEPTED_DOCUMENTS = frozenset({"passport", "idcard", "driving_permit", "residence_permit"})
"""Documents with a photo that a state gives out, by their names in OpenID Connect for Identity Assurance."""
_SEPARATORS = {"Pd", "Zs", "Zl", "Zp"}
_APOSTROPHES = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{MODIFIER LETTER APOSTROPHE}": "'"})


class IdentityProviderAway(ProviderUnavailable):
    """The verification provider does not answer; the same link works again in a moment."""

    code = "identity_provider_away"
    retryable = True


class IdentityAnswerRefused(ProviderRefused):
    """What the verification provider answered cannot be trusted; a new check is needed.

    `code` is one of `identity_code_refused`, `identity_answer_malformed`, `identity_token_untrusted`,
    `identity_login_refused`, `identity_token_foreign`, `identity_token_stale`, `identity_nonce_mismatch`,
    `identity_claims_missing`.
    """

    code = "identity_answer_refused"

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


class DocumentCheck(Fact):
    """What a provider vouches for about one check. It is judged and forgotten: nothing of it is kept but codes.

    `subject` is the provider's own id of the person, `process` its id of the check where it has one, `birthdate` as
    the provider writes it, `verified_at` when the check was made, in UTC.
    """

    issuer: str
    subject: str = Field(repr=False)
    process: str | None = Field(default=None, repr=False)
    trust_framework: str
    assurance_level: str | None
    document_type: str
    document_expires: date | None = Field(default=None, repr=False)
    alive: bool
    verified_at: AwareDatetime
    given_name: str = Field(repr=False)
    family_name: str = Field(repr=False)
    birthdate: str | None = Field(default=None, repr=False)


def may_start(actor: Actor, file: CaseFile, *, started: int) -> Decision:
    """Whether this approver may start a check in this case now; `started` counts its checks so far (R13, R22)."""
    case = file.case
    return first_refusal(
        is_genuine(case),
        _awaited(file),
        may_verify(actor, case),
        is_assigned(actor, case, file.acts, file.now),
        _not_too_many(started),
    )


def judge(check: DocumentCheck, *, display_name: str, opened_at: datetime, now: datetime) -> Decision:
    """Whether this check shows the living owner of this display name, in this case and lately (R14)."""
    return first_refusal(
        _document(check, now), _alive(check), _in_time(check, opened_at, now), _name(check, display_name)
    )


def act_of_check(check_id: UUID) -> UUID:
    """The id of the act that holds a check's result: always the same, so that it is recorded once."""
    return uuid5(check_id, "identity document")


def same_name(document: str, display_name: str) -> bool:
    """Whether both are made of the same words, each as often, in whatever order.

    Composed and decomposed letters and both cases are the same; accents and scripts are not. A text with anything
    but letters, hyphens, apostrophes, commas and spaces is no name.
    """
    one, other = _words(document), _words(display_name)
    return bool(one) and one == other


def _words(text: str) -> Counter[str] | None:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.translate(_APOSTROPHES)).casefold())
    spaced = "".join(" " if one == "," or unicodedata.category(one) in _SEPARATORS else one for one in folded)
    words = [word for word in spaced.split(" ") if word]
    for word in words:
        letters = word.replace("'", "")
        if not letters or not all(unicodedata.category(one)[0] in "LM" for one in letters):
            return None
    return Counter(words)


def _awaited(file: CaseFile) -> Decision:
    where = progress(file)
    if where.outcome is not None:
        return refuse("R5", Code.CASE_CLOSED, "This case has ended.", outcome=where.outcome.value)
    if where.phase is not Phase.VERIFICATION:
        return refuse("R14", Code.NOT_IN_THIS_PHASE, "Nobody is to be verified now.", phase=where.phase.value)
    return ALLOWED


def _not_too_many(started: int) -> Decision:
    if started >= MOST_CHECKS:
        return refuse(
            "R14",
            Code.TOO_MANY_CHECKS,
            Text("{most_checks} checks were started. Use another method.", most_checks=MOST_CHECKS),
        )
    return ALLOWED


def _document(check: DocumentCheck, now: datetime) -> Decision:
    if check.document_type not in ACCEPTED_DOCUMENTS:
        return refuse("R14", Code.DOCUMENT_NOT_ACCEPTED, "This kind of document does not prove an identity here.")
    # A document is good to the end of its last day, wherever on earth that is.
    if check.document_expires is not None and check.document_expires < (now - timedelta(hours=12)).date():
        return refuse("R14", Code.DOCUMENT_EXPIRED, "The document is no longer valid.")
    return ALLOWED


def _alive(check: DocumentCheck) -> Decision:
    if not check.alive:
        return refuse("R14", Code.LIVENESS_MISSING, "Nothing says that the living owner of the document was there.")
    return ALLOWED


def _in_time(check: DocumentCheck, opened_at: datetime, now: datetime) -> Decision:
    if check.verified_at < opened_at:
        return refuse("R14", Code.CHECK_BEFORE_CASE, "The document was checked before this case opened.")
    if check.verified_at > now + CLOCKS_APART:
        return refuse("R14", Code.CHECK_IN_FUTURE, "The provider's clock is ahead of ours.")
    if check.verified_at < now - CHECK_LASTS:
        return refuse("R14", Code.CHECK_TOO_OLD, "The document was checked too long ago.")
    return ALLOWED


def _name(check: DocumentCheck, display_name: str) -> Decision:
    document = f"{check.given_name} {check.family_name}"
    # Both parts: a document that says half a name says too little.
    if all(_words(part) for part in (check.given_name, check.family_name)) and same_name(document, display_name):
        return ALLOWED
    turned = f"{check.family_name} {check.given_name}"
    if look_alike(document, display_name) or look_alike(turned, display_name):
        return refuse("R14", Code.NAME_LOOKS_ALIKE, "The name only looks like the one on record: letters differ.")
    return refuse("R14", Code.NAME_MISMATCH, "The document bears another name than the one on record.")
