"""`python -m workflows.studies.costs.run`: time every configuration in rounds, one run at a time.

A round is whole or it is measured again: an interrupted one leaves no mark of its end, and times
of two occasions are never paired. Whole rounds are kept, so that the same command goes on where
it stopped. Nothing else should run meanwhile; the control says whether it did.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workflows.common.errors import UserError, command
from workflows.common.files import digest, write_json
from workflows.common.interrupt import interruptible
from workflows.common.models import Model
from workflows.environments.engines import get
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.reads import edited, union
from workflows.runs.laboratory import Laboratory, add_laboratory, laboratory
from workflows.runs.machine import processor
from workflows.runs.obtain import obtain
from workflows.runs.record import ImageUsed, RunRecord, read
from workflows.studies.costs.judge import judge
from workflows.studies.costs.plan import REFERENCE, Measurement
from workflows.studies.costs.result import CostMachine, Costs, Round, Timed


class Mark(Model):
    """Left at the end of a round: what it answers, and what held around it."""

    question: str
    started: str
    load_before: float
    load_after: float


def this_machine() -> CostMachine:
    """Return the processor's model and the number of cores to use."""
    return CostMachine(processor=processor(), cores=len(os.sched_getaffinity(0)))


def load_average() -> float:
    """Return the number of processes that ran or waited, on average over the last minute."""
    return round(os.getloadavg()[0], 2)


def timed(record: RunRecord) -> Timed:
    """Return how a run ended, and its median step time; one without a time has failed."""
    if record.status != "completed":
        return Timed(status=record.status, reason=record.reason, seconds=None)
    timing = record.timing
    seconds = timing and (timing.median_step_seconds if record.run.traced else timing.step_seconds)
    if not timing or not timing.steps_timed or not seconds:
        reason = f"no step was timed: {record.run.steps} steps leave none after the warm-up"
        return Timed(status="failed", reason=reason, seconds=None)
    return Timed(status="completed", reason=None, seconds=seconds)


@dataclass
class Meter:
    """Measures one table; `folder` holds its rounds, each in a folder of its own."""

    measurement: Measurement
    folder: Path
    where: Laboratory
    catalogue: Catalogue
    machine: CostMachine

    def rounds(self) -> list[Round]:
        """Return all rounds, those kept and those measured now.

        An arm that did not complete is left out of the rounds after it; its row says why. Without
        the reference there is nothing to measure.
        """
        found: list[Round] = []
        out: set[str] = set()
        for number in range(self.measurement.rounds):
            arms = [arm for arm in self.measurement.order(number) if arm not in out]
            kept = self.kept(number, arms)
            found.append(kept or self.measure(number, arms))
            out |= {arm for arm, each in found[-1].arms.items() if each.status != "completed"}
            text = "kept" if kept else f"measured, load {found[-1].load_after}"
            print(f"{self.measurement.path}: round {number}: {text}", file=sys.stderr)
            if REFERENCE in out:
                break
        return found

    def question(self, number: int, arms: list[str]) -> str:
        """Return the SHA-256 over all that a round depends on: runs, code, image, machine."""
        image = ImageRecord.load(self.where.image)
        runs = [self.measurement.run(arm, number) for arm in arms]
        return digest(
            [
                [[arm, run.model_dump(mode="json")] for arm, run in zip(arms, runs, strict=True)],
                [identity(run, self.catalogue) for run in runs],
                [image.engine, image.content_digest],
                self.machine.model_dump(),
            ]
        )

    def target(self, number: int, arm: str) -> Path:
        """Return where the record of an arm in a round lies."""
        return self.folder / str(number) / f"{arm}.json"

    def mark(self, number: int) -> Path:
        """Return the file that says that a round is whole."""
        return self.folder / str(number) / ".whole.json"

    def kept(self, number: int, arms: list[str]) -> Round | None:
        """Return a round that was measured before, if it is whole and answers this question."""
        try:
            mark = Mark.model_validate_json(self.mark(number).read_bytes())
            if mark.question != self.question(number, arms):
                return None
            records = {arm: read(self.target(number, arm)).record for arm in arms}
        except (OSError, ValidationError, UserError):
            return None
        if any(records[arm].run != self.measurement.run(arm, number) for arm in arms):
            return None
        if edited(union(records.values())):
            return None
        return self.round(mark, records)

    def measure(self, number: int, arms: list[str]) -> Round:
        """Carry out a round from its start, and mark it as whole if no run of it failed."""
        shutil.rmtree(self.folder / str(number), ignore_errors=True)
        question = self.question(number, arms)
        started, before = datetime.now(UTC).isoformat(timespec="seconds"), load_average()
        records = {}
        for arm in arms:
            run = self.measurement.run(arm, number)
            found = obtain(run, self.target(number, arm), self.where, self.catalogue)
            records[arm] = found.record
        mark = Mark(
            question=question, started=started, load_before=before, load_after=load_average()
        )
        if all(record.status in ("completed", "refused") for record in records.values()):
            write_json(self.mark(number), mark.model_dump())
        return self.round(mark, records)

    @staticmethod
    def round(mark: Mark, records: dict[str, RunRecord]) -> Round:
        """Return the round that its mark and its records tell of."""
        return Round(
            **mark.model_dump(exclude={"question"}),
            arms={arm: timed(record) for arm, record in records.items()},
        )

    def costs(self, given: str | None = None) -> Costs:
        """Measure what is left to measure, and judge all rounds.

        `given`: the identity that the job was given, where it is more than code and settings.
        """
        rounds = self.rounds()
        image = ImageRecord.load(self.where.image)
        engine = get(image.engine)
        held = read(self.target(0, REFERENCE)).record.held
        gpu = held.gpu if held and self.measurement.device == "cuda" else None
        used = ImageUsed(
            engine=engine.name, isolation=engine.isolation, content_digest=image.content_digest
        )
        machine = self.machine.model_copy(update={"gpu": gpu.name if gpu else None})
        code = given or self.measurement.identity(self.catalogue)
        records = [
            read(self.target(number, arm)).record
            for number, each in enumerate(rounds)
            for arm in each.arms
        ]
        found = judge(self.measurement, rounds, machine, used, code)
        return found.model_copy(update={"read": union(records)})


def main() -> int:
    """Measure one table of costs."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.studies.costs.run", description=__doc__
    )
    add: Any = parser.add_argument
    add("--plan", type=Measurement.model_validate_json, required=True, help="as JSON")
    add("--output", type=Path, required=True, help="X.json; the records go to the folder X")
    add("--identity", help="what the job was given")
    add_laboratory(parser)
    args = parser.parse_args()

    def carry() -> None:
        folder, where = args.output.with_suffix(""), laboratory(args)
        costs = Meter(args.plan, folder, where, Catalogue.read(), this_machine()).costs(
            args.identity
        )
        write_json(args.output, costs.model_dump(mode="json"))

    return interruptible(carry, f"{args.plan.path}: its whole rounds are kept")


if __name__ == "__main__":
    command(main)
