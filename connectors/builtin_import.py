"""Importing people into the built-in directory, with the product's roles checked before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory import importer
from directory.errors import ImportRefused as DirectoryImportRefused
from domain import errors
from domain.people import Role
from domain.ports import ImportedPeople
from postgres.errors import DatabaseUnreachable

if TYPE_CHECKING:
    import asyncpg

    from directory.importer import ImportPlan, ImportProblem
    from directory.settings import DirectoryKeys, DirectorySettings

_ROLES = {role.value for role in Role}
Problem = dict[str, str | int | None]


class BuiltinImport:
    """The directory's importer behind `domain.ports.PeopleImport`; `pool` is one of the role `directory_app`."""

    def __init__(self, pool: asyncpg.Pool, *, keys: DirectoryKeys, settings: DirectorySettings) -> None:
        self._pool = pool
        self._keys = keys
        self._settings = settings

    async def apply(self, document: dict[str, object], *, tenant_slug: str | None) -> ImportedPeople:
        """See `domain.ports.PeopleImport`."""
        plan = _parsed(document)
        problems = list(_role_problems(plan))
        if tenant_slug is not None and plan.tenant.slug != tenant_slug:
            problems.append(_problem(None, None, "tenant.slug", "tenant_is_another"))
        if problems:
            raise errors.ImportRefused(tuple(problems))
        try:
            imported = await importer.apply(self._pool, plan, keys=self._keys, settings=self._settings)
        except DirectoryImportRefused:
            raise errors.ImportRefused((_problem(None, None, "people", "login_taken"),)) from None
        except DatabaseUnreachable as error:
            raise errors.ProviderUnavailable from error
        return ImportedPeople(
            tenant_id=imported.tenant_id,
            slug=plan.tenant.slug,
            name=plan.tenant.name,
            people={key: (str(one.account_id), str(one.person_id)) for key, one in imported.people.items()},
            roles={
                one.key: tuple(Role(role) for role in one.roles)
                for one in plan.people
                if "roles" in one.model_fields_set
            },
            created=sum(1 for one in imported.people.values() if one.created),
        )


def _parsed(document: dict[str, object]) -> ImportPlan:
    try:
        return importer.parse(document)
    except importer.ImportErrors as error:
        raise errors.ImportRefused(tuple(_of_directory(one) for one in error.problems)) from None


def _role_problems(plan: ImportPlan) -> list[Problem]:
    return [
        _problem(index, one.key, "roles", "role_unknown")
        for index, one in enumerate(plan.people)
        if not all(isinstance(role, str) and role in _ROLES for role in one.roles)
    ]


def _of_directory(problem: ImportProblem) -> Problem:
    return _problem(problem.person_index, problem.person_key, problem.field, problem.code)


def _problem(index: int | None, key: str | None, field: str, code: str) -> Problem:
    return {"person": index, "key": key, "field": field, "code": code}
