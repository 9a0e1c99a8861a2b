"""Seeds that two runs were seen to give their generators: where they are others. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from workflows.runs.watched import Source

ANOTHER = ", with another seed in each run"
Line = tuple[str, str]
"""What a line says, and where it stands."""


def held(left: Sequence[Source], right: Sequence[Source]) -> list[Source]:
    """Return what both sides observed, each once, and no seeds but those that are others there.

    Such a one is a source of entropy, wherever the number came from. A line of which it is known
    already where its seed comes from is not named twice.
    """
    both = [one for one in (*left, *right) if one.kind != "seed"]
    found: dict[tuple[str, str, str], Source] = {(e.kind, e.what, e.place): e for e in both}
    named = {one.place for one in found.values() if one.kind == "entropy"}
    ours, theirs = _seeds(left), _seeds(right)
    for (text, place), given in ours.items():
        others = theirs.get((text, place), [])
        if place not in named and any(
            a.what != b.what for a, b in zip(given, others, strict=False)
        ):
            made = given[0].model_copy(update={"kind": "entropy", "what": f"{text}{ANOTHER}"})
            found[made.kind, made.what, place] = made
    return list(found.values())


def _seeds(sources: Sequence[Source]) -> dict[Line, list[Source]]:
    """Return the seeds of each line in their order; a line may seed several generators."""
    found: dict[Line, list[Source]] = defaultdict(list)
    for one in sources:
        if one.kind == "seed":
            found[one.what.rpartition(" [")[0], one.place].append(one)
    return found
