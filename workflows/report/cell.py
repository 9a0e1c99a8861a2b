"""Everything that the page tells of one cell on demand, from its records and the matrix."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workflows.common.text_table import Table
from workflows.compare.close_look import Closer, relative
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.specification import Combination
from workflows.matrix.cause import Cause
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.matrix.show import in_words
from workflows.report.closely import apart, values
from workflows.report.curves import curves
from workflows.runs.machine import machine
from workflows.runs.record import Run

PRINTED = 3
"""Distinct outcomes whose printed lines are shown beside the published ones."""


@dataclass(frozen=True)
class Detail:
    """One cell as the page shows it."""

    id: str
    cell: Cell
    title: str
    facts: list[tuple[str, str]]
    closer: Table | None
    printed: Table | None
    settings: list[tuple[str, str]]
    variables: list[tuple[str, str]]
    command: str
    verify: str
    curves: dict[str, Any] | None
    figure: str


def identifier(cell: Cell) -> str:
    """Return the anchor of a cell: usable in an address and in CSS."""
    names = (cell.environment, cell.device, cell.benchmark, cell.configuration, cell.variation)
    plain = ("".join(c if c.isalnum() or c in "-_" else "_" for c in name) for name in names)
    return f"cell-{'--'.join(plain)}"


def name(cell: Cell) -> str:
    """Return what a cell is called in a heading."""
    varied = "" if cell.variation == "baseline" else f", {cell.variation}"
    place = f"{cell.environment} on {cell.device}"
    return f"{cell.benchmark}, {cell.configuration}{varied}, {place}"


def usable(cell: Cell, matrix: Matrix, find: Callable[[str], Run]) -> list[Run]:
    """Return the runs of a cell's records, but for those that could not be used."""
    return [find(path) for path in cell.records if path not in matrix.unusable]


def detail(cell: Cell, matrix: Matrix, runs: list[Run], catalogue: Catalogue) -> Detail:
    """Collect what is to be told of a cell; `runs`: the usable ones, in their order."""
    found = curves(runs, cell.classes)
    first = sorted(runs, key=lambda run: run.record.status != "completed")[:1]
    return Detail(
        id=identifier(cell),
        cell=cell,
        title=name(cell),
        facts=facts(cell, matrix, runs),
        closer=closer(cell, matrix.differences),
        printed=printed(cell, runs, catalogue),
        settings=[each for run in first for each in run.record.settings.items()],
        variables=[each for run in first for each in variables(run)],
        command=command(cell),
        verify=f"reprise verify publication.zip --cells '{cell.folder}'",
        curves=found if found and len(found["loss"]) > 1 else None,
        figure=in_brief(cell, runs),
    )


def facts(cell: Cell, matrix: Matrix, runs: list[Run]) -> list[tuple[str, str]]:
    """Return what there is to say in one line each."""
    image = matrix.images[cell.environment]
    torch = image.packages.get("torch", "none")
    found = [
        ("verdict", cell.verdict + (f": {cell.reason}" if cell.reason else "")),
        ("letters, by repeat", lettered(cell, runs)),
        ("how sure", bound(cell)),
        ("first difference", str(cell.first_difference or "")),
        ("on both sides", (cell.first_difference and cell.first_difference.sides) or ""),
        ("notes", "; ".join(cell.notes)),
        ("cause and cure", "; ".join(map(in_words, reasons(cell, matrix)))),
        *(asked(runs[0]) if runs else []),
        ("last loss", spread(cell)),
        (
            "median time of a step",
            f"{1000 * cell.step_seconds:.2f} ms" if cell.step_seconds else "",
        ),
        ("environment", f"{cell.environment}: torch {torch}, content {image.content_digest}"),
        ("engine", f"{image.engine}, {image.tag}"),
        ("machine", "; ".join(" ".join(each.split()) for each in cell.machines)),
        ("started", started(runs)),
    ]
    return [(key, value) for key, value in found if value]


def reasons(cell: Cell, matrix: Matrix) -> list[Cause]:
    """Return why the repeats of a cell differ, or why they lost the letter of their baseline."""
    lost = [kept.cause for kept in matrix.kept if kept.varied.model_dump() == place(cell)]
    return [each for each in (cell.cause, *lost) if each]


def place(cell: Cell) -> dict[str, str]:
    """Return the names of a cell's combination."""
    return {name: getattr(cell, name) for name in Combination.model_fields}


