"""Become a server process: drop rights, die with the owner, then exec; a script run by path that imports only stdlib.

A program of its own, because running Python between fork and exec of a process with threads may hang.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_REFUSED = 97


def main() -> None:
    """Do what the arguments say and turn into the program; exits with 97 where the system refuses."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True, help="process id of the owner")
    parser.add_argument("--death-signal", type=int, default=0, help="signal to get when the owner dies; 0 for none")
    parser.add_argument("--user", type=int, help="user id to become")
    parser.add_argument("--group", type=int, help="group id to become")
    parser.add_argument("--namespace", action="store_true", help="only appear as that user, in a namespace")
    parser.add_argument("command", nargs="+")
    wanted = parser.parse_args()

    # A core file of a database is personal data outside of any protection.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        if wanted.namespace:
            _enter_namespace(wanted.user, wanted.group)
        elif wanted.user is not None:
            os.setgroups([])
            os.setgid(wanted.group)
            os.setuid(wanted.user)
        # After every change of user: the kernel forgets the wish at such a change.
        if wanted.death_signal:
            _call("prctl", _PR_SET_PDEATHSIG, wanted.death_signal, 0, 0, 0)
        if os.getppid() != wanted.parent:
            sys.exit(_REFUSED)
        os.execv(wanted.command[0], wanted.command)  # noqa: S606 - a fixed program without a shell
    except OSError as error:
        sys.stderr.write(f"launcher: {os.strerror(error.errno or 0)}\n")
        sys.exit(_REFUSED)


def _enter_namespace(user: int, group: int) -> None:
    outer_user, outer_group = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {outer_group} 1", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {outer_user} 1", encoding="ascii")


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*(ctypes.c_ulong(one) for one in arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
