"""`python -m workflows.studies.cures.run`: try likely settings against runs that differ.

Repeats of one combination, or a baseline and a variation of it. Each setting alone, on top of the
configuration, in two short runs. Nothing is run where they agree. Repeats that were refused are run
once more with warnings only: see `warned`.
The records stay beside the result, so that an interrupted search goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from workflows.common.errors import UnusableError, command
from workflows.common.files import write_json
from workflows.common.interrupt import interruptible
from workflows.common.models import load_model
from workflows.compare.around import around
from workflows.compare.close_look import Closer
from workflows.compare.difference import Difference, first_difference
from workflows.compare.verdict import judge
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.reads import union
from workflows.runs.laboratory import Laboratory, add_laboratory, laboratory
from workflows.runs.obtain import obtain
from workflows.runs.record import Run, read
from workflows.studies.cures.likely import guided, likely
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.cures.result import Cures
from workflows.studies.cures.search import Obtain, Search, length
from workflows.studies.cures.warned import ITSELF, measured, refused


def narrowed(plan: CuresPlan, runs: list[Run]) -> tuple[CuresPlan, list[Run]]:
    """Return what is to be searched for, and the runs that show it.

    Of a variation and its baseline, if both repeat, one run of each; a variation that does not
    repeat, where its baseline does, is a combination like any other.
    """
    if plan.varied is None:
        return plan, runs
    name = plan.varied.variation
    base = [run for run in runs if run.record.run.variation != name]
    varied = [run for run in runs if run.record.run.variation == name]
    if judge(base).verdict != "identical":
        return plan, base[:1]  # nothing to lose
    if judge(varied).verdict == "identical":
        return plan, [base[0], varied[0]]
    return plan.model_copy(update={"baseline": plan.varied, "varied": None}), varied


def searched(
    plan: CuresPlan,
    runs: list[Run],
    look: Closer,
    catalogue: Catalogue,
    carry: Obtain,
) -> Search | None:
    """Carry out a search, guided by a close look; None where the runs show no difference."""
    place = judge(runs).first_difference
    if place is None:
        return None
    first, *others = runs
    other = next(each for each in others if first_difference(first, each) == place)
    sources, operator = look.sources, look.told(place)

    def candidates(sides: tuple[Run, Run], at: Difference) -> Iterable[str]:
        names = [*likely(around(*sides, at), sources)]
        return guided(names, operator if at == place else None, sources)

    steps = length(place, plan.baseline.steps)
    found = Search(plan, catalogue, carry, steps, candidates)
    found.carry_out((first, other), place)
    return found


def search(
    plan: CuresPlan, records: list[Path], look: Path, where: Laboratory, output: Path
) -> Cures:
    """Carry out a search; its records go to the folder of the output's name."""
    catalogue, noise = Catalogue.read(), tuple(plan.noise.items())

    def carry(settings: list[str], repeat: int, steps: int) -> Run:
        run = now.run(settings, repeat, steps)
        target = output.with_suffix("") / run.configuration / f"{repeat}.json"
        found = obtain(run, target, where, catalogue)
        print(f"{found.record.status}: {run.configuration}, run {repeat}", file=sys.stderr)
        return replace(found, noise=noise)

    used: dict[str, Any] = {
        "plan": plan, "identity": plan.identity(catalogue),
        "content_digest": ImageRecord.load(where.image).content_digest,
    }  # fmt: skip
    try:
        runs = [replace(read(path), noise=noise) for path in records]
        closer = load_model(Closer, look, "close look")
    except UnusableError as error:
        return Cures(**used, status="not-run", reason=str(error))
    now, shown = narrowed(plan, runs)
    if plan.varied is None and refused(runs):
        return Cures(**used, status="refused", **in_spite(plan, runs, catalogue, carry))
    found = searched(now, shown, closer, catalogue, carry)
    if found is None:
        why = f"repeats: {judge(runs).verdict}"
        return Cures(**used, status="nothing to cure", reason=why)
    return Cures(
        **used, status=found.status, steps=found.steps, tried=found.tried, control=found.control,
        read=union(run.record for run in found.made), runs=len(found.made),
    )  # fmt: skip


def in_spite(
    plan: CuresPlan, runs: list[Run], catalogue: Catalogue, carry: Obtain
) -> dict[str, Any]:
    """Return what a result says of repeats that were refused."""
    seen = measured(plan, runs, catalogue, carry)
    if seen is None:
        return {"reason": ITSELF}
    warned, made = seen
    return {
        "warned": warned, "steps": plan.baseline.steps, "runs": len(made),
        "read": union(run.record for run in made),
    }  # fmt: skip


def main() -> int:
    """Carry out the search named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.studies.cures.run", description=__doc__
    )
    add: Any = parser.add_argument
    add("records", type=Path, nargs="+", help="the records of the repeats")
    add("--plan", type=CuresPlan.model_validate_json, required=True, help="as JSON")
    add("--look", type=Path, required=True, help="the close look at their difference")
    add("--output", type=Path, required=True, help="the result to write")
    add("--identity", help="what the job was given")
    add_laboratory(parser)
    args = parser.parse_args()

    def carry() -> None:
        found = search(args.plan, args.records, args.look, laboratory(args), args.output)
        if args.identity:  # more than code and settings, where earlier runs read other files
            found = found.model_copy(update={"identity": args.identity})
        write_json(args.output, found.model_dump(mode="json"))
        print(f"{args.plan.path}: {found.status}, {found.runs} runs", file=sys.stderr)

    return interruptible(carry, f"{args.plan.path}: its runs so far are kept")


if __name__ == "__main__":
    command(main)