def lettered(cell: Cell, runs: list[Run]) -> str:
    """Return the letter of each repeat; of several machines with the machine of each."""
    if len(cell.machines) < 2:
        return " ".join(cell.classes)
    completed = [run for run in runs if run.record.status == "completed"]
    found: dict[str, list[str]] = {}
    for letter, run in zip(cell.classes, completed, strict=False):
        found.setdefault(machine(run), []).append(letter)
    return "; ".join(f"{' '.join(letters)}: {name}" for name, letters in found.items())


def asked(run: Run) -> list[tuple[str, str]]:
    """Return what was asked of a run."""
    what = run.record.run
    options = ", ".join(f"{key} = {value}" for key, value in what.options.items())
    return [
        ("asked", f"seed {what.seed}, {what.steps} steps, {what.threads} thread(s)"),
        ("options", options),
    ]


def variables(run: Run) -> list[tuple[str, str]]:
    """Return the environment variables that held in a run."""
    return sorted(run.record.held.variables.items()) if run.record.held else []


def bound(cell: Cell) -> str:
    """Return what N equal repeats allow to say."""
    if not cell.divergence_below:
        return ""
    share = math.ceil(100 * cell.divergence_below)
    return f"{cell.repeats} equal repeats: fewer than {share} % of runs deviate, 95 % sure"


def spread(cell: Cell) -> str:
    """Return the last loss over the repeats."""
    if not cell.final_loss:
        return ""
    low, high = cell.final_loss.minimum, cell.final_loss.maximum
    return f"{low:.9g}" if low == high else f"{low:.9g} to {high:.9g}"


def started(runs: list[Run]) -> str:
    """Return when the first and the last repeat started, UTC."""
    times = [run.record.timing.started for run in runs if run.record.timing]
    return " to ".join(dict.fromkeys((min(times), max(times)))) if times else ""


def closer(cell: Cell, looks: dict[str, Closer]) -> Table | None:
    """Return the growth of the first difference that has this cell on its right-hand side."""
    own = set(cell.runs)
    rows = []
    for look in looks.values():
        if look.right not in own:
            continue
        grown = [[f"+{g.later}", relative(g.loss), relative(g.weights)] for g in look.grown]
        told = [look.left, str(look.place), values(look), apart(look)]
        seen = look.seen
        for growth in grown or [["", "", ""]]:
            rows.append([*told, *growth, seen])
            told, seen = ["as above", "", "", ""], ""
    heads = [
        "against", "first difference", "values", "apart", "steps later", "loss", "weights", "re-run"
    ]  # fmt: skip
    return (heads, rows) if rows else None


def printed(cell: Cell, runs: list[Run], catalogue: Catalogue) -> Table | None:
    """Return the published lines beside what each distinct outcome printed."""
    published = catalogue.benchmarks[cell.benchmark].published
    completed = [run for run in runs if run.record.status == "completed"]
    outcomes: dict[str, list[str]] = {}
    for letter, run in zip(cell.classes, completed, strict=True):
        outcomes.setdefault(letter, run.record.printed)
    shown = dict(list(outcomes.items())[:PRINTED])
    if not any(shown.values()):
        return None
    heads = [*(["published"] if published else []), *(f"printed by {name}" for name in shown)]
    length = max(map(len, shown.values()))
    columns = [published.lines[:length]] if published else []
    columns += shown.values()
    rows = [[c[i] if i < len(c) else "" for c in columns] for i in range(length)]
    return heads, rows


def command(cell: Cell) -> str:
    """Return the command that runs this one cell again, after `reprise matrix`."""
    repeats = ",".join(path.rpartition("/")[2].removesuffix(".json") for path in cell.records)
    names = f"{{{repeats}}}" if "," in repeats else repeats
    return (
        "reprise matrix --configfile results/experiment.json -- --force "
        f"results/runs/{cell.folder}/{names}.json"
    )


def in_brief(cell: Cell, runs: list[Run]) -> str:
    """Return the chart in words, for those who do not see it."""
    completed = [run for run in runs if run.record.status == "completed"]
    if not completed:
        return ""
    first = completed[0].losses
    if not len(first):
        return ""
    text = f"Loss from {first[0]:.6g} to {first[-1]:.6g} over {len(first)} steps. "
    distinct = len(set(cell.classes))
    if distinct == 1:
        return text + f"All {len(completed)} repeats are one curve: no bit of any step differs."
    widest = max(float(abs(run.losses - first).max()) for run in completed)
    return text + f"{distinct} distinct curves; at most {widest:.3g} apart."
