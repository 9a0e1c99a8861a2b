"""The one way the host side tells a person that something is wrong."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


class UserError(Exception):
    """One line that a person can act on: what is wrong, what was expected, the fix."""


class UnusableError(UserError):
    """A file is damaged, or answers something else; `why` says it without the name."""

    def __init__(self, path: Path, why: str, fix: str) -> None:
        """Say so of `path`, and what to do."""
        super().__init__(f"{path}: {why}; {fix}")
        self.why = why


class CannotError(UserError):
    """This machine, or this engine, cannot do what a run asks for: it is recorded `not-run`."""


_FULL = "free some room there, then call again: what is finished stays"
_RIGHTS = "give this user the right to it, or choose another place"
_NAME = "choose another place, with shorter names"
_KIND = "move away what is there, or choose another place"
FIXES = {
    errno.ENOSPC: _FULL, errno.EDQUOT: _FULL, errno.EFBIG: _FULL,
    errno.EACCES: _RIGHTS, errno.EPERM: _RIGHTS, errno.EROFS: _RIGHTS,
    errno.ENAMETOOLONG: _NAME, errno.ELOOP: _NAME,
    errno.EISDIR: _KIND, errno.ENOTDIR: _KIND,
    errno.EIO: "the disk fails: look at the kernel's log (dmesg)",
    errno.ESTALE: "the file server lost it: call again",
    errno.EMFILE: "too many files are open: raise ulimit -n",
    errno.ENFILE: "too many files are open on this machine: end what holds them",
    errno.ENOMEM: "no memory is left: end what needs it, or use a larger machine",
}  # fmt: skip
"""What a person can do where it is not this program that is wrong, but what surrounds it."""


def surroundings(error: OSError) -> str | None:
    """Return in one line what is wrong with the surroundings, and the fix; None for a fault."""
    fix = FIXES.get(error.errno or 0)
    # Of two files the second was to be written.
    name = error.filename2 or error.filename
    if fix is None or (name is None and fix in (_RIGHTS, _NAME, _KIND)):
        return None
    where = f"{os.fsdecode(name)}: " if isinstance(name, str | bytes | os.PathLike) else ""
    return f"{where}{error.strerror}; {fix}"


def command(main: Callable[[], int | None]) -> None:
    """Run a command's `main`; a `UserError` becomes one line on stderr and exit code 2.

    So does an `OSError` that the surroundings cause: a full disk, a right that is missing.
    A fault of this program ends with its traceback and exit code 3: 1 is an answer, `differs`.
    """
    try:
        sys.exit(main() or 0)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("error: interrupted; nothing half-written was kept", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # whoever listened has heard enough, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except Exception as error:
        if isinstance(error, OSError) and (line := surroundings(error)):
            print(f"error: {line}", file=sys.stderr)
            sys.exit(2)
        traceback.print_exc()
        print("error: this is a fault of Reprise; please report it", file=sys.stderr)
        sys.exit(3)
