"""`python -m workflows.studies.ablation.run`: find the fewest settings that keep a benchmark's runs
identical.

Every set that is tested is run in fresh interpreters, one run after the other, until two differ.
The records stay beside the result, so that an interrupted ablation goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from workflows.common.errors import command
from workflows.common.files import write_json
from workflows.common.interrupt import interruptible
from workflows.compare.life import not_living
from workflows.compare.verdict import judge
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.reads import union
from workflows.experiment.specification import RunSpecification
from workflows.runs.laboratory import Laboratory, add_laboratory, laboratory
from workflows.runs.obtain import obtain
from workflows.runs.record import Run
from workflows.studies.ablation.assemble import assemble
from workflows.studies.ablation.knowledge import Knowledge, Settings
from workflows.studies.ablation.plan import AblationPlan
from workflows.studies.ablation.result import Ablation, Outcome
from workflows.studies.ablation.search import search
from workflows.studies.ablation.table import summary

Obtain = Callable[[RunSpecification, Path], Run]


@dataclass
class Runs:
    """The oracle on real runs; `folder` holds their records, a folder for each set.

    `acting`: the settings of the plan that mean anything on its device.
    """

    plan: AblationPlan
    acting: list[str]
    folder: Path
    obtain: Obtain
    made: dict[Settings, list[Run]] = field(default_factory=dict)

    def __call__(self, settings: Settings, *, fresh: bool) -> Outcome:
        """Run a set `repeats` times, or `verify` times more, until one run decides.

        Fresh repeats have to agree with the earlier runs too, but are counted by themselves.
        """
        ordered = [name for name in self.plan.settings if name in settings]
        runs = self.made.setdefault(settings, [])
        before = len(runs) if fresh else 0
        wanted = before + (self.plan.verify if fresh else self.plan.repeats)
        while len(runs) < wanted:
            run = self.plan.run(ordered, len(runs))
            target = self.folder / run.configuration / f"{run.repeat}.json"
            runs.append(replace(self.obtain(run, target), noise=tuple(self.plan.noise.items())))
            if decided(runs):
                break
        found = outcome(runs, before)
        print(f"{found.answer} ({len(runs)} runs): {self.words(settings)}", file=sys.stderr)
        return found

    def words(self, settings: Settings) -> str:
        """Return the shorter of a set's settings and of those that it lacks."""
        missing = [name for name in self.acting if name not in settings]
        if 2 * len(missing) < len(self.acting):
            return f"all but {', '.join(missing)}" if missing else "all"
        return ", ".join(name for name in self.acting if name in settings) or "none"

    @property
    def count(self) -> int:
        """How many runs all answers rest on."""
        return sum(map(len, self.made.values()))


def decided(runs: list[Run]) -> bool:
    """Whether no further run can keep the set from failing."""
    if len(runs) == 1:
        return runs[0].record.status != "completed"
    return judge(runs).verdict != "identical"


def outcome(runs: list[Run], before: int) -> Outcome:
    """Return what the runs of a set showed; `before`: how many of them are not fresh."""
    verdict = judge(runs)
    # What is printed alike has other bits all the same.
    answer = "differs" if verdict.verdict == "prints-alike" else verdict.verdict
    return Outcome(
        answer=answer,
        repeats=max(0, verdict.repeats - before),
        first_difference=verdict.first_difference,
        reason=verdict.reason,
        not_living=not_living(runs) if answer == "identical" else None,
    )


def ablate(
    plan: AblationPlan,
    where: Laboratory,
    output: Path,
    catalogue: Catalogue,
    given: str | None = None,
) -> Ablation:
    """Carry out an ablation; the records go to the folder of the output's name.

    `given`: the identity that the job was given, where it is more than code and settings.
    """
    acting = [name for name in plan.settings if plan.device in catalogue.settings[name].devices]
    needs = {name: catalogue.needed(name, acting) for name in acting}
    oracle = Runs(
        plan,
        acting,
        output.with_suffix(""),
        lambda run, target: obtain(run, target, where, catalogue),
    )
    known = Knowledge(acting, oracle, needs)
    found = search(known)
    used = {
        "identity": given or plan.identity(catalogue),
        "read": union(run.record for runs in oracle.made.values() for run in runs),
        "content_digest": ImageRecord.load(where.image).content_digest,
    }
    return assemble(plan, known, found, used, oracle.count)


def main() -> int:
    """Carry out the ablation named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.studies.ablation.run", description=__doc__
    )
    add = parser.add_argument
    add("--plan", type=AblationPlan.model_validate_json, required=True, help="as JSON")
    add("--output", type=Path, required=True, help="the result to write")
    add("--identity", help="what the job was given")
    add_laboratory(parser)
    args = parser.parse_args()

    def carry() -> None:
        found = ablate(args.plan, laboratory(args), args.output, Catalogue.read(), args.identity)
        write_json(args.output, found.model_dump(mode="json"))
        print(summary(found), file=sys.stderr)

    return interruptible(carry, f"{args.plan.path}: its runs so far are kept")


if __name__ == "__main__":
    command(main)
