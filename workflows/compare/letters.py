"""Letters: runs of one benchmark that are equal bit for bit share one."""

from __future__ import annotations

from collections import Counter

from workflows.compare.outcome import on_common, outcome
from workflows.runs.record import Run


def letter(index: int) -> str:
    """Return the letter of that index: A … Z, AA, AB, …"""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def letters(runs: list[Run]) -> dict[str, str]:
    """Return the letter of each completed run of one benchmark, by its path.

    The most frequent outcome among the baselines is A, then as they come; what only variations gave
    comes after them.
    """
    completed = [run for run in runs if run.record.status == "completed"]
    outcomes = {run.record.run.path: outcome(run) for run in on_common(completed)}
    asked = [run.record.run for run in completed]
    baseline = Counter(outcomes[run.path] for run in asked if run.variation == "baseline")
    # most_common is stable: among equals the first seen comes first.
    named = dict.fromkeys([*(each for each, _ in baseline.most_common()), *outcomes.values()])
    index = {each: letter(i) for i, each in enumerate(named)}
    return {path: index[each] for path, each in outcomes.items()}
