"""`python -m workflows.runs.repeats`: the repeats of one combination, one after the other.

Each is a fresh interpreter with a record of its own, carried out as `workflows.runs.launch` does
it; what is shared is the start of the launcher. The number of a repeat is its record's name. Of
several, those that are done wait aside until the last one is: an interruption loses none of them.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from workflows.common.errors import UserError, command
from workflows.common.interrupt import interruptible
from workflows.environments.images.record import ImageRecord
from workflows.experiment.reads import edited
from workflows.experiment.specification import RunSpecification
from workflows.runs.laboratory import Laboratory, add_laboratory, laboratory
from workflows.runs.launch import launch
from workflows.runs.machine import host, processor
from workflows.runs.record import read

ASIDE = Path("results/aside")


def aside(run: RunSpecification) -> Path:
    """Return where a run's record waits for those of the other repeats.

    In a folder that stays: one that a job removes, another may be about to use.
    """
    return ASIDE / f"{run.path.replace('/', '+')}.json"


def waits(run: RunSpecification, identity: str, image: ImageRecord) -> bool:
    """Say whether an interrupted job has left this very run, done on this processor."""
    try:
        record = read(aside(run)).record
    except UserError:
        return False
    same = (record.run, record.identity) == (run, identity) and not edited(record.read)
    used, on = record.image, host(record)
    return (
        same
        and record.status in ("completed", "refused")
        and (on is None or on.startswith(processor()))
        and used is not None
        and (used.engine, used.content_digest) == (image.engine, image.content_digest)
    )


def settle(run: RunSpecification, target: Path) -> None:
    """Move a record from aside to its place; its trace goes first."""
    source = aside(run)
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".npz", ".json"):
        source.with_suffix(suffix).replace(target.with_suffix(suffix))
    for left in ASIDE.glob(f".{source.stem}.*"):  # of a launch that was killed as it cleaned up
        shutil.rmtree(left, ignore_errors=True)


def carry_out_all(
    runs: list[RunSpecification],
    identity: str,
    places: list[tuple[Path, Path]],
    where: Laboratory,
    caller: int | None = None,
) -> None:
    """Leave the record of each run in its place, which is named with its log.

    Once the caller is gone nobody counts this job as done: what it did then stays aside.
    """
    if len(runs) == 1:
        return launch(runs[0], identity, *places[0], where)
    image = ImageRecord.load(where.image)
    for run, (_, log) in zip(runs, places, strict=True):
        if not waits(run, identity, image):
            launch(run, identity, aside(run), log, where)
        if caller and not Path(f"/proc/{caller}").exists():
            raise UserError(f"{run.path}: what started this is gone; the rest is not done")
    for run, (target, _) in zip(runs, places, strict=True):
        settle(run, target)
    return None


def main() -> int:
    """Carry out the repeats whose records are named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m workflows.runs.repeats", description=__doc__)
    add: Any = parser.add_argument
    add("--run", type=json.loads, required=True, help="what is asked of each, as JSON")
    add("--identity", required=True, help="SHA-256 over the code and the settings of the runs")
    add("--output", type=Path, nargs="+", required=True, help="the records to leave")
    add("--log", type=Path, nargs="+", required=True, help="a log for each")
    add("--caller", type=int, help="the number of the process that waits for this one")
    add_laboratory(parser)
    args = parser.parse_args()
    numbers = [int(path.stem) for path in args.output]
    runs = [RunSpecification(**args.run | {"repeat": number}) for number in numbers]
    places = list(zip(args.output, args.log, strict=True))

    def carry() -> None:
        carry_out_all(runs, args.identity, places, laboratory(args), args.caller)

    names = ", ".join(map(str, numbers))
    what = f"{runs[0].path.rpartition('/')[0]}: " + f"repeat{'s' * (len(runs) > 1)} {names}"
    return interruptible(carry, f"{what}: not done")


if __name__ == "__main__":
    command(main)
