"""How long an experiment takes, about, file by file: what a terminal counts down from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.experiment.duration import Durations
from workflows.experiment.specification import RunSpecification
from workflows.studies.ablation.plan import AblationPlan
from workflows.studies.costs.plan import Measurement
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.differences.plan import Pair

TRIED = 2
"""Sets of settings that an ablation tries for each setting, more or less."""
UNSEEDED = "unseeded"
IDLE = 1.0
"""Seconds of a job that finds that there is nothing to do."""


Study = AblationPlan | CuresPlan | Measurement


@dataclass(frozen=True)
class Forecast:
    """Seconds by the file that a job makes, and the number of repeats by a cell's path.

    `perhaps`: by the same files, how many runs a search for a cure takes at most, where repeats,
    against all expectation, differ, lose their letter, or are refused. Not in the seconds.
    """

    expected: dict[str, float]
    repeats: dict[str, int]
    perhaps: dict[str, int]

    @property
    def seconds(self) -> float:
        """Seconds of all jobs, one after the other."""
        return sum(self.expected.values())


def forecast(
    durations: Durations,
    runs: Mapping[str, RunSpecification],
    pairs: Iterable[Pair] = (),
    studies: Iterable[Study] = (),
) -> Forecast:
    """Return the forecast of runs, of close looks at pairs of them, and of studies."""
    expected = {f"results/runs/{path}.json": durations.seconds(run) for path, run in runs.items()}
    for pair in pairs:
        expected[f"results/differences/{pair.name}.json"] = look(durations, runs, pair)
    perhaps: dict[str, int] = {}
    for plan in studies:
        folder, seconds = study(durations, plan)
        path = f"results/{folder}/{plan.path}.json"
        expected[path] = seconds
        if isinstance(plan, CuresPlan) and not differs(plan):
            perhaps[path] = plan.runs
    cells = Counter(path.rpartition("/")[0] for path in runs)
    return Forecast(expected, dict(cells), perhaps)


def look(durations: Durations, runs: Mapping[str, RunSpecification], pair: Pair) -> float:
    """Return the seconds of a close look: both sides run again where they differ.

    That is expected of runs that nothing seeds, and of controls: they start, and soon end.
    """
    left, right = runs[pair.left[0]], runs[pair.right[0]]
    differ = left.configuration == UNSEEDED or right.flip is not None
    return IDLE + (durations.start(left) + durations.start(right) if differ else 0.0)


def study(durations: Durations, plan: Study) -> tuple[str, float]:
    """Return the folder of a study's result, and the seconds of all its runs."""
    if isinstance(plan, AblationPlan):
        tests = TRIED * len(plan.settings) * plan.repeats + plan.verify
        return "ablations", tests * durations.seconds(plan.run(plan.settings, 0))
    if isinstance(plan, Measurement):
        once = sum(durations.seconds(run) for run in plan.arms.values())
        return "costs", plan.rounds * once
    sure = differs(plan) and plan.varied is None
    return "cures", IDLE + (plan.runs * durations.start(plan.baseline) if sure else 0.0)


def differs(plan: CuresPlan) -> bool:
    """Return whether a baseline is expected to differ: then it has no letter to lose."""
    return plan.baseline.configuration == UNSEEDED
