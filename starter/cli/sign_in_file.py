"""The file that keeps the signed-in person's token: mode 0600, replaced in one step, never printed."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from starter.cli.errors import NoSignIn
from starter.embedded.files import write_private


class SignInExposed(NoSignIn):
    """The file with your sign-in can be read by others or is not yours; remove it and sign in again."""

    code = "sign_in_exposed"


class SignInElsewhere(NoSignIn):
    """You are signed in at another address than RECOVERY_API_URL; sign in here with “recovery login”."""

    code = "signed_in_elsewhere"


@dataclass(frozen=True, kw_only=True)
class KeptSignIn:
    """A token and the address it is for: it is sent nowhere else."""

    api_url: str
    token: str = field(repr=False)


def keep(path: Path, sign_in: KeptSignIn) -> None:
    """Write the file, in a folder of mode 0700 where there was none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, json.dumps({"api_url": sign_in.api_url, "token": sign_in.token}))


def kept(path: Path, api_url: str) -> KeptSignIn:
    """The sign-in for this address. Raises `NoSignIn`, `SignInExposed`, `SignInElsewhere`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise NoSignIn from None
    with os.fdopen(descriptor, encoding="utf-8") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise SignInExposed
        try:
            content = json.loads(file.read())
            found = KeptSignIn(api_url=str(content["api_url"]), token=str(content["token"]))
        except (ValueError, KeyError, TypeError):
            raise NoSignIn from None
    if found.api_url != api_url:
        raise SignInElsewhere
    return found


def forget(path: Path) -> None:
    """Remove the file."""
    path.unlink(missing_ok=True)
