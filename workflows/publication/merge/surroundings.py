"""What else differs between two machines of a table, beside their bits. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.publication.merge.hardware import tame
from workflows.runs.machine import differing
from workflows.runs.record import RunRecord

LONGEST = 240
"""Characters of what is said of one thing that differs."""

PROGRAM = "the program, which is another one"
"""Said where a command stands for unequal files on two machines."""

Records = Mapping[str, Mapping[str, RunRecord]]
"""A completed run of each machine, under each configuration that it completed."""


def surroundings(records: Records, programs: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Return what is not equal around the first machine's runs and each other's, `A against B`.

    Under each configuration that both completed; these are named where it does not hold for all.
    `programs`: by machine the digest of the command's program; None where it is no command.
    """
    first, *others = records
    return {
        f"{first} against {name}": [
            *([PROGRAM] if programs[first] != programs[name] else []),
            *_apart(records[first], records[name]),
        ]
        for name in others
    }


def _apart(left: Mapping[str, RunRecord], right: Mapping[str, RunRecord]) -> list[str]:
    both = [name for name in left if name in right]
    found: dict[str, list[str]] = {}
    for name in both:
        for line in differing(left[name], right[name]):
            found.setdefault(tame(line, LONGEST), []).append(name)
    return [
        line if names == both else f"{line} (under {', '.join(names)})"
        for line, names in found.items()
    ]
