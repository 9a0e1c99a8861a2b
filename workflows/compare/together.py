"""What only two runs together tell: seeds and orders that are others in each, and which of the
lines that draw from a generator is the one at which it parts. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from workflows.runs.watched import Source, SourceKind

TOLD: Mapping[str, tuple[SourceKind, str]] = {
    "seed": ("entropy", ", with another seed in each run"),
    "order": ("race", ", in another order in each run"),
}
"""Kinds of sources that hold a digest, and what they are where that is another."""
STAND = "stand"
"""Kind of a digest of a generator, after a line has drawn from it for the first time."""
Line = tuple[str, str, str]
"""The kind, what a line says, and where it stands."""


def held(left: Sequence[Source], right: Sequence[Source]) -> list[Source]:
    """Return what both sides observed, each once; of `TOLD` only what is another there.

    Such a seed is a source of entropy, wherever the number came from. A line of which it is known
    already where its seed comes from is not named twice. Lines that draw from a generator before it
    parts are left out.
    """
    innocent = _innocent(left, right)
    both = [
        one
        for one in (*left, *right)
        if one.kind not in (*TOLD, STAND) and (one.kind, one.what, one.place) not in innocent
    ]
    found: dict[Line, Source] = {(e.kind, e.what, e.place): e for e in both}
    named = {(one.kind, one.place) for one in found.values()}
    ours, theirs = _lines(left), _lines(right)
    for line, given in ours.items():
        kind, words = TOLD[line[0]]
        pairs = enumerate(zip(given, theirs.get(line, []), strict=False))
        parted = next((number for number, (a, b) in pairs if a.what != b.what), None)
        if parted is not None and (kind, line[2]) not in named and _tell(given, theirs[line]):
            # An order may have parted as soon as it was last seen to be the same.
            since = given[max(parted - 1, 0)]
            made = since.model_copy(update={"kind": kind, "what": f"{line[1]}{words}"})
            found[made.kind, made.what, made.place] = made
    return list(found.values())


def _tell(left: Sequence[Source], right: Sequence[Source]) -> bool:
    """Say whether digests that differ show another order, or seed, and not only other values.

    Where one tells what came, too, it is held against the one that was of the same.
    """
    ours, theirs = _by_values(left), _by_values(right)
    return "" in ours or any(theirs.get(values, what) != what for values, what in ours.items())


def _by_values(sources: Sequence[Source]) -> dict[str, str]:
    return {one.what.rpartition(" [")[2].partition("/")[2]: one.what for one in sources}


def drawn(sources: Sequence[Source], generators: tuple[str, ...]) -> list[Source]:
    """Return the lines that draw from these generators, where two runs tell which it is."""
    return [one for one in sources if one.kind == STAND and one.what.startswith(generators)]


def _innocent(left: Sequence[Source], right: Sequence[Source]) -> set[Line]:
    """Return the draws before the one at which their generator parts, and stays apart."""
    ours, theirs = _stands(left), _stands(right)
    parted = {_generator(line) for line, _ in ours.items() ^ theirs.items()}
    return {
        line
        for generator in parted
        for line in _before(ours, theirs, generator) & _before(theirs, ours, generator)
    }


def _before(ours: Mapping[Line, str], theirs: Mapping[Line, str], generator: str) -> set[Line]:
    """Return the lines before the first that leaves a generator elsewhere than on the other side.

    None where it stands alike again later: it was seeded anew, and may part again at any line.
    """
    lines = [line for line in ours if _generator(line) == generator]
    alike = [theirs.get(line) == ours[line] for line in lines]
    first = [*alike, False].index(False)
    return set() if any(alike[first:]) else {*lines[:first]}


def _stands(sources: Sequence[Source]) -> dict[Line, str]:
    """Return the digest that each line which draws left at first."""
    found = [(one.what.rpartition(" ["), one.place) for one in sources if one.kind == STAND]
    return {("draw", what, place): digest for (what, _, digest), place in found}


def _generator(line: Line) -> str:
    return line[1].partition(": ")[0]


def _lines(sources: Sequence[Source]) -> dict[Line, list[Source]]:
    """Return the digests of each line in their order; a line may seed several generators."""
    found: dict[Line, list[Source]] = defaultdict(list)
    for one in sources:
        if one.kind in TOLD:
            found[one.kind, one.what.rpartition(" [")[0], one.place].append(one)
    return found
