"""The whole matrix for people: context, all tables, causes and notes; as text, Markdown and CSV."""

from __future__ import annotations

import csv as csv_writer
import io
from collections.abc import Iterator

from workflows.common.text_table import drawn
from workflows.compare.controls import NOTHING, ControlResult
from workflows.matrix.cause import Cause
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.matrix.tables import (
    closer_table,
    kept_tables,
    probe_table,
    verdict_tables,
)
from workflows.studies.ablation import table as ablation_table
from workflows.studies.costs import table as costs_table

LEGEND = (
    "Runs of one benchmark with the same letter are equal in every traced bit; "
    "letters are shared across the whole table."
)


def context(matrix: Matrix) -> list[str]:
    """Return the lines that say where the matrix comes from."""
    lines = [matrix.why, f"started: {matrix.started or 'never'}"]
    if matrix.machine:
        machine = matrix.machine
        gpu = machine.gpu.name if machine.gpu else "no GPU"
        model = " ".join(machine.processor.model.split())
        lines.append(f"machine: {model} ({machine.capability}), {gpu}")
    for name, image in matrix.images.items():
        torch = image.packages.get("torch", "none")
        lines.append(f"environment {name}: torch {torch}, content {image.content_digest[:12]}")
    return lines


def notes(matrix: Matrix) -> list[str]:
    """Return what the tables leave out: cells that could not run, spreads, failures."""
    lines = [f"not planned: {reason}" for reason in matrix.left_out]
    reasons: dict[str, list[str]] = {}
    for cell in matrix.cells:
        if cell.variation != "baseline" and cell.verdict == "not-run":
            continue  # the table of variations says it
        if cell.verdict in ("not-run", "refused", "failed"):
            place = f"{cell.environment} on {cell.device}"
            if cell.verdict != "not-run":
                place += f", {cell.benchmark}, {cell.configuration}"
            reasons.setdefault(f"{cell.verdict}: {cell.reason}", []).append(place)
        elif (cell.configuration, cell.variation) == ("unseeded", "baseline") and cell.final_loss:
            low, high = cell.final_loss.minimum, cell.final_loss.maximum
            place = f"{cell.benchmark}, {cell.environment} on {cell.device}"
            lines.append(f"last loss of unseeded runs: {low:.6g} to {high:.6g} ({place})")
    for cell in matrix.cells:
        where = f"{cell.benchmark}, {cell.configuration}, {cell.environment} on {cell.device}"
        where += "" if cell.variation == "baseline" else f", {cell.variation}"
        for text in remarks(cell):
            reasons.setdefault(text, []).append(where)
        if len(cell.machines) > 1:
            lines.append(f"repeats of several machines: {'; '.join(cell.machines)} ({where})")
    for probe in matrix.probes:
        if probe.finding in ("failed", "control broken", "not refused", "shown, not cured"):
            where = f"{probe.probe}, {probe.environment} on {probe.device}"
            said = f": {probe.reason}" if probe.reason else ""
            lines.append(f"probe {where}: {probe.finding}{said}")
    lines += [f"{why} ({'; '.join(dict.fromkeys(at))})" for why, at in reasons.items()]
    return lines


def remarks(cell: Cell) -> list[str]:
    """Return what is to be said of a cell beside its verdict: both sides, and its notes."""
    parted = cell.first_difference
    sides = [f"{parted}: {parted.sides}"] if parted and parted.sides else []
    said = (n if n.startswith(cell.verdict) else f"{cell.verdict}; {n}" for n in cell.notes)
    return [*sides, *said]


def validity(matrix: Matrix) -> str:
    """Return the line that says whether the negative controls were caught."""
    if matrix.validity == "invalid":
        missed = next(control for control in matrix.controls if control.outcome == "missed")
        return f"INVALID: {missed.flipped}: {missed.reason}; no verdict below can be trusted"
    bare = [control for control in matrix.controls if NOTHING in (control.reason or "")]
    there = [control for control in matrix.controls if control not in bare]
    idle = [control for control in there if control.outcome == "not-run"]
    others = [c for c in there if c.outcome not in ("caught", "not-run")]
    text = caught(len(there) - len(idle) - len(others), len(others), could=bool(idle))
    unproven = ["UNPROVEN"] if matrix.validity == "unproven" else []
    reasons = dict.fromkeys(f"{control.outcome}: {control.reason}" for control in others)
    return "; ".join([text, *unproven, *reasons, *not_run(idle), *nothing_to_flip(bare)])


