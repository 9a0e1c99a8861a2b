"""What is to be said of runs beside their verdict: noise, generators, losses that are nan. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from workflows.compare.noise import WARNED, counted, named
from workflows.compare.outcome import differing as differing_file
from workflows.compare.outcome import ended, other_bytes, renamed, unwatched
from workflows.runs.machine import differing, machine
from workflows.runs.record import Run
from workflows.runs.watched import ENDS, GENERATORS, PHASES, RANDOM

WORDS = {
    "torch": "PyTorch's generator", "cuda": "CUDA's generator", "numpy": "NumPy's generator",
    "python": "Python's generator", "own": "a generator of the program's own",
}  # fmt: skip
"""Generators, as notes call them."""
QUOTED = "the line of code below a library's warning"
SHOWN = 3
"""Lines, files or other things of which so many are named."""


def notes(runs: Sequence[Run], *, identical: bool) -> list[str]:
    """Return what is to be said of the completed runs of a combination, distinct.

    `identical`: they are, so that what they do not share is worth a word.
    """
    first, *others = runs
    said = between if identical else _bytes
    shared = [text for run in others for text in said(first, run)]
    return list(
        dict.fromkeys(
            [*shared, *_losses(runs), *_machines(runs), *_unwatched(runs), *_resumed(runs)]
        )
    )


def between(a: Run, b: Run, *, every: bool = True) -> list[str]:
    """Return what is not equal between two runs that count as equal.

    `every`: every step of both is there, so that generators can be followed.
    """
    drawn = [in_words(*each) for each in parted(a, b).items()] if every else []
    return [*_noise(a, b), *drawn, *_bytes(a, b)]


def _bytes(a: Run, b: Run) -> list[str]:
    """Say which files of two runs are equal in what counts of them, not in names or bytes."""
    ours, theirs = a.record.files, b.record.files
    if differing_file(ours, theirs, a.noise):
        return []
    files = other_bytes(ours, theirs, a.noise)
    names = [_few(f"{n} (of", f) + ")" for n, f in renamed(ours, theirs, a.noise).items()]
    return [
        *([f"names of files differ in: {', '.join(names)}"] if names else []),
        *([_few("other bytes, equal parts in", files)] if files else []),
    ]


def _noise(a: Run, b: Run) -> list[str]:
    """Say in which noise the printed lines of two equal runs differ."""
    found = []
    for errors, where in ((False, "printed lines"), (True, "printed errors")):
        raw = [r.record.printed_errors if errors else r.record.printed for r in (a, b)]
        if raw[0] == raw[1]:
            continue
        left, right = (counted(lines, a.noise, errors=errors) for lines in raw)
        where_by_name = named(left, right)
        kinds = [_few(f"{name} (line", lines) + ")" for name, lines in where_by_name.items()]
        if [line.printed for line in left] == [line.printed for line in right]:
            aside = [name for name, pattern in WARNED.items() if _parted(raw, pattern)]
            kinds += aside or [QUOTED]
        found.append(f"{where} differ in: {', '.join(kinds)}")
    return found


def _parted(raw: Sequence[Sequence[str]], pattern: re.Pattern[str]) -> bool:
    left, right = ([line for line in lines if pattern.match(line)] for lines in raw)
    return left != right


def _few(what: str, things: Sequence[object]) -> str:
    more = f" and {len(things) - SHOWN} more" if len(things) > SHOWN else ""
    return f"{what} {', '.join(map(str, things[:SHOWN]))}{more}"


RESUMED = {
    "suite": "resumed from the suite's checkpoint, not by the program's own save and load",
    "own": "resumed by the program's own save and load",
}


def _resumed(runs: Sequence[Run]) -> list[str]:
    """Say by what a run went on in a second process."""
    return [RESUMED[by] for run in runs if (by := run.record.resumed)]


NO_NUMBER = "the loss is "
FILLED = "; memory-fill fills with nan what is never initialised"


def _losses(runs: Sequence[Run]) -> list[str]:
    """Say at which step a loss first is no number."""
    found: Mapping[int, Run] = {
        int(at[0]): run for run in runs if len(at := np.nonzero(~np.isfinite(run.losses))[0])
    }
    if not found:
        return []
    step = min(found)
    value = float(found[step].losses[step])
    filled = np.isnan(value) and "memory-fill" in found[step].record.run.settings
    return [f"{NO_NUMBER}{value} at step {step}{FILLED if filled else ''}"]


def _machines(runs: Sequence[Run]) -> list[str]:
    """Say what else differs between repeats of several machines."""
    records = {machine(run): run.record for run in reversed(runs)}
    first, *others = reversed(records.values())
    return [
        f"repeats of several machines: {'; '.join(differing(first, other))}" for other in others
    ]


def _unwatched(runs: Sequence[Run]) -> list[str]:
    """Say what the runs themselves did not watch; records before version 3 watched no more."""
    newer = [run.record.trace for run in runs if run.record.schema_version > 2]
    missing = [
        name for name in PHASES
        if name not in RANDOM and any(name not in trace.phases for trace in newer)
    ]  # fmt: skip
    said = [_cut(text) for trace in newer for text in trace.unwatched]
    found = [f"not watched: {text}" for text in dict.fromkeys([*missing, *said])]
    if mixed := unwatched(runs):
        found.append(f"not compared, as not every run watched it: {', '.join(mixed)}")
    return found


def _cut(text: str) -> str:
    """Return what a run says that it did not watch, of many numbers the first."""
    of, numbers, names = text.partition("numbers: ")
    few = names.split(", ")
    return text if of or len(few) <= SHOWN else _few(numbers.rstrip(), few)


def states(run: Run, generator: str) -> np.ndarray | None:
    """Return a generator's states before each step and after the last, uint64 (steps + 1,).

    None where it was not watched.
    """
    name = f"random {generator}"
    if name not in run.record.trace.phases or not ended(run):
        return None
    return np.append(run.column(name), run.ends[ENDS.index(name)])


def parted(a: Run, b: Run) -> dict[str, int]:
    """Return the generators that stand elsewhere, each with the first step before which it does.

    One that no step of either run draws from does not count: it may have been seeded by the system
    and never be used.
    """
    found = {}
    for generator in GENERATORS:
        left, right = states(a, generator), states(b, generator)
        if left is None or right is None:
            continue
        common = min(len(left), len(right))
        apart = np.nonzero(left[:common] != right[:common])[0]
        if len(apart) and any(_drawn(*each) for each in ((a, left), (b, right))):
            found[generator] = int(apart[0])
    return found


def _drawn(run: Run, stands: np.ndarray) -> bool:
    """Return whether a run draws from a generator; a new process has others, which is no draw."""
    moves = stands[1:] != stands[:-1]
    if (at := broken(run)) is not None:
        moves[at : at + 1] = False
    return bool(moves.any())


def broken(run: Run) -> int | None:
    """Return the step with which a run went on by the program's own save and load; else None."""
    return run.record.run.resume if run.record.resumed == "own" else None


def in_words(generator: str, step: int) -> str:
    """Say where a generator stands elsewhere, from the step before which it does."""
    since = f"after step {step - 1}" if step else "from the start"
    return f"{WORDS[generator]} stands elsewhere {since}"
