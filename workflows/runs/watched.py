"""What a run was watched for, by its record: phases of a step, state, files, sources of randomness.

A record of version 1 or 2 names none of it: what stands here by default is what was watched then.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from workflows.common.models import Model

GENERATORS = ("torch", "cuda", "numpy", "python", "own")
"""Whose states are watched; `own`: those that the program itself made."""
RANDOM = tuple(f"random {name}" for name in GENERATORS)
"""Columns that make no verdict by themselves: the state right before the step."""
ALWAYS = ("batch", "loss", "gradients", "weights")
"""The columns of every trace, and all of those of versions 1 and 2."""
PHASES = (*RANDOM, "batch", "loss", "backward", "gradients", "weights", "state")
"""Every column that a trace can have, in causal order."""
ENDS = (*RANDOM, "initial state", "final state")
"""What the array `ends` holds: the generators after the last step, then the state twice."""


def _phases(names: list[str]) -> list[str]:
    if names != [name for name in PHASES if name in names] or not {*ALWAYS} <= {*names}:
        raise ValueError(f"expected {', '.join(ALWAYS)} among {', '.join(PHASES)}, in this order")
    return names


class TraceSummary(Model):
    """What the record says of the trace beside it."""

    sha256: str
    fingerprint: Literal[1, 2] = Field(1, description="version of the hash of its fingerprints")
    steps: int = Field(description="taken; a run may have ended before it was asked to")
    phases: Annotated[list[str], AfterValidator(_phases)] = Field(
        [*ALWAYS], description="the columns of its steps, in causal order"
    )
    tensors: list[str]
    final_weights: str
    final_state: str = Field("", description="SHA-256 over all state at the end; empty: none")
    state_tensors: list[str] = Field([], description="what the phase `state` holds, the first 1000")
    moved: int | None = Field(None, description="weights that ended with other bits than they had")
    unwatched: list[str] = Field([], description="what was seen and not watched, in words")
    dense_sha256: str | None = Field(None, description="SHA-256 of X.dense.npz, where there is one")
    dense_dropped: str | None = Field(None, description="why X.dense.npz is not there as asked")


LINK, REMOVED = "link", "removed"
NOTHING = (LINK, "empty folder", REMOVED)
"""Kinds of what is no file, and has no content."""


class FileLeft(Model):
    """What a run left in its working folder: a file, a link or an empty folder; or one gone."""

    sha256: str
    size: int = Field(description="bytes")
    kind: str | None = Field(
        None,
        description="of its parts, or `link`, `empty folder`, `removed`; None: no known kind",
    )
    parts: dict[str, str] | None = Field(
        None,
        description="SHA-256 of each part, a tensor for example, or, behind `= `, a short value "
        "itself; None: no known kind",
    )

    @property
    def nothing(self) -> bool:
        """Whether it is no file."""
        return self.kind in NOTHING


SourceKind = Literal[
    "entropy", "read", "draw", "late seed", "late variable", "process", "threads", "dropout",
    "uninitialised", "seed", "order", "race", "stand",
]  # fmt: skip


class Source(Model):
    """Randomness from outside the seeds, or a draw from a generator, as it was observed.

    `entropy`: a generator that the program seeds by the system, the clock or nothing, or was seen
    to seed otherwise in each run; `read`: the clock, a process number or the system's entropy, read
    by the program for whatever purpose;
    `draw`: a line that draws from a global generator; `late seed`: a global generator that is
    seeded after it was drawn from; `late variable`: one set too late to act; `process`: a Python
    process that runs without the settings; `threads`: one generator, drawn by two threads;
    `dropout`: active without gradients; `uninitialised`: memory that a weight begins with;
    `seed`: a line that gives a generator a seed, `order`: one at which work comes back that others
    did, each with a digest in brackets; `race`: an order that was another in each run.
    """

    kind: SourceKind = "entropy"
    what: str = Field(description="in the program's own words where it is a call of its own")
    place: str = Field(description="FILE:LINE in FUNCTION")
    step: int = Field(description="the first; -1: before step 0")
    count: int
