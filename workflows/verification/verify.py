"""`python -m workflows.verification.verify PUBLICATION`: check it, and run its cells again here.

Exit code 0: every cell that the publication calls identical was reproduced bit for bit; 1: at
least one was not; 2: the publication, or the command, is not in order; 4: none differs, but some
could not be run here, or only under a name that means something else here. The answers are also
written as JSON.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.catalogue import Catalogue
from workflows.cells import Cell
from workflows.engines import resolve
from workflows.errors import UserError, command
from workflows.files import write_json
from workflows.identity import identity
from workflows.places import ROOT
from workflows.publication.manifest import Manifest
from workflows.specification import RunSpecification
from workflows.sums import sha256
from workflows.verification.answers import Checked, judge, summary, under_its_name
from workflows.verification.integrity import Publication
from workflows.verification.limits import printable
from workflows.verification.opened import opened
from workflows.verification.scratch import Scratch

SCHEMA = ROOT / "workflows" / "schemas" / "verification.json"
DIFFERS, OPEN = 1, 4


class Verification(BaseModel):
    """The machine-readable result."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    publication: Manifest
    digest: str
    signed: str
    checked: str = Field(description="what was checked of it, and what it only claims")
    engine: str
    cells: list[Checked]


def chosen(publication: Publication, patterns: list[str]) -> list[Cell]:
    """Return the cells that one of the patterns matches, such as `cpu/cpu/toy/*`."""
    cells = publication.matrix.cells
    found = [
        cell
        for cell in cells
        if any(fnmatch.fnmatchcase(cell.folder, pattern) for pattern in patterns)
    ]
    if not found:
        text = f"CELLS={' '.join(patterns)}: no cell has such a name; expected some of "
        raise UserError(text + ", ".join(cell.folder for cell in cells[:3]) + ", …")
    return found


class Verifier:
    """Runs the cells of one publication again, and judges them."""

    def __init__(self, publication: Publication, scratch: Scratch, limits: argparse.Namespace):
        """Keep what all cells share."""
        self.publication = publication
        self.scratch = scratch
        self.limits = limits
        self.catalogue = Catalogue.read()
        self.problems: dict[str, str] = {}
        self.notes: dict[str, list[str]] = {}

    def prepare(self, cells: list[Cell]) -> None:
        """Build the environments and bring the data; what cannot be had is kept as a reason."""
        for environment in dict.fromkeys(cell.environment for cell in cells):
            say(f"environment {environment}: building from its lock …")
            lock = self.publication.folder / "locks" / f"{environment}.lock"
            if lock.is_file():
                self.scratch.take_lock(environment, lock, accept=self.limits.accept_locks)
            elif self.scratch.engine != "host":
                self.problems[environment] = "published from an environment without a lock"
                continue
            try:
                built = self.scratch.build(environment)
            except UserError as error:
                self.problems[environment] = f"environment {environment}: {error}"
                continue
            there = self.publication.matrix.images[environment]
            if built.content_digest != there.content_digest:
                text = (
                    f"environment {environment}: other contents than published "
                    f"({there.engine} {there.content_digest[:12]} there, "
                    f"{built.engine} {built.content_digest[:12]} here)"
                )
                self.notes[environment] = [text]
        for name in dict.fromkeys(cell.benchmark for cell in cells):
            benchmark = self.catalogue.benchmarks.get(name)
            if benchmark is None:
                self.problems[name] = f"this checkout has no benchmark {name}"
            elif benchmark.data:
                try:
                    self.scratch.bring(benchmark.data)
                except UserError as error:
                    self.problems[name] = str(error)

    def answer(self, cell: Cell) -> Checked:
        """Run one cell again and judge it."""
        name = cell.folder
        if cell.verdict != "identical":
            text = f"published as {cell.verdict}"
            return Checked(cell=name, answer="not-claimed", reason=text)
        reason = self.problems.get(cell.environment) or self.problems.get(cell.benchmark)
        if reason:
            return Checked(cell=name, answer="cannot-run", reason=reason)
        published = self.publication.reference(cell.runs[0])
        asked = published.record.run
        if unknown := [s for s in asked.settings if s not in self.catalogue.settings]:
            text = f"this checkout has no setting {unknown[0]}"
            return Checked(cell=name, answer="cannot-run", reason=text)
        least = (asked.resume or 0) + 1
        steps = max(least, min(asked.steps, self.limits.steps or asked.steps))
        changes = {"steps": steps, "fingerprint": published.record.trace.fingerprint}
        runs = []
        for repeat in range(self.limits.repeats):
            run = asked.model_copy(update=changes | {"repeat": repeat})
            try:
                runs.append(self.carry_out(run))
            except UserError as error:
                return Checked(cell=name, answer="cannot-run", reason=str(error))
        found = judge(name, published, runs, self.notes.get(cell.environment, []))
        return under_its_name(found, self.publication.meanings.get(name, []))

    def carry_out(self, run: RunSpecification) -> Any:
        """Carry out one run."""
        return self.scratch.run(run, identity(run, self.catalogue), self.limits.minutes)


