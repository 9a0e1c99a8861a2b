"""A close look at a difference in words and in a small table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tabulate import tabulate

from workflows.common.models import load_model
from workflows.compare.close_look import BY_OPERATOR, Closer, Distance, Growth, Rerun, relative, ulp
from workflows.compare.closely import closely
from workflows.compare.difference import comparable, first_difference
from workflows.compare.noise import Own
from workflows.compare.notes import notes
from workflows.compare.verdict import print_alike
from workflows.experiment.model import Experiment, patterns
from workflows.runs.machine import differing
from workflows.runs.record import read
from workflows.runs.tensors import read_dense

COLUMNS = ("steps later", "step", "loss", "loss ULP", "weights", "weights ULP", "weights differing")


def report(first: Path, second: Path) -> tuple[str, bool]:
    """Return what two records alone tell, and whether they differ.

    Raises `UserError` when they cannot be compared.
    """
    noise = own_noise(first)
    a, b = (replace(read(path), noise=noise) for path in (first, second))
    comparable(a, b)
    difference, head = first_difference(a, b), around(differing(a.record, b.record))
    if difference is None:
        text = f"identical: {len(a.steps)} steps, initial to final weights, and what was printed"
        return "\n".join([head, text, *notes([a, b], identical=True)]), False
    alike = "; they print alike" if print_alike([a, b], difference) else ""
    found = closely(a, b, difference, (read_dense(first, a), read_dense(second, b)))
    return "\n".join([head, f"differs first: {difference}{alike}", *details(found)]), True


def own_noise(record: Path) -> Own:
    """Return what the experiment of a record says of printed lines that do not count.

    It lies beside the folder of the runs, in results as in a publication.
    """
    for folder in record.resolve().parents:
        beside = folder.parent / "experiment.json"
        if folder.name == "runs" and beside.is_file():
            return patterns(load_model(Experiment, beside, "experiment"))
    return ()


def around(beside: list[str]) -> str:
    """Say what else differs between two sides: whatever is not named is equal, or not recorded."""
    return f"what else differs: {'; '.join(beside) or 'nothing that is recorded'}"


def describe(closer: Closer) -> str:
    """Return the whole account: place, size, growth, and what a re-run showed."""
    lines = [f"{closer.left} against {closer.right}" if closer.right else closer.left]
    lines += [around(closer.beside)] if closer.right else []
    if closer.reason is not None:
        lines.append(f"nothing to compare: {closer.reason}")
    elif closer.difference is None:
        lines.append("no difference")
    else:
        lines.append(f"differs first: {closer.difference}")
        lines += details(closer)
    lines += [f"left out: {text}" for text in closer.left_out]
    return "\n".join(lines)


def details(closer: Closer) -> list[str]:
    """Return what is known of a difference beyond its place."""
    sides = closer.difference and closer.difference.sides
    lines = [f"there: {sides}"] if sides else []
    lines += _rerun(closer.rerun) if closer.rerun else []
    if located := closer.located:
        if located.place != closer.difference:
            lines.append(f"named: {located.place}")
        lines += [f"size there: {located.size}"] if located.size else []
        lines += [f"{located.note}"] if located.note else []
        lines.append(f"tensors that differ there: {located.differing} of {located.tensors}")
    lines += [f"{BY_OPERATOR}{closer.operator}"] if closer.operator else []
    if rows := closer.grown:
        lines += ["growth, largest relative difference and ULP:", table(rows)]
    return lines


def _rerun(rerun: Rerun) -> list[str]:
    """Say what a re-run showed."""
    if rerun.outcome == "not possible":
        return [f"re-run: not possible: {rerun.reason}"]
    if rerun.outcome == "not shown again":
        lines = [f"re-run: not shown again: both sides agree over all {rerun.steps} steps re-run"]
    else:
        where = ", then at ".join(str(place or "none") for place in rerun.seen)
        lines = [f"re-run: {rerun.outcome}: {where}"]
    lines += [f"  {rerun.reason}"] if rerun.reason else []
    for name in ("left", "right"):
        own, repeated = getattr(rerun, name), getattr(rerun, f"{name}_repeated")
        words = "repeated itself" if repeated else "did not repeat itself"
        lines.append(
            f"  {name} side {words}" + (f"; parts from its first run: {own}" if own else "")
        )
    return lines


def table(rows: list[Growth]) -> str:
    """Return the growth as an aligned table; a column that says nothing is left out."""
    cells = [_cells(row) for row in rows]
    kept = [i for i in range(len(COLUMNS)) if any(row[i] for row in cells)]
    return tabulate(
        [[row[i] for i in kept] for row in cells],
        headers=[COLUMNS[i] for i in kept],
        tablefmt="plain", stralign="right", disable_numparse=True,
    )  # fmt: skip


def _cells(row: Growth) -> list[str]:
    """Return one row of the table."""
    share = f"{row.weights.share:.1%}" if row.weights else ""
    return [f"+{row.later}", str(row.step), *_size(row.loss), *_size(row.weights), share]


def _size(size: Distance | None) -> tuple[str, str]:
    """Return the relative difference and the ULP of a table's cell pair, empty where unknown."""
    if size is None:
        return "", ""
    return (relative(size) or "not finite") if size.differing else "0", ulp(size)
