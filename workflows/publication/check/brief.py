"""A matrix of which one record of each identical cell is there: what can be held against it.

The identical cells are made again, as if each of their repeats had left the one record. All else is
held against the plan, and against itself: which cells, variations, controls and probes there are,
and that their counts fit each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.common.errors import UserError
from workflows.compare.controls import at_its_place, validity
from workflows.compare.notes import NO_NUMBER
from workflows.compare.outcome import outcome
from workflows.experiment import comparisons
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.planned import CONTROLS, Control
from workflows.experiment.specification import Combination
from workflows.matrix import cells, variations
from workflows.matrix.cells import Cell
from workflows.matrix.close_looks import cell_of
from workflows.matrix.model import Matrix
from workflows.publication.check.fields import first_unequal
from workflows.publication.check.integrity import Publication
from workflows.runs.record import Run

_SINGLE = ("verdict", "repeats", "distinct", "divergence_below", "first_difference", "reason",
           "classes", "final_loss", "published", "steps", "ended_after")  # fmt: skip
"""Fields of an identical cell that follow from any of its records."""


def check_brief(publication: Publication, catalogue: Catalogue) -> None:
    """Hold the matrix against plan and records; raise `UserError` where it is untrue."""
    matrix = publication.matrix
    steps = _shape(publication)
    made_of: dict[Combination, list[Run]] = {}
    for cell in matrix.cells:
        _check_counts(cell)
        if cell.verdict == "identical":
            made_of[cell_of(cell)] = _as_one(cell, publication, catalogue)
    _check_letters(matrix, made_of)
    _check_kept(publication, made_of, steps)
    _check_controls(publication)
    _check_times(publication)


def _check_controls(publication: Publication) -> None:
    """Hold the controls against the plan, and what became of them against what they found."""
    matrix = publication.matrix
    fields = {*Control.model_fields}
    said = [each.model_dump(include=fields) for each in matrix.controls]
    asked = [each.model_dump() for each in publication.planned.plan.controls]
    if said != asked or matrix.validity != validity(matrix.controls):
        raise UserError("matrix.json: controls: are not those of its plan, or not what it says")
    for control in matrix.controls:
        if control.flip_in == "generator":
            continue  # what its runs drew is in no published trace
        if (control.outcome == "caught") != at_its_place(control, control.found):
            where = f"matrix.json: controls[{control.flipped}]"
            raise UserError(f"{where}: {control.outcome}, but found at {control.found or 'none'}")


def _shape(publication: Publication) -> dict[Combination, int]:
    """Hold cells, their records and lengths against the plan; return the steps of each."""
    runs: dict[Combination, list[Any]] = {}
    for run in publication.planned.plan.runs:
        runs.setdefault(run.combination, []).append(run)
    trained = publication.planned.experiment.benchmarks
    shown = {
        c: found
        for c, found in runs.items()
        if c.benchmark in trained and c.variation not in CONTROLS
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
    names = {run.record.run.path: cell.classes[0]}
    published = catalogue.benchmarks[cell.benchmark].published
    again = cells.cell(cell_of(cell), runs, names, published)
    said = cell.model_dump(mode="json", include={*_SINGLE})
    skip = () if publication.same_code else ("published",)
    found = first_unequal(said, again.model_dump(mode="json", include={*_SINGLE}), skip)
    if found is None and again.machines[0] != cell.machines[0]:
        found = first_unequal({"machines": cell.machines}, {"machines": again.machines})
    if found:
        raise UserError(found.line(where, "its record says"))
    # Of repeats that are not there more may be said (noise, generators); which step a loss that is
    # no number stands at, a trace that leaves some out does not say.
    lacking = [n for n in again.notes if n not in cell.notes and not n.startswith(NO_NUMBER)]
    if publication.same_code and lacking:
        raise UserError(f"{where}: notes: lack what its record says: {lacking[0]}")
    return runs


def _check_letters(matrix: Matrix, made_of: Mapping[Combination, list[Run]]) -> None:
    """Refuse equal letters for unequal outcomes, and two letters for one."""
    outcomes: dict[tuple[str, str], str] = {}
    letters: dict[tuple[str, str, int], str] = {}
    for cell in matrix.cells:
        if runs := made_of.get(cell_of(cell)):
            said, found, letter = f"matrix.json: {cell.folder}", outcome(runs[0]), cell.classes[0]
            if outcomes.setdefault((cell.benchmark, letter), found) != found:
                raise UserError(f"{said}: letter {letter} stands for unequal outcomes")
            final = runs[0].record.trace.final_weights
            if letters.setdefault((cell.benchmark, found + final, cell.steps), letter) != letter:
                raise UserError(f"{said}: two letters for one outcome in every published step")


def _check_kept(
    publication: Publication,
    made_of: Mapping[Combination, list[Run]],
    steps: Mapping[Combination, int],
) -> None:
    """Hold the table of variations against the plan and, where both sides are there, the runs."""
    matrix, same_code = publication.matrix, publication.same_code
    # Of repeats on several machines one record does not say what they show together.
    many = {cell_of(cell) for cell in matrix.cells if len(cell.machines) > 1}
    wanted = []
    for cell in steps:
        if base := comparisons.baseline(cell, steps):
            wanted.append((cell.variation, base, cell))
        elif cell.variation == "baseline" and (first := comparisons.first_environment(cell, steps)):
            wanted.append((f"environment {cell.environment}", first, cell))
    own = {name for name in Combination.model_fields if name != "variation"}
    said = [
        (each.variation, each.baseline, each.varied)
        for each in matrix.kept
        if each.model_dump(include=own) == each.varied.model_dump(include=own)
    ]
    if said != wanted or len(said) != len(matrix.kept):
        raise UserError("matrix.json: kept: holds other variations than its plan")
    for each in matrix.kept:
        left, right = made_of.get(each.baseline), made_of.get(each.varied)
        if not left or not right or {each.baseline, each.varied} & many:
            continue
        again = variations.kept(each.variation, left, right)
        fields = {"answer", "repeats", "steps", *(("reason",) if same_code else ())}
        x, y = (one.model_dump(mode="json", include=fields) for one in (each, again))
        if found := first_unequal(x, y):
            where = f"matrix.json: kept[{'/'.join(each.varied.model_dump().values())}]"
            raise UserError(found.line(where, "its records say"))


def _check_times(publication: Publication) -> None:
    """Hold when the campaign started, and on what, against the records that are there."""
    matrix, records = publication.matrix, publication.records
    started = [r.timing.started for r in records.values() if r.timing]
    if started and (matrix.started is None or matrix.started > min(started)):
        raise UserError(f"matrix.json: started: {matrix.started}, a record says {min(started)}")
    first = records.get(publication.planned.plan.runs[0].path)
    said, held = (each and each.model_dump() for each in (matrix.machine, first and first.held))
    if held and (found := first_unequal(said, held)):
        raise UserError(found.line("matrix.json: machine", "the first record says"))
    models = [r.held.processor.model for r in records.values() if r.held]
    named = [*models, *(name for cell in matrix.cells for name in cell.machines)]
    model = matrix.machine.processor.model if matrix.machine else None
    if models and not (model and any(name.startswith(model) for name in named)):
        raise UserError(f"matrix.json: machine: {model}, its records say {models[0]}")