def say(text: str) -> None:
    """Tell a waiting person what is done."""
    print(printable(text), file=sys.stderr, flush=True)


def outcome(found: list[Checked]) -> int:
    """Return the exit code."""
    answers = {each.answer for each in found}
    if answers & {"differs", "prints-alike"}:
        return DIFFERS
    return 0 if "reproduced" in answers and not answers & {"cannot-run", "renamed"} else OPEN


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.verification.verify",
        description="Check a publication and run its cells again here.",
    )
    add: Any = parser.add_argument
    add("publication", type=Path, nargs="?", help="the zip, or the unpacked folder")
    add("--cells", nargs="+", default=["*"], help="patterns such as 'cpu/cpu/toy/*'")
    add("--repeats", type=int, default=1, help="runs of each cell (default: 1)")
    add("--steps", type=int, help="only the first so many steps")
    add("--engine", default="auto")
    add("--signers", type=Path, help="allowed signers: it must be signed by one of them")
    add("--accept-locks", action="store_true", help="build from locks that are not this checkout's")
    add("--schema", action="store_true", help="write the JSON Schema of the answers instead")
    add("--only-check", action="store_true", help="sums, signature and contents; run nothing")
    add("--minutes", type=float, default=120, help="limit of one run")
    add("--cores", type=int, default=min(4, os.cpu_count() or 1), help="runs side by side")
    add("--folder", type=Path, default=Path("results/verification"), help="where it all happens")
    args = parser.parse_args()
    for name in ("repeats", "steps", "cores"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise UserError(f"{name.upper()}={value}: expected a number of at least 1")
    return args


def main() -> int:
    """Verify the publication that the command line names."""
    args = arguments()
    if args.schema:
        write_json(SCHEMA, Verification.model_json_schema())
        return 0
    if args.publication is None:
        raise UserError("no publication is named: make verify REPORT=file.zip")
    try:
        publication = opened(args.publication, args.folder / "publication", args.signers)
    except UserError as error:
        raise UserError(printable(str(error))) from None
    say(f"{args.publication}: {publication.account}; {publication.signed}")
    cells = chosen(publication, args.cells)
    if args.only_check:
        return 0
    engine, why = resolve(args.engine)
    say(why)
    scratch = Scratch.make((args.folder / "project").resolve(), engine.name)
    verifier = Verifier(publication, scratch, args)
    verifier.prepare([cell for cell in cells if cell.verdict == "identical"])
    found = []
    with ThreadPoolExecutor(args.cores) as pool:
        for checked in pool.map(verifier.answer, cells):
            print(printable(str(checked)), flush=True)
            found.append(checked)
    digest = sha256(args.publication) if args.publication.is_file() else ""
    result = Verification(
        publication=publication.manifest, digest=digest, signed=publication.signed,
        checked=str(publication.account), engine=engine.name, cells=found,
    )  # fmt: skip
    write_json(args.folder / "verification.json", result.model_dump(mode="json"))
    print(f"{summary(found)}; {args.folder / 'verification.json'}")
    return outcome(found)


if __name__ == "__main__":
    command(main)
