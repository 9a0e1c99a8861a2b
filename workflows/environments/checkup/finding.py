"""What was found out about one thing that Reprise uses, and what to do."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from workflows.common import program

PATIENCE = 5.0
"""Seconds that any program may take over its answer."""


class State(StrEnum):
    """How it stands with a thing."""

    WORKS = "works"
    ABSENT = "absent"
    """Not here, and not needed."""
    POOR = "poor"
    """Something to know, or to put right where it is wanted."""
    BLOCKS = "blocks"
    """`reprise matrix` cannot run."""


SIGNS = {State.WORKS: "✓", State.ABSENT: "-", State.POOR: "!", State.BLOCKS: "✗"}


@dataclass(frozen=True)
class Finding:
    """One line: a thing, how it stands, what was found, and the fix where there is one to name."""

    name: str
    state: State
    said: str
    fix: str = ""

    def line(self, width: int) -> str:
        """Return the line for people, the names in a column of `width` letters."""
        return f"{SIGNS[self.state]} {self.name:{width}}  {self.told}"

    @property
    def told(self) -> str:
        """What was found and the fix, in words."""
        return f"{self.said}; {self.fix}" if self.fix else self.said

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return asdict(self)


def installed(name: str) -> bool:
    """Say whether a program is on PATH."""
    return shutil.which(name) is not None


def answer(*words: str) -> str:
    """Return what a program prints; raise `UserError` where it fails or takes too long."""
    return program.output(list(words), words[0], timeout=PATIENCE)
