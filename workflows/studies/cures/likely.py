"""Which settings are likely to cure a difference, the likeliest first. Pure.

By its place, and by what was seen. A generator that was watched and stands alike needs no seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workflows.compare.around import Around
from workflows.compare.close_look import Parted
from workflows.compare.difference import START
from workflows.compare.notes import WORDS
from workflows.runs.watched import Source

SEEDS: Mapping[str, tuple[str, ...]] = {
    "torch": ("torch-seed",),
    "cuda": ("cuda-seed",),
    "python": ("python-seed",),
    "numpy": ("numpy-seed",),
    "own": ("entropy-seeded",),
}
"""What holds each generator."""
BY_KIND: Mapping[str, tuple[str, ...]] = {
    "entropy": ("entropy-seeded",),
    "uninitialised": ("memory-fill",),
    "late variable": ("hash-seed", "one-thread"),
    "process": ("spawned-settings",),
    "threads": ("one-thread",),
    "race": ("in-order",),
}
"""What holds each kind of source that a second look may have observed."""
BY_ORDER = ("sampler-generator",)
"""What holds the order of samples against other draws from the generator that it comes from."""
ANY_SEED = ("torch-seed", "cuda-seed", "python-seed", "numpy-seed")
OPERATORS = ("deterministic-algorithms", "one-thread", "cudnn-deterministic", "cudnn-benchmark-off",
             "cublas-workspace")  # fmt: skip
GUIDES = ("operator", "unwritten")
"""How two runs part at an operator, where that says which settings are likely."""
BY_PHASE: Mapping[str, tuple[str, ...]] = {
    "initial weights": (*ANY_SEED, "entropy-seeded", "memory-fill", "hash-seed"),
    "initial state": (*ANY_SEED, "entropy-seeded", "memory-fill", "hash-seed"),
    "batch": ("hash-seed", "in-order", "worker-seed", "entropy-seeded", "sampler-generator"),
    "loss": (*OPERATORS, "entropy-seeded", "hash-seed"),
    "backward": OPERATORS,
    "gradients": ("entropy-seeded", "hash-seed", *OPERATORS),
    "weights": (*OPERATORS, "entropy-seeded", "hash-seed"),
    "printed": ("hash-seed", *ANY_SEED, "entropy-seeded"),
    "files": ("hash-seed", *ANY_SEED, "entropy-seeded"),
}
"""What holds what commonly acts there; elsewhere as what is printed."""


def guided(
    names: Sequence[str], operator: Parted | None, observed: Sequence[Source] | None
) -> list[str]:
    """Return settings as the operator at which runs were seen to part asks for.

    Of one that was given equal bits those of operators come first. Memory that was taken as it was
    found is cured by none that merely moves it; the program may have filled it by a generator,
    where it was seen to have one from outside.
    """
    kind = operator.kind if operator else None
    if kind == "operator":
        return list(dict.fromkeys([*OPERATORS, *names]))
    if kind != "unwritten":
        return [*names]
    outside = any(one.kind == "entropy" for one in observed or ())
    seeds = {*ANY_SEED, *SEEDS["own"]} if outside else {*()}
    return [name for name in names if name in seeds]


def likely(seen: Around, observed: Sequence[Source] | None) -> Iterator[str]:
    """Give the names of settings, each once: by strayed generators, by sources, by the place.

    `observed`: the sources that a second look saw; None where nobody looked.
    """
    sources = observed or []
    strayed = sorted(seen.apart, key=lambda name: seen.apart[name])
    late = _late(sources)
    found = [setting for name in (*strayed, *late) for setting in SEEDS[name]]
    if "torch" in strayed and seen.place.phase == "batch":
        found += BY_ORDER
    found += [setting for each in sources for setting in BY_KIND.get(each.kind, ())]
    if not seen.watched and seen.place.phase in ("batch", "loss"):
        found += ANY_SEED
    found += BY_PHASE.get(seen.place.phase, BY_PHASE["printed"])
    alike = {setting for name in _alike(seen) if name not in late for setting in SEEDS[name]}
    last = set() if observed is None or seen.place.phase not in START else _unseen(sources)
    rest = [name for name in dict.fromkeys(found) if name not in alike]
    yield from sorted(rest, key=last.__contains__)


def _late(sources: Sequence[Source]) -> list[str]:
    """Return the generators that were seeded after they were drawn from: they stand alike then."""
    late = [each.what for each in sources if each.kind == "late seed"]
    return [name for name, words in WORDS.items() if any(what.startswith(words) for what in late)]


def _alike(seen: Around) -> list[str]:
    """Return the generators that are known to stand alike; of the program's own some may be unseen.

    At the start Python's and NumPy's stand elsewhere in all runs that do not seed them.
    """
    if not seen.watched:
        return []
    known = ("torch", "cuda") if seen.place.phase in START else ("torch", "cuda", "python", "numpy")
    return [name for name in known if name not in seen.apart]


def _unseen(sources: Sequence[Source]) -> set[str]:
    """Return what holds that which a look at the program would have shown, and did not.

    What it cannot show, such as the order of a set, is the likelier.
    """
    drawn = [each.what for each in sources if each.kind in ("draw", "late seed")]
    generators = ("python", "numpy")
    unseen = [name for name in generators if not any(w.startswith(WORDS[name]) for w in drawn)]
    kinds = {"entropy", "uninitialised"} - {each.kind for each in sources}
    return {setting for name in unseen for setting in SEEDS[name]} | {
        setting for kind in kinds for setting in BY_KIND[kind]
    }
