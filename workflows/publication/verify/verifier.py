"""Runs the cells of a publication again, one answer each."""

from __future__ import annotations

import argparse
from typing import Any

from workflows.common.errors import UserError
from workflows.environments.images.record import ImageRecord
from workflows.environments.kinds import pins
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.model import own_data
from workflows.experiment.specification import RunSpecification
from workflows.matrix.cells import Cell
from workflows.publication import programs
from workflows.publication.check.integrity import Publication
from workflows.publication.check.meaning import completed
from workflows.publication.verify.answers import judge, under_its_name
from workflows.publication.verify.claims import claimed
from workflows.publication.verify.model import Checked
from workflows.publication.verify.progress import expected, say
from workflows.publication.verify.scratch import Scratch
from workflows.publication.verify.words import base


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
        self.images: dict[str, ImageRecord] = {}
        self.bases: dict[str, str] = {}

    def prepare(self, cells: list[Cell]) -> None:
        """Bring the data and build the environments; what cannot be had is kept as a reason."""
        for name in dict.fromkeys(cell.benchmark for cell in cells):
            self._prepare_benchmark(name)
        possible = [cell for cell in cells if cell.benchmark not in self.problems]
        for environment in dict.fromkeys(cell.environment for cell in possible):
            self._prepare_environment(environment)

    def _prepare_benchmark(self, name: str) -> None:
        benchmark = self.catalogue.benchmarks.get(name)
        program = programs.place(name)
        if benchmark is None:
            self.problems[name] = f"this checkout has no benchmark {name}"
            if (self.publication.folder / program).is_file():
                fix = "unpack that into benchmarks/commands/ if you trust it"
                self.problems[name] += f"; its program is the publication's {program}: {fix}"
        elif file := programs.parted(self.publication.folder, name, benchmark):
            self.problems[name] = (
                f"{name} is another program here: {file} is not that of the publication's "
                f"{program}; put that in its place if you trust it"
            )
        elif benchmark.data:
            try:
                said = self.publication.planned.experiment
                self.scratch.bring(benchmark.data, own_data(said, benchmark.data))
            except UserError as error:
                self.problems[name] = str(error)

    def _prepare_environment(self, environment: str) -> None:
        say(f"environment {environment}: building from its lock …")
        lock = self.publication.folder / "locks" / f"{environment}.lock"
        if lock.is_file():
            self.scratch.take_lock(environment, lock, accept=self.limits.accept_locks)
        elif pins(self.scratch.engine):
            self.problems[environment] = "published from an environment without a lock"
            return
        try:
            built = self.scratch.build(environment)
        except UserError as error:
            self.problems[environment] = f"environment {environment}: {error}"
            return
        self.images[environment] = built
        there = self.publication.matrix.images[environment]
        if built.content_digest != there.content_digest:
            text = (
                f"environment {environment}: other contents than published "
                f"({there.engine} {there.content_digest[:12]} there, "
                f"{built.engine} {built.content_digest[:12]} here)"
            )
            self.notes[environment] = [text]

    def asked(self, cell: Cell) -> RunSpecification:
        """Return what is to be run for a cell: the published run, no longer than is wanted."""
        published = self.publication.records[cell.runs[0]]
        asked = completed(published.run, self.catalogue)
        least = (asked.resume or 0) + 1
        steps = max(least, min(asked.steps, self.limits.steps or asked.steps))
        changes = {"steps": steps, "fingerprint": published.trace.fingerprint}
        return asked.model_copy(update=changes)

    def reason(self, cell: Cell) -> str | None:
        """Return why a cell cannot be run at all, None where it can be tried."""
        reason = self.problems.get(cell.environment) or self.problems.get(cell.benchmark)
        if reason:
            return reason
        asked = self.publication.records[cell.runs[0]].run
        unknown = [name for name in asked.settings if name not in self.catalogue.settings]
        return f"this checkout has no setting {unknown[0]}" if unknown else None

    def work(self, cell: Cell) -> float:
        """Return about how many seconds a cell took where it was published; 0: nothing is run."""
        if cell.verdict != "identical" or self.reason(cell):
            return 0.0
        record = self.publication.records[cell.runs[0]]
        return expected(record, self.asked(cell).steps, self.limits.repeats)

    def answer(self, cell: Cell) -> Checked:
        """Run one cell again and judge it."""
        name = cell.folder
        if cell.verdict != "identical":
            text = f"published as {cell.verdict}"
            return Checked(cell=name, answer="not-claimed", reason=text, claim="none")
        if reason := self.reason(cell):
            return Checked(cell=name, answer="cannot-run", reason=reason)
        published = self.publication.reference(cell.runs[0])
        asked = self.asked(cell)
        runs = []
        for repeat in range(self.limits.repeats):
            try:
                runs.append(self.carry_out(asked.model_copy(update={"repeat": repeat})))
            except UserError as error:
                return Checked(cell=name, answer="cannot-run", reason=str(error))
        found = judge(name, published, runs, self.notes.get(cell.environment, []))
        held = runs[0].record.held
        if held and held.processor.emulated is None:
            self.bases.setdefault(base(runs[0]), base(published.run))
        found = claimed(found, cell, self.publication, held)
        reasons = self.publication.meanings.get(name, [])
        return under_its_name(found, reasons, earlier=self.earlier(published.record.run, reasons))

    def earlier(self, asked: RunSpecification, reasons: list[str]) -> bool:
        """Say whether a name stands here for all that it was asked with there, and for more."""
        here = self.catalogue.configurations.get(asked.configuration, [])
        settings_alone = all(reason.startswith("settings of") for reason in reasons)
        return settings_alone and set(asked.settings) <= set(here)

    def carry_out(self, run: RunSpecification) -> Any:
        """Carry out one run."""
        return self.scratch.run(run, identity(run, self.catalogue), self.limits.minutes)
