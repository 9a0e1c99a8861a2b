"""`reprise check -- COMMAND`: does one's own training repeat? If not, where, why, and what helps.

Carries the command out several times as it is, each time in a fresh process and a fresh copy of
this folder, which itself is never written to. Compared are every step of the training, what is
printed and the files that are written. Where runs differ, what makes them agree is searched for
with further runs, and tested. What lies outside of this folder is not copied.
Exit code 0: it repeats; 1: it does not; 2: that cannot be told.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.check.arguments import add_common, launch, parse, settings
from workflows.check.junit import document
from workflows.check.repeated import Check
from workflows.check.words import text
from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.files import as_json, write_text
from workflows.common.interrupt import ended_cleanly

TRIES = 20
"""Runs that the search for a cure takes at most."""


class Progress:
    """One line on a terminal that says what is under way; where there is none a line each."""

    def __init__(self) -> None:
        """Begin to count."""
        self._began = self._last = time.monotonic()
        self._longest = 0.0
        self._live = sys.stderr.isatty()

    def __call__(self, what: str, more: int) -> None:
        """Say it; `more`: runs that are still to come at most."""
        now = time.monotonic()
        self._longest = max(self._longest, now - self._last) if now - self._last > 0.5 else 0.0
        self._last = now
        left = f", {self._longest * more:.0f} s left at most" if self._longest else ""
        line = f"{now - self._began:5.0f} s  {what}{left}"
        print(f"\r{line:<78.78}" if self._live else line, end="" if self._live else "\n",
              file=sys.stderr, flush=True)  # fmt: skip

    def end(self) -> None:
        """Take the line away."""
        if self._live:
            print(f"\r{'':<78}\r", end="", file=sys.stderr, flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    example = "--repeats 5 --configuration strict -- python train.py --epochs 1"
    parser = Parser("check", __doc__, "-- python train.py", example)
    add: Any = parser.add_argument
    add("--repeats", type=int, default=3, metavar="N", help="runs to compare (default: 3)")
    add_common(parser)
    add("--no-cure", action="store_true", help="look for no cause and no cure")
    about = f"runs that the search for a cure may take (default: {TRIES})"
    add("--tries", type=int, default=TRIES, metavar="N", help=about)
    add("--json", metavar="FILE", help="write the answer as JSON, too; -: print it instead")
    add("--junit", type=Path, metavar="FILE", help="write it as JUnit XML, too")
    args, given = parse(parser, words)
    if args.repeats < 2:
        raise UserError(f"--repeats {args.repeats}: expected at least 2")
    progress = Progress()
    with ended_cleanly(), tempfile.TemporaryDirectory(prefix="reprise-check-") as folder:
        carry = launch(args, given, Path(folder))
        chosen = settings(args.configuration, carry.catalogue)
        most = 0 if args.no_cure else args.tries
        answer = Check(carry, Path(folder), chosen, args.repeats, most, progress).answer()
    progress.end()
    as_text = as_json(answer.model_dump(mode="json"))
    if args.json == "-":
        print(as_text, end="")
    else:
        print(text(answer))
        if args.json:
            write_text(Path(args.json), as_text)
    if args.junit:
        write_text(args.junit, document(answer))
    return answer.code


if __name__ == "__main__":
    command(main)
