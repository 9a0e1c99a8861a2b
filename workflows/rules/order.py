"""Which jobs start first, and how many of this machine's cores each of them takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.experiment.duration import Durations
from workflows.experiment.specification import RunSpecification


@dataclass(frozen=True)
class Order:
    """`expected` gives the seconds by the file that a job makes; `cores`: so many there are."""

    cores: int
    durations: Durations
    expected: Callable[[], Mapping[str, float]]

    def early(self, *files: str) -> Callable[[Any], int]:
        """Return how early a job that makes these files starts, by its wildcards.

        The longest first, so that none begins when the others are about to end.
        """

        def seconds(wildcards: Any) -> int:
            given, expected = dict(wildcards.items()), self.expected()
            return math.ceil(sum(expected.get(file.format(**given), 0.0) for file in files))

        return seconds

    def wide(self, run: Callable[[Any], RunSpecification]) -> Callable[[Any], int]:
        """Return how many cores a run takes, by its job's wildcards; `run` gives it by these."""
        return lambda wildcards: min(self.cores, self.durations.cores(run(wildcards)))
