"""The one way the host side tells a person that something is wrong."""

from __future__ import annotations

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


def command(main: Callable[[], int | None]) -> None:
    """Run a command's `main`; a `UserError` becomes one line on stderr and exit code 2.

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
    except Exception:
        traceback.print_exc()
        print("error: this is a fault of Reprise; please report it", file=sys.stderr)
        sys.exit(3)
