"""The import document and its validation: every error is collected before anything is written; imports no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from webauthn.helpers import base64url_to_bytes

from directory import codes, passkeys, passwords, totp
from directory.errors import ImportRefused, SeedInvalid
from directory.records import ContactKind, MfaEnforcement
from directory.text import is_storable

MOST_DAYS = 36_500
EVERYONE = "everyone"
_RELATION = {"manager": "manager", "sponsor": "sponsor", "recovery_contacts": "recovery_contact"}


def _storable(value: str) -> str:
    if not is_storable(value) or value != value.strip() or not value:
        raise PydanticCustomError("text_unusable", "is empty, padded, too long or not storable")
    return value


def _seed(value: str) -> str:
    try:
        totp.parse_seed(value)
    except SeedInvalid:
        raise PydanticCustomError("seed_invalid", "is not base32 of at least 80 bits") from None
    return value


def _backup_code(value: str) -> str:
    if codes.typed_code(value, characters=codes.BACKUP_CODE_CHARACTERS) is None:
        raise PydanticCustomError("backup_code_invalid", "is not sixteen characters of Crockford base32")
    return value


def _base64url(value: str) -> str:
    try:
        decoded = base64url_to_bytes(value.rstrip("="))
    except ValueError:
        decoded = b""
    if not decoded:
        raise PydanticCustomError("base64url_invalid", "is not base64url")
    return value


def _cose_key(value: str) -> str:
    if not passkeys.is_public_key(base64url_to_bytes(_base64url(value).rstrip("="))):
        raise PydanticCustomError("public_key_invalid", "is not a COSE public key")
    return value


def _phc(value: str) -> str:
    if not passwords.is_argon2id(value):
        raise PydanticCustomError("password_hash_invalid", "is not an argon2id PHC string")
    return value


Text = Annotated[str, AfterValidator(_storable)]
Days = Annotated[float, Field(ge=0, le=MOST_DAYS)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Count = Annotated[int, Field(ge=0, le=100)]
Hidden = Field(default=None, repr=False)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TenantEntry(_Strict):
    """The tenant to import into; made if there is none of that slug."""

    slug: Slug
    name: Text


class ContactEntry(_Strict):
    """A contact point; without `bound_since` and `bound_days_ago` it is not known since when."""

    kind: ContactKind
    value: Text = Field(repr=False)
    bound_since: AwareDatetime | None = None
    bound_days_ago: Days | None = None


class ReplacedContactEntry(ContactEntry):
    """A contact point that was replaced so long ago."""

    replaced_days_ago: Days


class RecoveryContactEntry(_Strict):
    """Another person of the document who may vouch; without a date it is not known since when (R14)."""

    person: Text
    named_since: AwareDatetime | None = None
    named_days_ago: Days | None = None


class _FactorEntry(_Strict):
    label: Text
    enrolled_days_ago: Days = 0


class TotpEntry(_FactorEntry):
    """A TOTP app by its seed in base32."""

    kind: Literal["totp"]
    secret: Annotated[str, AfterValidator(_seed)] = Field(repr=False)


class WebAuthnEntry(_FactorEntry):
    """A registered authenticator; id and COSE key in base64url."""

    kind: Literal["webauthn"]
    credential_id: Annotated[str, AfterValidator(_base64url)]
    public_key: Annotated[str, AfterValidator(_cose_key)]
    sign_count: Annotated[int, Field(ge=0, lt=2**32)] = 0
    backup_eligible: bool = False


class SimulatedEntry(_FactorEntry):
    """A row without a secret: a kind that only needs to be there and to be removable, or a trusted browser."""

    kind: Literal["sms", "email_code", "push", "trusted_browser"]


FactorEntry = Annotated[TotpEntry | WebAuthnEntry | SimulatedEntry, Field(discriminator="kind")]


class PersonEntry(_Strict):
    """One account and, by `person`, the human behind it; `roles` are the product's and only passed on."""

    key: Text
    login: Text = Field(repr=False)
    display_name: Text = Field(repr=False)
    person: Text | None = None
    manager: Text | None = None
    manager_since: AwareDatetime | None = None
    manager_days_ago: Days | None = None
    sponsor: Text | None = None
    sponsor_since: AwareDatetime | None = None
    sponsor_days_ago: Days | None = None
    recovery_contacts: list[RecoveryContactEntry] = []
    groups: list[Slug] = []
    directory_roles: list[Text] = []
    mfa: MfaEnforcement = "required"
    status: Literal["active", "disabled", "locked"] = "active"
    created_days_ago: Days = 0
    password: Text | None = Hidden
    password_hash: Annotated[str, AfterValidator(_phc)] | None = Hidden
    contacts: list[ContactEntry] = []
    replaced_contacts: list[ReplacedContactEntry] = []
    factors: list[FactorEntry] = []
    backup_codes: list[Annotated[str, AfterValidator(_backup_code)]] | Count = Field(default=0, repr=False)
    sessions: Count = 0
    refresh_tokens: Count = 0
    app_passwords: Count = 0
    roles: list[Any] = []

    @model_validator(mode="after")
    def _one_password(self) -> PersonEntry:
        if self.password is not None and self.password_hash is not None:
            raise PydanticCustomError("password_twice", "has both a password and a password hash")
        return self


