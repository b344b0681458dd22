"""The commands keys make, rotate and public; no secret half of a key is ever printed."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from starter.cli.context import at_hand
from starter.cli.errors import FileExists, InputUnreadable
from starter.cli.language import spoken
from starter.cli.options import AsJson
from starter.cli.showing import print_json, print_line
from starter.embedded.files import make_private_folder, write_private
from transport.keyfile import SECRET_PURPOSES, SIGNING_PURPOSES
from transport.keyfile import Purpose as KeyPurpose
from transport.keys import load_keyring, make_keyring
from transport.keys import rotate as rotate_key


class Purpose(StrEnum):
    """What may be rotated while the product runs; the directory's two keys seal what is stored."""

    PAYLOAD = "payload"
    TOKEN = "token"  # noqa: S105 - the name of a purpose
    AUDIT = "audit"
    ACTS = "acts"


_PURPOSES: dict[Purpose, KeyPurpose] = {
    Purpose.PAYLOAD: "payload",
    Purpose.TOKEN: "token",
    Purpose.AUDIT: "audit",
    Purpose.ACTS: "acts",
}
KeyringFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="The keyring; the one of the settings if not given.")
]


def make(context: typer.Context, file: KeyringFile = None, *, as_json: AsJson = False) -> None:
    """Make a keyring of mode 0600; one that exists is never overwritten."""
    path = file or at_hand(context).settings.keyring_file
    try:
        make_private_folder(path.parent)
        keyring = make_keyring(path)
    except OSError:
        raise InputUnreadable(spoken("There is no folder for the keyring.")) from None
    ids = {purpose: keyring.active(purpose) for purpose in (*SECRET_PURPOSES, *SIGNING_PURPOSES)}
    if as_json:
        print_json({"file": str(path), "active": ids})
    else:
        print_line(
            spoken(
                "The keyring was made. Keep a copy apart from the database: "
                "one without the other can be read by nobody."
            )
        )


def rotate(
    context: typer.Context,
    file: KeyringFile = None,
    *,
    purpose: Annotated[Purpose, typer.Option(help="Which key to replace; old ones keep decrypting and verifying.")],
    as_json: AsJson = False,
) -> None:
    """Add a key for one purpose and use it from now on; running processes notice by themselves."""
    key_id = rotate_key(file or at_hand(context).settings.keyring_file, _PURPOSES[purpose])
    if as_json:
        print_json({"purpose": purpose.value, "active": key_id})
    else:
        print_line(spoken("{purpose} now uses {key}.", purpose=purpose.value, key=key_id))


def public(
    context: typer.Context,
    file: KeyringFile = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A new file; else standard output.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give out the public keyring, with which an auditor can verify and do nothing else; it is JSON already."""
    document = load_keyring(file or at_hand(context).settings.keyring_file).public_document()
    if output is None:
        if as_json:
            print_json(json.loads(document))
        else:
            sys.stdout.write(document)
        return
    if output.exists():
        raise FileExists
    write_private(output, document)
    if as_json:
        print_json({"file": str(output)})
    else:
        print_line(spoken("The public keyring was written."))
