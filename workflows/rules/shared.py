"""Jobs that make several results: repeats of a combination, close looks at a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from workflows.experiment.planned import Planned
from workflows.experiment.specification import RunSpecification
from workflows.rules.code import CODE
from workflows.rules.stage import Stage
from workflows.rules.together import together
from workflows.runs.absent import record
from workflows.studies.differences.family import Family, families
from workflows.studies.differences.plan import Pair, pairs

T = TypeVar("T")
Datasets = Mapping[str, str | None]
Looks = dict[tuple[str, ...], Stage[Family]]


@dataclass(frozen=True)
class Repeats:
    """One job that carries out several runs of a cell; its rule has no wildcard.

    With one, Snakemake would hold each file that it looks for against each that any of them makes.
    """

    runs: Sequence[RunSpecification]

    def files(self, folder: str, suffix: str) -> list[str]:
        """Return a file of each of its runs."""
        return [f"results/{folder}/{run.path}{suffix}" for run in self.runs]

    def asked(self, of: Callable[[Sequence[str]], T]) -> Callable[[Any], T]:
        """Return what `of` gives for its first run, and so for each, whatever the wildcards."""
        return lambda _wildcards: of([self.runs[0].path])


def repeats(planned: Planned, cores: int) -> list[Repeats]:
    """Return the jobs that carry out several repeats.

    Of what has no record yet, on the CPU: a run on a GPU waits for it.
    """
    runs = planned.plan.runs
    due = [run for run in runs if run.device == "cpu" and not record(run.path).exists()]
    return [*map(Repeats, together(due, cores))] if cores else []


def carried_out(jobs: Iterable[Repeats]) -> frozenset[str]:
    """Return the runs of these jobs."""
    return frozenset(run.path for job in jobs for run in job.runs)


def looks(planned: Planned, cores: int, datasets: Datasets) -> Looks:
    """Return the jobs that take several close looks, by their form: places stand for the jobs."""
    runs = {run.path: run for run in planned.plan.runs}
    here = [
        pair
        for pair in (pairs(planned.plan) if cores else ())
        if {runs[path].device for path in (*pair.left, *pair.right)} == {"cpu"}
    ]
    return {
        form: Stage(
            "differences",
            found,
            lambda family: [runs[path] for path in family.sides],
            datasets,
            code=CODE["families of differences"],
        )
        for form, found in families(here).items()
    }


def taken(jobs: Looks) -> frozenset[str]:
    """Return the pairs of these jobs."""
    plans = (family for stage in jobs.values() for family in stage.plans.values())
    return frozenset(pair.name for family in plans for pair in family.pairs)


def images_without_gpu(runs: Stage[RunSpecification]) -> list[str]:
    """Return the image records of the runs that cannot run here."""
    return sorted({name for job in runs.absent for name in runs.images([job])})


def records_without_gpu(runs: Stage[RunSpecification], differences: Stage[Pair]) -> list[str]:
    """Return both sides of the close looks at such runs."""
    looks = (differences.of([name]) for name in differences.absent)
    return sorted({runs.output(path) for look in looks for path in (*look.left, *look.right)})
