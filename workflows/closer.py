"""`python -m workflows.closer A.json B.json`: the first difference of two runs, closely.

Names the tensor, the size of the difference and its growth. Where the records alone cannot say
it, `--rerun` runs both sides again with the tensors around the place kept. Of several B the
first that differs from A is taken. Exit code 0 whenever the file was written.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows import growth
from workflows.catalogue import Catalogue
from workflows.compare import Difference, comparable, first_difference
from workflows.dense import Dense, read_dense
from workflows.errors import UnusableError, UserError, command
from workflows.files import write_json
from workflows.growth import Growth
from workflows.named import Located, locate
from workflows.places import ROOT
from workflows.records import Run, read
from workflows.rerun import Bench, Rerun, rerun
from workflows.stage import add_laboratory, interruptible, laboratory

SCHEMA = ROOT / "workflows" / "schemas" / "closer.json"

EQUAL = "the tensors of that step were not kept, or are equal although the traces differ"


class Closer(BaseModel):
    """The first difference of two runs, as closely as it can be told.

    `difference` is what the traces of the two runs say; `located` and `growth` come from kept
    tensors: those beside the records, or those of the re-run where `rerun` says that there was
    one. In a re-run the difference may stand elsewhere: `located.place` says where.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    left: str = Field(description="the run, as environment/device/benchmark/…")
    right: str | None = Field(description="the run that it was compared with; None: with none")
    difference: Difference | None = Field(description="None: no difference, or see `reason`")
    reason: str | None = Field(None, description="why there is nothing to compare")
    left_out: list[str] = Field([], description="runs that could not be compared, and why")
    located: Located | None = Field(None, description="the tensor and the size")
    growth: list[Growth] = Field([], description="loss and weights, from kept tensors")
    losses: list[Growth] = Field([], description="the loss, from the traces")
    rerun: Rerun | None = None


def look(a: Path, others: list[Path], bench: Bench | None = None) -> Closer:
    """Compare the run at `a` with the first of the others that differs from it."""
    try:
        left = read(a)
    except UnusableError as error:  # the matrix names it; the other looks are taken
        name = _path(a)
        said = f"{name}: {error.why}"
        return Closer(left=name, right=None, difference=None, reason=said)
    left_out: list[str] = []
    last: Run | None = None
    for path in others:
        try:
            right = read(path)
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


def closely(
    a: Run, b: Run, difference: Difference, dense: tuple[Dense | None, Dense | None]
) -> Closer:
    """Say of a difference what the records tell, and the tensors beside them if there are any."""
    step = _step(difference)
    found = Closer(
        left=a.record.run.path, right=b.record.run.path, difference=difference,
        losses=[] if step is None else growth.of_traces(a, b, step),
    )  # fmt: skip
    return _with(found, difference, *dense)


def _step(difference: Difference) -> int | None:
    """Return the step from which a difference grows, None where it does not."""
    if difference.phase == "initial weights":
        return 0
    return None if difference.phase == "length" else difference.step


def _with(found: Closer, place: Difference, a: Dense | None, b: Dense | None) -> Closer:
    """Add tensor, size and growth at a place, where both sides kept its tensors."""
    step = _step(place)
    if a is None or b is None or step is None:
        return found
    located = locate(a, b, place)
    rows = growth.of_tensors(a, b, step) if located else []
    return found.model_copy(update={"located": located, "growth": rows})


def _again(found: Closer, a: Run, b: Run, bench: Bench) -> Closer:
    """Run both sides again, unless no tensor can tell more."""
    if found.difference is None or _step(found.difference) is None:
        return found
    again = rerun(a, b, found.difference, bench)
    report = again.report
    if again.place is not None:
        found = _with(found, again.place, again.left, again.right)
        if found.located is None and report.reason is None:
            where = "was not seen again in the last attempt" if None in report.seen else EQUAL
            report = report.model_copy(update={"reason": where})
    return found.model_copy(update={"rerun": report})


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m workflows.closer", description=__doc__)
    add: Any = parser.add_argument
    add("a", type=Path, nargs="?", help="a record")
    add("b", type=Path, nargs="*", help="the record to compare it with, or several")
    add("--schema", action="store_true", help="write the JSON Schema instead")
    add("--output", type=Path, help="the file to write")
    add("--rerun", action="store_true", help="run both sides again where the records do not tell")
    add("--image-a", type=Path, help="image record of A's environment")
    add("--image-b", type=Path, help="image record of B's environment (default: A's)")
    add("--folder", type=Path, help="folder for the runs of --rerun")
    add_laboratory(parser, image=False)
    args = parser.parse_args()
    if not args.schema and not (args.b and args.output):
        parser.error("give two records and --output FILE")
    if args.rerun and not (args.image_a and args.folder):
        parser.error("--rerun: give --image-a IMAGE.json and --folder DIR as well")
    return args


def main() -> int:
    """Look closely at the difference of the records named on the command line."""
    from workflows.describe import describe

    args = arguments()
    if args.schema:
        write_json(SCHEMA, Closer.model_json_schema())
        return 0

    def carry() -> None:
        bench = None
        if args.rerun:
            left = laboratory(args, args.image_a)
            right = laboratory(args, args.image_b or args.image_a)
            bench = Bench(left, right, Catalogue.read(), args.folder)
        found = look(args.a, args.b, bench)
        write_json(args.output, found.model_dump(mode="json"))
        print(describe(found))

    return interruptible(carry, "this close look is not taken; its runs so far are kept")


if __name__ == "__main__":
    command(main)
