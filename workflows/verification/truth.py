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

from workflows import cells, kept, sides
from workflows.ablation_plan import planned as ablations_of
from workflows.catalogue import Catalogue
from workflows.cells import Cell
from workflows.choices import named_probes
from workflows.compare import Difference
from workflows.controls import validity
from workflows.errors import UserError
from workflows.files import digest
from workflows.gather import Gathered
from workflows.matrix import Matrix, made
from workflows.pairs import pairs
from workflows.plan import FLIPPED, UNTOUCHED
from workflows.records import Run, RunRecord
from workflows.specification import Combination
from workflows.verification.fields import first_unequal
from workflows.verification.integrity import Publication
from workflows.verification.meaning import drives, widened

SAY = "its records say"
WORDS = ("cause", "reason", "source", "cure", "expected")
"""Fields in words, or that come from the catalogue: other code may put them otherwise."""
_SINGLE = ("verdict", "repeats", "distinct", "divergence_below", "first_difference", "reason",
           "classes", "final_loss", "published", "steps")  # fmt: skip


def check_truth(publication: Publication, catalogue: Catalogue) -> tuple[str, list[str]]:
    """Hold the matrix against the records; return what was done, and what is only claimed.

    Raises `UserError` with the first field that is untrue, and both values.
    """
    check_copies(publication.records)
    check_beside(publication, catalogue)
    known = widened(publication, catalogue)
    count = len(publication.records)
    beside = [
        name
        for name, found in (
            ("close looks", publication.matrix.differences),
            ("ablations", publication.matrix.ablations),
            ("costs", publication.matrix.costs),
        )
        if found
    ]
    if publication.manifest.traces == "whole":
        _whole(publication, known)
        words = [] if publication.same_code else ["words of other code in the matrix"]
        return f"matrix made again from its {count} records: equal", [*beside, *words]
    _brief(publication, known)
    text = f"{count} identical cells of the matrix made again from one record each: equal"
    return text, ["how many repeats there were, and their times", "all other cells", *beside]


def check_copies(records: Mapping[str, RunRecord]) -> None:
    """Refuse one run under two names: no two runs take the same time to the nanosecond."""
    seen: dict[str, str] = {}
    for path, record in records.items():
        if record.status != "completed" or record.timing is None:
            continue
        times = digest(record.timing)
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


