"""`python -m workflows.studies.differences.run A.json B.json`: the first difference of two runs,
closely.

Names the tensor, the size of the difference and its growth. Where the records alone cannot say
it, `--rerun` runs both sides again with the tensors around the place kept. Of several B the
first that differs from A is taken. Exit code 0 whenever the file was written.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from workflows.common.errors import UnusableError, UserError, command
from workflows.common.files import write_json
from workflows.common.interrupt import interruptible
from workflows.compare.close_look import Closer
from workflows.compare.closely import closely, grows_from, with_tensors
from workflows.compare.difference import comparable, first_difference
from workflows.compare.noise import Own
from workflows.compare.text import describe
from workflows.experiment.catalogue import Catalogue
from workflows.runs.laboratory import add_laboratory, laboratory
from workflows.runs.record import Run, read
from workflows.runs.tensors import read_dense
from workflows.studies.differences.rerun import Bench, rerun

EQUAL = "the tensors of that step were not kept, or are equal although the traces differ"


def look(a: Path, others: list[Path], bench: Bench | None = None, noise: Own = ()) -> Closer:
    """Compare the run at `a` with the first of the others that differs from it.

    `noise`: names and patterns of what in printed lines does not count, beside the usual.
    """
    try:
        left = replace(read(a), noise=noise)
    except UnusableError as error:  # the matrix names it; the other looks are taken
        name = _path(a)
        said = f"{name}: {error.why}"
        return Closer(left=name, right=None, difference=None, reason=said)
    left_out: list[str] = []
    last: Run | None = None
    for path in others:
        try:
            right = replace(read(path), noise=noise)
        except UnusableError as error:
            left_out.append(f"{_path(path)}: {error.why}")
            continue
        if why := _incomparable(left, right):
            left_out.append(why)
            continue
        last = right
        if difference := first_difference(left, right):
            found = closely(left, right, difference, (read_dense(a, left), read_dense(path, right)))
            if found.located is None and bench is not None:
                found = _again(found, left, right, bench)
            return found.model_copy(update={"left_out": left_out})
    return Closer(
        left=left.record.run.path, right=last.record.run.path if last else None,
        difference=None, left_out=left_out if last else [],
        reason=None if last else "; ".join(dict.fromkeys(left_out)),
    )  # fmt: skip


def _path(record: Path) -> str:
    """Return the path of a run whose record cannot be read, by where that lies."""
    return "/".join(record.with_suffix("").parts[-6:])


def _incomparable(a: Run, b: Run) -> str | None:
    """Say why two runs cannot be compared, or None."""
    try:
        comparable(a, b)
    except UserError as error:
        return str(error)
    steps = a.record.run.steps, b.record.run.steps
    if steps[0] != steps[1]:
        return f"{b.record.run.path}: trains {steps[1]} steps, {a.record.run.path} {steps[0]}"
    return None


def _again(found: Closer, a: Run, b: Run, bench: Bench) -> Closer:
    """Run both sides again, and tell what that shows."""
    if found.difference is None:
        return found
    again = rerun(a, b, found.difference, bench)
    report = again.report
    if again.place is not None:
        found = with_tensors(found, again.place, again.left, again.right)
        tensors = grows_from(again.place) is not None
        if tensors and found.located is None and report.reason is None:
            where = "was not seen again in the last attempt" if None in report.seen else EQUAL
            report = report.model_copy(update={"reason": where})
    more = {"rerun": report, "sources": again.sources, "operator": again.operator}
    return found.model_copy(update=more)


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.studies.differences.run", description=__doc__
    )
    add: Any = parser.add_argument
    add("a", type=Path, help="a record")
    add("b", type=Path, nargs="+", help="the record to compare it with, or several")
    add("--output", type=Path, required=True, help="the file to write")
    add("--rerun", action="store_true", help="run both sides again where the records do not tell")
    add("--image-a", type=Path, help="image record of A's environment")
    add("--image-b", type=Path, help="image record of B's environment (default: A's)")
    add("--folder", type=Path, help="folder for the runs of --rerun")
    add(
        "--noise", type=json.loads, default={}, help="what in printed lines does not count, as JSON"
    )
    add_laboratory(parser, image=False)
    args = parser.parse_args()
    if args.rerun and not (args.image_a and args.folder):
        parser.error("--rerun: give --image-a IMAGE.json and --folder DIR as well")
    return args


def main() -> int:
    """Look closely at the difference of the records named on the command line."""
    args = arguments()

    def carry() -> None:
        bench = None
        if args.rerun:
            left = laboratory(args, args.image_a)
            right = laboratory(args, args.image_b or args.image_a)
            bench = Bench(left, right, Catalogue.read(), args.folder)
        found = look(args.a, args.b, bench, tuple(args.noise.items()))
        write_json(args.output, found.model_dump(mode="json"))
        print(describe(found))

    return interruptible(carry, "this close look is not taken; its runs so far are kept")


if __name__ == "__main__":
    command(main)
