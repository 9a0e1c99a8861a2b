"""Runs the cells of a publication again, one answer each."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from workflows.common.errors import UserError
from workflows.environments.kinds import pins
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.specification import RunSpecification
from workflows.matrix.cells import Cell
from workflows.publication.check.integrity import Publication
from workflows.publication.check.limits import printable
from workflows.publication.verify.answers import Checked, judge, under_its_name
from workflows.publication.verify.scratch import Scratch


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
            elif pins(self.scratch.engine):
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
