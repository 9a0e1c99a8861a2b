"""How a verb of `reprise` is called: one form of help for all, and completion in shells."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn

from workflows.common.errors import UserError

COMPLETING = "_ARGCOMPLETE"
"""Set where a shell asks how its line may go on: the word from which a command begins."""


class Parser(argparse.ArgumentParser):
    """The arguments of one verb; what is wrong with them is one line."""

    def __init__(self, verb: str, about: str | None, *examples: str) -> None:
        """Describe the verb; each example is what follows `reprise VERB` on a command line."""
        prog = f"reprise {verb}"
        shown = "\n".join(f"  {prog} {example}".rstrip() for example in examples)
        super().__init__(
            prog=prog, description=about, epilog=f"example:\n{shown}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip

    def read(self, words: Sequence[str] | None) -> argparse.Namespace:
        """Return what `words`, else the command line, say; complete them where a shell asks so."""
        complete(self)
        return self.parse_args(words)

    def error(self, message: str) -> NoReturn:
        """Raise `UserError` instead of printing the usage."""
        raise UserError(f"{message}; see: {self.prog} --help")


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks how its line may go on, and end; else do nothing."""
    if COMPLETING in os.environ:
        import argcomplete  # not there where a bare machine runs a part of this

        argcomplete.autocomplete(parser)
