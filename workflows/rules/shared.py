"""Jobs that make several results: repeats of a combination, close looks at a configuration."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.experiment.planned import Planned
from workflows.experiment.specification import RunSpecification
from workflows.rules.code import CODE
from workflows.rules.stage import Stage
from workflows.rules.together import together
from workflows.runs.absent import record
from workflows.studies.differences.family import Family, families
from workflows.studies.differences.plan import Pair, pairs

Datasets = Mapping[str, str | None]
Repeats = dict[tuple[int, ...], Stage[RunSpecification]]
Looks = dict[tuple[str, ...], Stage[Family]]


def repeats(planned: Planned, cores: int, datasets: Datasets) -> Repeats:
    """Return the jobs that carry out several repeats, by these: combinations stand for the jobs.

    Of what has no record yet, on the CPU: a run on a GPU waits for it.
    """
    runs = planned.plan.runs
    due = [run for run in runs if run.device == "cpu" and not record(run.path).exists()]
    found = together(due, cores) if cores else {}
    return {
        repeats: Stage(
            "runs",
            {_cell(run): run for run in first},
            lambda run: [run],
            datasets,
            {_cell(run): planned.identities[run.path] for run in first},
        )
        for repeats, first in found.items()
    }


def _cell(run: RunSpecification) -> str:
    return run.path.rpartition("/")[0]


def carried_out(jobs: Repeats) -> frozenset[str]:
    """Return the runs of these jobs."""
    return frozenset(
        f"{cell}/{repeat}"
        for repeats, stage in jobs.items()
        for cell in stage.plans
        for repeat in repeats
    )


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
