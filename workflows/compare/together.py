"""What only two runs together tell: seeds and orders that are others in each. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from workflows.runs.watched import Source, SourceKind

TOLD: Mapping[str, tuple[SourceKind, str]] = {
    "seed": ("entropy", ", with another seed in each run"),
    "order": ("race", ", in another order in each run"),
}
"""Kinds of sources that hold a digest, and what they are where that is another."""
Line = tuple[str, str, str]
"""The kind, what a line says, and where it stands."""


def held(left: Sequence[Source], right: Sequence[Source]) -> list[Source]:
    """Return what both sides observed, each once; of `TOLD` only what is another there.

    Such a seed is a source of entropy, wherever the number came from. A line of which it is known
    already where its seed comes from is not named twice.
    """
    both = [one for one in (*left, *right) if one.kind not in TOLD]
    found: dict[Line, Source] = {(e.kind, e.what, e.place): e for e in both}
    named = {(one.kind, one.place) for one in found.values()}
    ours, theirs = _lines(left), _lines(right)
    for line, given in ours.items():
        kind, words = TOLD[line[0]]
        pairs = enumerate(zip(given, theirs.get(line, []), strict=False))
        parted = next((number for number, (a, b) in pairs if a.what != b.what), None)
        if parted is not None and (kind, line[2]) not in named:
            # An order may have parted as soon as it was last seen to be the same.
            since = given[max(parted - 1, 0)]
            made = since.model_copy(update={"kind": kind, "what": f"{line[1]}{words}"})
            found[made.kind, made.what, made.place] = made
    return list(found.values())


def _lines(sources: Sequence[Source]) -> dict[Line, list[Source]]:
    """Return the digests of each line in their order; a line may seed several generators."""
    found: dict[Line, list[Source]] = defaultdict(list)
    for one in sources:
        if one.kind in TOLD:
            found[one.kind, one.what.rpartition(" [")[0], one.place].append(one)
    return found
