"""Letters: runs of one benchmark that are equal bit for bit share one."""

from __future__ import annotations

from collections import Counter

from workflows.runs.record import Run


def letter(index: int) -> str:
    """Return the name of the class of that index: A … Z, AA, AB, …"""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def letters(runs: list[Run]) -> dict[str, str]:
    """Name the distinct outcomes of one benchmark.

    The most frequent among the baselines is A, then as they come; what only variations gave
    comes after them.
    """
    completed = [run for run in runs if run.record.status == "completed"]
    baseline = Counter(r.digest for r in completed if r.record.run.variation == "baseline")
    counts = Counter(run.digest for run in completed)
    # most_common is stable: among equals the first seen comes first.
    named = dict.fromkeys([*(d for d, _ in baseline.most_common()), *counts])
    return {digest: letter(i) for i, digest in enumerate(named)}
