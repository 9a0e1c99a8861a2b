"""Forget what failed or could not run, so that it is made again.

Also what rests on it by itself: ablations and costs without an answer, close looks that could not
be taken. Finished records stay, and are used again.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.models import load_model
from workflows.compare.close_look import Closer
from workflows.compare.controls import NOTHING
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.planned import Planned
from workflows.matrix.gather import gather
from workflows.runs.record import dense, read
from workflows.studies.ablation.result import Ablation
from workflows.studies.costs.result import Costs
from workflows.studies.cures.result import Cures

AGAIN = ("failed", "not-run")
Result = Ablation | Costs | Cures | Closer
STAGES: dict[str, tuple[str, type[Result]]] = {
    "ablations": ("*/*/*.json", Ablation),
    "costs": ("*/*/*.json", Costs),
    "cures": ("*/*/*/*.json", Cures),
    "cures/variation": ("*/*/*/*/*.json", Cures),
    "differences": ("*/*/*/*/*/*.json", Closer),
}
"""The later stages: what their results' files are called below their folder, and their model."""


def unfinished(paths: Iterable[Path]) -> list[Path]:
    """Return the records of runs that failed or could not run, but may another time."""

    def again(path: Path) -> bool:
        try:
            record = read(path).record
        except UserError:  # a broken record is no result
            return True
        return record.status in AGAIN and NOTHING not in (record.reason or "")

    return [path for path in paths if again(path)]


def unusable(results: Path) -> list[Path]:
    """Return what the matrix would not use: damaged, or an answer to something else."""
    plan = results / "plan.json"
    try:
        there = gather(Planned.load(plan), results, Catalogue.read())
    except UserError as error:
        print(f"not looked at what is stale: {error}", file=sys.stderr)
        return []
    return [results / path for path in there.unusable if (results / path).exists()]


def without_answer(path: Path, model: type[Result]) -> bool:
    """Return whether the result of a later stage at `path` is broken, or no full answer."""
    try:
        found = load_model(model, path, "result")
    except UserError:
        return True
    match found:
        case Ablation():
            return found.status != "done" or bool(found.undecided)
        case Costs():
            rows = [*found.rows, found.control]
            return bool(found.disturbed) or any(row.verdict in AGAIN for row in rows)
        case Cures():
            shown = [each.found for each in (*found.tried, found.warned) if each]
            return found.status == "not-run" or any(each.answer in AGAIN for each in shown)
        case Closer():
            return found.rerun is not None and found.rerun.outcome == "not possible"


def unanswered(results: Path) -> list[Path]:
    """Return the results of later stages that give no answer."""
    return [
        path
        for folder, (pattern, model) in STAGES.items()
        for path in sorted((results / folder).glob(pattern))
        if without_answer(path, model)
    ]


def forget_all(results: Path) -> str:
    """Remove all of them; say how many there were."""
    found = {
        *unfinished((results / "runs").glob("*/*/*/*/*/[0-9]*.json")),
        *unanswered(results),
        *unusable(results),
    }
    for path in found:
        forget(path, results)
    runs = sum(path.is_relative_to(results / "runs") for path in found)
    others = len(found) - runs
    return f"{runs} runs to run again" + (f", {others} answers to find" * bool(others))


def forget(path: Path, results: Path) -> None:
    """Remove a file, or what stands in its place, and what rests in the same files."""
    also = []
    if path.is_relative_to(results / "runs"):
        also = [path.with_suffix(".npz"), dense(path)]
    if path.is_relative_to(results / "costs"):
        also = [path.with_suffix("")]  # all rounds: to choose among them would choose the answer
    for each in (path, *also):
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
