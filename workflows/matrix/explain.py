"""Puts a cause to every difference of the matrix, from all that the experiment has shown."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Variation
from workflows.matrix import cause
from workflows.matrix.cells import Cell
from workflows.matrix.variations import Kept
from workflows.studies.ablation import result
from workflows.studies.ablation.result import Ablation

Place = tuple[str, str, str]
"""Environment, device, benchmark."""


def place(found: Cell | Kept) -> Place:
    """Return where a cell or an answer belongs."""
    return found.environment, found.device, found.benchmark


def sufficient(ablations: list[Ablation], cell: Cell) -> list[result.Sufficient]:
    """Return the smallest sets that an ablation found in this very place, at least as long."""
    return [
        way
        for each in ablations
        if (each.plan.environment, each.plan.device, each.plan.benchmark) == place(cell)
        and each.plan.steps >= cell.steps
        for way in each.sufficient
    ]


def of_cells(
    cells: list[Cell],
    settings: Mapping[str, list[str]],
    ablations: list[Ablation],
) -> list[Cell]:
    """Return the cells, each baseline that differs with its cause.

    `settings`: of each configuration.
    """
    explained = []
    for cell in cells:
        if cell.first_difference is None or cell.variation != "baseline":
            explained.append(cell)
            continue
        identical = {
            other.configuration: settings[other.configuration]
            for other in cells
            if place(other) == place(cell)
            and (other.variation, other.verdict) == ("baseline", "identical")
        }
        found = cause.of_repeats(
            cell.first_difference,
            settings[cell.configuration],
            sufficient(ablations, cell),
            identical,
        )
        if len(cell.machines) > 1:
            basis = f"repeats ran on several machines: {'; '.join(cell.machines)}"
            found = cause.Cause(
                what=basis, cure=[], evidence="correlation", basis="not one machine"
            )
        explained.append(cell.model_copy(update={"cause": found}))
    return explained


def of_kept(
    kept: list[Kept], variations: Mapping[str, Variation], images: Mapping[str, ImageRecord]
) -> list[Kept]:
    """Return the answers, each lost letter with its cause."""
    explained = []
    for each in kept:
        if each.answer != "lost" or each.first_difference is None:
            explained.append(each)
            continue
        if each.varied.environment != each.baseline.environment:
            left, right = images[each.baseline.environment], images[each.varied.environment]
            found = cause.of_environment(differing(left, right), each.first_difference)
        else:
            changes = variations[each.variation].model_dump(exclude_defaults=True)
            keeping = [
                other.configuration
                for other in kept
                if place(other) == place(each)
                and (other.variation, other.answer) == (each.variation, "kept")
            ]
            words = cause.change_in_words(changes)
            found = cause.of_variation(each.variation, words, each.first_difference, keeping)
        explained.append(each.model_copy(update={"cause": found}))
    return explained


def differing(a: ImageRecord, b: ImageRecord) -> list[str]:
    """Return the packages in which two environments differ, `name version, version`."""
    versions = {"python": (a.python, b.python)}
    for name in sorted({*a.packages, *b.packages}):
        versions[name] = (a.packages.get(name, "none"), b.packages.get(name, "none"))
    return [f"{name} {x}, {y}" for name, (x, y) in versions.items() if x != y]
