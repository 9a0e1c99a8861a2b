"""Which runs share a job: repeats of one combination alone, and never so many that a core waits."""

from __future__ import annotations

import pytest

from tests.support import real
from workflows.experiment.specification import RunSpecification
from workflows.rules.together import JOBS_A_CORE, MOST, together

BASE = real.run().record.run


def runs(count: int, **changes: object) -> list[RunSpecification]:
    """Return so many repeats of a combination."""
    return [BASE.model_copy(update={**changes, "repeat": number}) for number in range(count)]


def cells(benchmark: str, number: int, repeats: int) -> list[RunSpecification]:
    """Return all repeats of so many configurations."""
    names = (f"c{n}" for n in range(number))
    return [r for n in names for r in runs(repeats, benchmark=benchmark, configuration=n)]


def jobs(due: list[RunSpecification], cores: int) -> list[list[str]]:
    """Return the runs of each job that carries out several."""
    return [[run.path for run in job] for job in together(due, cores)]


def test_all_repeats_of_a_combination_share_a_job_where_there_are_enough() -> None:
    due = cells("toy", 12, 5)
    found = jobs(due, cores=1)
    assert len(found) == 12 and {len(job) for job in found} == {5}
    assert sorted(run for job in found for run in job) == sorted(run.path for run in due)
    assert len({run.rpartition("/")[0] for job in found for run in job}) == 12


@pytest.mark.parametrize("cores", range(1, 33))
def test_no_core_waits_for_another_ones_job(cores: int) -> None:
    due = cells("toy", 12, 5)
    found = jobs(due, cores)
    alone = len(due) - sum(map(len, found))
    assert len(found) + alone >= min(len(due), JOBS_A_CORE * cores)


def test_few_runs_and_long_kinds_of_their_own_stay_alone() -> None:
    assert jobs(cells("toy", 1, 5), cores=1) == [], "control: five are too few for one core"
    assert jobs(cells("toy", 1, 6), cores=1) != []
    found = jobs([*cells("toy", 12, 5), *cells("long", 2, 3)], cores=2)
    assert found and not [job for job in found if "long" in job[0]]


def test_repeats_that_are_there_leave_the_others() -> None:
    due = [run for run in cells("toy", 12, 5) if run.repeat in (1, 4)]
    assert {tuple(run[-1] for run in job) for job in jobs(due, cores=1)} == {("1", "4")}


def test_however_many_repeats_there_are_a_job_has_few() -> None:
    found = jobs(cells("toy", 2, 10 * MOST + 1), cores=1)
    assert len(found) == 22 and max(map(len, found)) <= MOST
