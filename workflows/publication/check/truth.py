"""Is the matrix of a publication what its records say? It is made again, and held against them.

With all records there it is made whole, by the code that makes every matrix, and compared field by
field. With one record of each identical cell (`brief`) those cells are made again, as if each of
their repeats had left that record; of the others only the form can be checked.

Close looks, ablations and costs rest on runs that no publication carries: they are taken as they
are, and so are the tensors and the cures that they add to the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.reads import CHANGED, union
from workflows.experiment.resolve import named_probes
from workflows.matrix.collect import made
from workflows.matrix.gather import Gathered
from workflows.publication.check.brief import check_brief
from workflows.publication.check.fields import first_unequal
from workflows.publication.check.integrity import Publication
from workflows.publication.check.meaning import drives, widened
from workflows.runs.record import RunRecord
from workflows.studies.ablation.plan import planned as ablations_of
from workflows.studies.cures.plan import planned as cures_of
from workflows.studies.differences.plan import pairs

WORDS = ("cause", "reason", "notes", "source", "cure", "expected", "published")
"""Fields in words, or that come from the catalogue: other code may put them otherwise."""
UNSEEN = (
    "how many repeats there were, their times, and what is noted of them",
    "all other cells, variations, controls and probes",
    "when it started, and what held in its first run",
)
"""What one record of each identical cell cannot show."""
NEVER = ("the revision of the code", "why that engine was taken, and how it shut runs in")
"""What no record can show."""


def check_truth(publication: Publication, catalogue: Catalogue) -> tuple[str, list[str]]:
    """Hold the matrix against the records; return what was done, and what is only claimed.

    Raises `UserError` with the first field that is untrue, and both values.
    """
    check_copies(publication.records)
    check_read(publication)
    check_beside(publication, catalogue)
    known = widened(publication, catalogue)
    count = len(publication.records)
    beside = [
        name
        for name, found in (
            ("close looks and the tensors they name", publication.matrix.differences),
            ("ablations and their cures", publication.matrix.ablations),
            ("searches for a cure", publication.matrix.cures),
            ("costs", publication.matrix.costs),
        )
        if found
    ]
    if publication.manifest.traces == "whole":
        _whole(publication, known)
        words = (
            []
            if publication.same_code
            else [
                "words of other code in the matrix, and how near it comes to what others published"
            ]
        )
        text = f"matrix made again from its {count} records: equal"
        return text, [*beside, *words, *NEVER]
    check_brief(publication, known)
    text = f"{count} identical cells of the matrix made again from one record each: equal"
    return text, [*UNSEEN, *beside, *NEVER]


def check_read(publication: Publication) -> None:
    """Refuse a cell whose repeats read unequal contents of one file: no answer to one question."""
    for cell in publication.matrix.cells:
        there = [publication.records[path] for path in cell.runs if path in publication.records]
        for name, contents in union(there).items():
            if contents == CHANGED:
                raise UserError(f"matrix.json: {cell.folder}: its records read unequal {name}")


def check_copies(records: Mapping[str, RunRecord]) -> None:
    """Refuse one run under two names: no two runs take the same time to the nanosecond.

    That is all that tells equal runs apart: who invents times for a copy is not found out here.
    """
    seen: dict[str, str] = {}
    for path, record in records.items():
        if record.status != "completed" or record.timing is None:
            continue
        times = digest(record.timing.model_dump())
        if (other := seen.setdefault(times, path)) != path:
            raise UserError(f"runs/{path}.json: timing: is that of {other}: one run, copied")


def check_beside(publication: Publication, catalogue: Catalogue) -> None:
    """Refuse answers of other stages that the plan does not ask for."""
    matrix, planned = publication.matrix, publication.planned
    asked = {pair.name for pair in pairs(planned.plan)}
    for name in matrix.differences:
        if name not in asked:
            raise UserError(f"matrix.json: differences[{name}]: its plan has no such pair")
    if publication.same_code:
        plans = ablations_of(planned.experiment, catalogue, drives(publication))
        said = [each.plan for each in matrix.ablations]
        if said != plans:
            raise UserError("matrix.json: ablations: are not those of its experiment")
        searches = cures_of(planned.experiment, planned.plan, catalogue)
        if [each.plan for each in matrix.cures] != searches:
            raise UserError("matrix.json: cures: are not those of its experiment")


def _whole(publication: Publication, catalogue: Catalogue) -> None:
    matrix, planned = publication.matrix, publication.planned
    foreign = _foreign(publication, catalogue)
    runs = {
        run.path: publication.reference(run.path).run
        for run in planned.plan.runs
        if run.benchmark not in foreign
    }
    there = Gathered(
        matrix.images,
        runs,
        matrix.ablations,
        matrix.costs,
        matrix.cures,
        matrix.differences,
        unusable={},
    )
    again = made(planned, there, catalogue).model_dump(mode="json", exclude={"sum"})
    said = matrix.model_dump(mode="json", exclude={"sum"})
    said["probes"] = [each for each in said["probes"] if each["probe"] not in foreign]
    compare(said, again, () if publication.same_code else WORDS)


def _foreign(publication: Publication, catalogue: Catalogue) -> set[str]:
    """Return the probes of the plan that this checkout does not have as such."""
    planned = publication.planned
    probes = set(named_probes(planned.experiment, catalogue))
    return {
        run.benchmark
        for run in planned.plan.runs
        if run.benchmark not in planned.experiment.benchmarks and run.benchmark not in probes
    }


def compare(said: Any, again: Any, skip: Iterable[str] = ()) -> None:
    """Raise `UserError` with the first field in which the matrix is not what was made again."""
    if found := first_unequal(said, again, tuple(skip)):
        raise UserError(found.line("matrix.json", "its records say"))