def caught(number: int, others: int, *, could: bool) -> str:
    """Say how many negative controls were caught, and of how many; `could`: some could not run."""
    of = number + others
    able = " that could run" if could else ""
    if not of:
        return f"No negative control{' could run' if could else ''}"
    if others:
        return f"{number} of {of} negative controls{able} were caught"
    if of == 1:
        return f"The one negative control{able} was caught"
    return f"{'Both' if of == 2 else f'All {of}'} negative controls{able} were caught"


def not_run(controls: list[ControlResult]) -> Iterator[str]:
    """Yield how many controls need a GPU, and why others could not run."""
    gpu = [control for control in controls if "NVIDIA" in (control.reason or "")]
    if gpu:
        yield f"{len(gpu)} {'needs' if len(gpu) == 1 else 'need'} a GPU"
    yield from dict.fromkeys(f"not-run: {c.reason}" for c in controls if c not in gpu)


def nothing_to_flip(controls: list[ControlResult]) -> Iterator[str]:
    """Yield in one line what benchmarks do not have, so that no bit of it could be flipped."""
    absent: dict[str, list[str]] = {}
    for control in controls:
        absent.setdefault(control.benchmark, []).append(control.flip_in or "weights")
    if absent:
        each = (f"{name} ({', '.join(kinds)})" for name, kinds in absent.items())
        yield f"nothing to flip in {', '.join(each)}"


def causes(matrix: Matrix) -> list[str]:
    """Return why runs differ, in one line for each cause, with where it holds."""
    lines: dict[str, list[str]] = {}
    for cell in matrix.cells:
        if cell.cause:
            place = f"{cell.benchmark}, {cell.configuration}, {cell.environment} on {cell.device}"
            lines.setdefault(in_words(cell.cause), []).append(place)
    for kept in matrix.kept:
        if kept.cause:
            place = f"{kept.benchmark}, {kept.configuration}, {kept.variation}"
            lines.setdefault(in_words(kept.cause), []).append(place)
    return [f"{text} ({'; '.join(dict.fromkeys(at))})" for text, at in lines.items()]


def in_words(cause: Cause) -> str:
    """Return a cause, its cure and its evidence in one line."""
    cure = f"cure: {' or '.join(cause.cure)}" if cause.cure else "no cure known"
    said = "; ".join([cause.what, cure, *cause.remarks])
    return f"{said} ({cause.evidence}: {cause.basis})"


def render(matrix: Matrix, style: str, bullet: str = "") -> str:
    """Return context, all tables, causes and notes, in one of tabulate's styles."""

    def listed(title: str, lines: list[str]) -> list[str]:
        return [title + "\n\n" + "\n".join(bullet + line for line in lines)] if lines else []

    parts = ["\n".join(bullet + line for line in [validity(matrix), *context(matrix)])]
    for table in verdict_tables(matrix.cells):
        parts += ["\n\n".join([drawn(table.heading, table.drawn, style), *table.absent])]
    parts.append(LEGEND)
    parts += listed("Why runs differ", causes(matrix))
    if matrix.differences:
        title = "First differences, closely: size there, and relative difference of the loss later"
        parts.append(drawn(title, closer_table(matrix.differences), style))
    parts += [drawn(each.heading, each.drawn, style) for each in kept_tables(matrix.kept)]
    if matrix.probes:
        parts.append(
            drawn("Probes: one source of randomness each", probe_table(matrix.probes), style)
        )
    if matrix.ablations:
        title = "What each setting does: removed from the start, alone, in the smallest sets"
        parts.append(drawn(title, ablation_table.table(matrix.ablations), style))
        parts += listed("The fewest settings", ablation_table.notes(matrix.ablations))
    parts += [drawn(*each, style) for each in costs_table.tables(matrix.costs)]
    parts += listed("How the costs were measured", costs_table.notes(matrix.costs))
    parts += listed("Notes", notes(matrix))
    return "\n\n".join(parts) + "\n"


def markdown(matrix: Matrix) -> str:
    """Return the matrix as Markdown."""
    return "# Which combinations reproduce\n\n" + render(matrix, "github", "- ")


def csv(matrix: Matrix) -> str:
    """Return one line per cell; lists are joined by blanks."""
    names = [*Cell.model_fields]
    names.remove("records")
    buffer = io.StringIO()
    writer = csv_writer.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    for cell in matrix.cells:
        values = {**cell.model_dump(mode="json"), "classes": " ".join(cell.classes)}
        values["first_difference"] = cell.first_difference or ""
        values["notes"] = "; ".join(cell.notes)
        values["cause"] = in_words(cell.cause) if cell.cause else ""
        if cell.final_loss:
            values["final_loss"] = f"{cell.final_loss.minimum} {cell.final_loss.maximum}"
        if cell.published:
            values["published"] = cell.published.digits
        writer.writerow(["" if values[name] is None else values[name] for name in names])
    return buffer.getvalue()