class ImportPlan(_Strict):
    """A document that may be applied: keys and logins are unique, people who are named are there and another person."""

    tenant: TenantEntry
    people: list[PersonEntry]

    @cached_property
    def by_key(self) -> dict[str, PersonEntry]:
        """Everybody by key."""
        return {one.key: one for one in self.people}

    def human_of(self, entry: PersonEntry) -> str:
        """The key of the human behind an account; two accounts with the same one count as one person."""
        seen: set[str] = set()
        while entry.person is not None and entry.person != entry.key and entry.key not in seen:
            seen.add(entry.key)
            if entry.person not in self.by_key:
                return entry.person
            entry = self.by_key[entry.person]
        return entry.key


@dataclass(frozen=True)
class ImportProblem:
    """One error: where in the document and what kind; never the value itself (B09)."""

    person_index: int | None
    person_key: str | None
    field: str
    code: str


class ImportErrors(ImportRefused):
    """The import document has errors; nothing was imported."""

    def __init__(self, problems: list[ImportProblem]) -> None:
        super().__init__()
        self.problems = problems


def parse(document: dict[str, Any]) -> ImportPlan:
    """The plan of a document; raises `ImportErrors` with every problem found."""
    try:
        plan = ImportPlan.model_validate(document)
    except ValidationError as error:
        raise ImportErrors([_problem(document, one) for one in error.errors(include_input=False)]) from None
    if problems := list(_cross_problems(plan)):
        raise ImportErrors(problems)
    return plan


def _problem(document: dict[str, Any], error: Any) -> ImportProblem:
    location = [part for part in error["loc"] if part not in {"totp", "webauthn", "sms", "email_code", "push"}]
    code = str(error["type"])
    if code == "extra_forbidden":
        # The name of an unknown field was typed by the document's author.
        location = location[:-1]
    index = location[1] if len(location) > 1 and location[0] == "people" and isinstance(location[1], int) else None
    named = ".".join(str(part) for part in (location[2:] if index is not None else location))
    return ImportProblem(index, _key_at(document, index), named, code)


def _key_at(document: dict[str, Any], index: int | None) -> str | None:
    people = document.get("people")
    if index is None or not isinstance(people, list) or not isinstance(people[index], dict):
        return None
    key = people[index].get("key")
    return key if isinstance(key, str) and is_storable(key) else None


def _cross_problems(plan: ImportPlan) -> Iterator[ImportProblem]:
    keys: set[str] = set()
    logins: set[str] = set()
    for index, one in enumerate(plan.people):
        if one.key in keys:
            yield ImportProblem(index, one.key, "key", "key_twice")
        if one.login in logins:
            yield ImportProblem(index, one.key, "login", "login_twice")
        for field, code in _relation_problems(plan, one):
            yield ImportProblem(index, one.key, field, code)
        if EVERYONE in one.groups:
            yield ImportProblem(index, one.key, "groups", "group_reserved")
        if isinstance(one.backup_codes, list) and len(set(map(_canonical, one.backup_codes))) < len(one.backup_codes):
            yield ImportProblem(index, one.key, "backup_codes", "backup_code_twice")
        keys.add(one.key)
        logins.add(one.login)


def _relation_problems(plan: ImportPlan, entry: PersonEntry) -> Iterator[tuple[str, str]]:
    """A person who vouches for another must be there and be another human, whichever login is named (R6, R14)."""
    if entry.manager is None and (entry.manager_since or entry.manager_days_ago is not None):
        yield "manager_since", "manager_missing"
    if entry.sponsor is None and (entry.sponsor_since or entry.sponsor_days_ago is not None):
        yield "sponsor_since", "sponsor_missing"
    named = [one.person for one in entry.recovery_contacts]
    if len(set(named)) < len(named):
        yield "recovery_contacts", "recovery_contact_twice"
    relations = [("manager", entry.manager), ("sponsor", entry.sponsor), *(("recovery_contacts", one) for one in named)]
    for field, key in relations:
        if key is None:
            continue
        other = plan.by_key.get(key)
        if other is None or other.key == entry.key:
            yield field, f"{_RELATION[field]}_unknown"
        elif plan.human_of(other) == plan.human_of(entry):
            yield field, f"{_RELATION[field]}_is_oneself"


def _canonical(code: str) -> str | None:
    return codes.typed_code(code, characters=codes.BACKUP_CODE_CHARACTERS)