def _whole(publication: Publication, catalogue: Catalogue) -> None:
    matrix, planned = publication.matrix, publication.planned
    foreign = _foreign(publication, catalogue)
    runs = {
        run.path: publication.reference(run.path).run
        for run in planned.plan.runs
        if run.benchmark not in foreign
    }
    there = Gathered(
        matrix.images, runs, matrix.ablations, matrix.costs, matrix.differences, unusable={}
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
        raise UserError(found.line("matrix.json", SAY))


def _brief(publication: Publication, catalogue: Catalogue) -> None:
    matrix, planned = publication.matrix, publication.planned
    steps = _shape(publication)
    made_of: dict[Combination, list[Run]] = {}
    for cell in matrix.cells:
        _check_counts(cell)
        if cell.verdict == "identical":
            made_of[_combination(cell)] = _as_one(cell, publication, catalogue)
    _check_letters(matrix, made_of)
    _check_kept(matrix, made_of, steps, catalogue, same_code=publication.same_code)
    said = [each.model_dump(include={"flipped", "untouched", "step"}) for each in matrix.controls]
    asked = [each.model_dump() for each in planned.plan.controls]
    if said != asked or matrix.validity != validity(matrix.controls):
        raise UserError("matrix.json: controls: are not those of its plan, or not what it says")
    for control in matrix.controls:
        place = Difference(phase="weights", step=control.step)
        if (control.outcome == "caught") != (control.found == place):
            where = f"matrix.json: controls[{control.flipped}]"
            raise UserError(f"{where}: {control.outcome}, but found at {control.found or 'none'}")
    _check_times(publication)


def _shape(publication: Publication) -> dict[Combination, int]:
    """Hold cells, their records and lengths against the plan; return the steps of each."""
    runs: dict[Combination, list[Any]] = {}
    for run in publication.planned.plan.runs:
        runs.setdefault(run.combination, []).append(run)
    trained = publication.planned.experiment.benchmarks
    shown = {
        c: found
        for c, found in runs.items()
        if c.benchmark in trained and c.variation not in (FLIPPED, UNTOUCHED)
    }
    again = [
        {
            **combination.model_dump(),
            "steps": found[0].steps,
            "records": [f"runs/{run.path}.json" for run in found],
        }
        for combination, found in shown.items()
    ]
    said = [
        cell.model_dump(include={*Combination.model_fields, "steps", "records"})
        for cell in publication.matrix.cells
    ]
    if found := first_unequal({"cells": said}, {"cells": again}):
        raise UserError(found.line("matrix.json", "its plan says"))
    probes = {(c.environment, c.device, c.benchmark): 0 for c in runs if c.benchmark not in trained}
    named = [(each.environment, each.device, each.probe) for each in publication.matrix.probes]
    if [*probes] != named:
        raise UserError("matrix.json: probes: are not those of its plan")
    return {combination: found[0].steps for combination, found in shown.items()}


def _check_counts(cell: Cell) -> None:
    """Refuse counts that do not fit each other."""
    compared = cell.verdict in ("identical", "prints-alike", "differs")
    distinct = len(set(cell.classes)) if compared else 0
    completed = len(cell.records) if compared else len(cell.classes)
    where = f"matrix.json: cells[{cell.folder}]"
    for key, said, fits in (
        ("repeats", cell.repeats, completed), ("distinct", cell.distinct, distinct),
        ("classes", len(cell.classes), completed),
    ):  # fmt: skip
        if said != fits:
            raise UserError(f"{where}: {key}: {said}, its letters and records say {fits}")


def _as_one(cell: Cell, publication: Publication, catalogue: Catalogue) -> list[Run]:
    """Hold an identical cell against its one published record; return that run, once a repeat."""
    run = publication.reference(cell.runs[0]).run
    where = f"matrix.json: cells[{cell.folder}]"
    if run.record.status != "completed":
        raise UserError(f"{where}: identical, but {cell.runs[0]} did not complete")
    runs = [run] * len(cell.records)
    names = {run.digest: cell.classes[0]}
    published = catalogue.benchmarks[cell.benchmark].published
    again = cells.cell(_combination(cell), runs, names, published)
    said = cell.model_dump(mode="json", include={*_SINGLE})
    found = first_unequal(said, again.model_dump(mode="json", include={*_SINGLE}))
    if found is None and again.machines[0] != cell.machines[0]:
        found = first_unequal({"machines": cell.machines}, {"machines": again.machines})
    if found:
        raise UserError(found.line(where, "its record says"))
    return runs


def _check_letters(matrix: Matrix, made_of: Mapping[Combination, list[Run]]) -> None:
    """Refuse equal letters for unequal outcomes, and two letters for one."""
    outcomes: dict[tuple[str, str], str] = {}
    letters: dict[tuple[str, str, int], str] = {}
    for cell in matrix.cells:
        if runs := made_of.get(_combination(cell)):
            said, outcome, letter = f"matrix.json: {cell.folder}", runs[0].digest, cell.classes[0]
            if outcomes.setdefault((cell.benchmark, letter), outcome) != outcome:
                raise UserError(f"{said}: letter {letter} stands for unequal outcomes")
            final = runs[0].record.trace.final_weights
            if letters.setdefault((cell.benchmark, outcome + final, cell.steps), letter) != letter:
                raise UserError(f"{said}: two letters for one outcome in every published step")


def _check_kept(
    matrix: Matrix,
    made_of: Mapping[Combination, list[Run]],
    steps: Mapping[Combination, int],
    catalogue: Catalogue,
    *,
    same_code: bool,
) -> None:
    """Hold the table of variations against the plan and, where both sides are there, the runs."""
    wanted = []
    for cell in steps:
        if base := sides.baseline(cell, steps):
            wanted.append((cell.variation, base, cell))
        elif cell.variation == "baseline" and (first := sides.first_environment(cell, steps)):
            wanted.append((f"environment {cell.environment}", first, cell))
    if [(each.variation, each.baseline, each.varied) for each in matrix.kept] != wanted:
        raise UserError("matrix.json: kept: holds other variations than its plan")
    for each in matrix.kept:
        left, right = made_of.get(each.baseline), made_of.get(each.varied)
        if not left or not right:
            continue
        again = kept.kept(each.variation, left, right)
        fields = {"answer", "repeats", "steps", *(("reason",) if same_code else ())}
        x, y = (one.model_dump(mode="json", include=fields) for one in (each, again))
        if found := first_unequal(x, y):
            where = f"matrix.json: kept[{'/'.join(each.varied.model_dump().values())}]"
            raise UserError(found.line(where, SAY))


def _check_times(publication: Publication) -> None:
    """Hold when the campaign started, and on what, against the records that are there."""
    matrix, records = publication.matrix, publication.records
    started = [r.timing["started"] for r in records.values() if r.timing]
    if started and (matrix.started is None or matrix.started > min(started)):
        raise UserError(f"matrix.json: started: {matrix.started}, a record says {min(started)}")
    first = records.get(publication.planned.plan.runs[0].path)
    if first and first.held and (found := first_unequal(matrix.machine, first.held)):
        raise UserError(found.line("matrix.json: machine", "the first record says"))
    models = {(r.held or {}).get("processor", {}).get("model") for r in records.values()}
    model = (matrix.machine or {}).get("processor", {}).get("model")
    if records and len(models) == 1 and model not in models:
        raise UserError(f"matrix.json: machine: {model}, {SAY} {models.pop()}")


def _combination(cell: Cell) -> Combination:
    return Combination(**{name: getattr(cell, name) for name in Combination.model_fields})
