"""`python -m workflows.runs.launch`: turn one run specification into one record, come what may.

Exit code 0 whenever a record was left, also when the run failed, so that the matrix always
completes. An interrupted launch leaves no record: the run is simply not done yet.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from workflows.common.errors import CannotError, UserError, command
from workflows.common.guarded import end_with_caller, guarded
from workflows.common.interrupt import interruptible
from workflows.common.paths import ROOT
from workflows.environments.engines import get
from workflows.environments.engines.interface import Engine, Job
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import check_unedited, edit, uncounted
from workflows.experiment.reads import edited
from workflows.experiment.specification import RunSpecification
from workflows.runs.claim import claimed, clear, leave
from workflows.runs.gpu import alone
from workflows.runs.laboratory import Laboratory, add_laboratory, laboratory
from workflows.runs.machine import unmet
from workflows.runs.neighbours import busy
from workflows.runs.reading import reading
from workflows.runs.record import Ending, ImageUsed, Status, read
from workflows.runs.without import write_without_training

LOG_LINES, LINE = 20, 300
SETTLES = 2
"""Seconds in which a daemon makes what a client had asked for that an interruption has ended."""
NVIDIA = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg")


def gpu_is_here() -> bool:
    """Say whether this machine has an NVIDIA driver."""
    return any(Path(path).exists() for path in NVIDIA)


def job_of(
    run: RunSpecification, target: Path, output: Path, where: Laboratory, gpu: str | None
) -> Job:
    """Return the command that carries out `run` on `gpu`, leaving its record in `output`."""
    arguments = ["-m", "benchmarks.run", "--data", "{data}", "--output", "{output}"]
    for field, value in run.model_dump().items():
        name = field.replace("_", "-")
        if isinstance(value, list):
            arguments += [f"--{name}", ",".join(map(str, value))]
        elif value is not None:
            text = json.dumps(value) if isinstance(value, dict) else str(value)
            arguments += [f"--{name}", text]
    arguments += ["--observe"] if where.observe else []
    # Named for its record: a second launch of the same run removes what is left of the first.
    name = f"reprise-{sha256(str(target.resolve()).encode()).hexdigest()[:16]}"
    return Job(
        name, arguments, ROOT, where.data.resolve(), output,
        gpu=gpu, memory_gb=where.memory_gb, conditions=run.conditions,
    )  # fmt: skip


def carry_out(
    engine: Engine, image: ImageRecord, job: Job, log: Path, seconds: float
) -> str | None:
    """Run the job to its end; return None when it ended well, else the reason in one line."""
    start = engine.process(image, job)
    try:
        with (
            busy(job.conditions.load) as neighbours,
            log.open("wb") as output,
            guarded(start, output) as process,
        ):
            code = process.wait(seconds)
            if ended := neighbours.ended():
                return f"load: {ended} of {job.conditions.load} busy neighbours ended before it"
            return None if code == 0 else reason(engine, job, code, log)
    except subprocess.TimeoutExpired:
        return f"took longer than the {seconds / 60:g} minutes of limits.minutes and was ended"
    except BaseException:
        if start.remove:
            time.sleep(SETTLES)
        raise
    finally:
        engine.clean(job)


def reason(engine: Engine, job: Job, code: int, log: Path) -> str:
    """Say in one line how a process ended."""
    if explained := engine.explain(job, code):
        return explained
    number = -code if code < 0 else code - 128
    if number in set(signal.Signals):
        return f"killed by signal {number} ({signal.Signals(number).name})"
    said = next((line.strip() for line in reversed(tail(log)) if line.strip()), None)
    last = f"; the last line of its log: {said[:LINE]}" if said else ""
    return f"ended with exit code {code} and left no record{last}"


def tail(log: Path) -> list[str]:
    """Return the last lines of a log, which may be huge."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_LINES * 10_000))
        return file.read().decode(errors="replace").splitlines()[-LOG_LINES:]


def adopt(
    folder: Path, run: RunSpecification, target: Path, used: dict[str, Any], catalogue: Catalogue
) -> str | None:
    """Check the record that a run left, add what it used, and move it into place.

    Returns the reason in one line, and leaves nothing, where there is none that is whole, or the
    run did not have the surroundings that were asked for: what it shows is the answer to another
    question. Raises `UserError` where a file that it read was edited before it ended.
    """
    source = folder / f"{run.repeat}.json"
    if not source.exists():
        return "ended with exit code 0 and left no record"
    try:
        record = read(source).record
    except UserError as error:
        said = str(error).removeprefix(f"{folder}/").partition("; make it again")[0]
        return f"the record it left is no good: {said}"
    if record.run != run:
        return "the record it left answers another question than was asked"
    if record.held is not None and (why := unmet(run.conditions, record.held)):
        return why
    used = used | {"read": uncounted(record.read or {}, run, catalogue) | used.get("read", {})}
    if changed := edited(used["read"]):
        raise edit(run, changed[0])
    record.model_copy(update=used).write(source)
    leave(folder, source, target)
    return None


def launch(
    run: RunSpecification, identity: str, target: Path, log: Path, where: Laboratory
) -> None:
    """Carry out `run` and leave its record at `target`, whatever happens to it.

    Raises `UserError` and leaves nothing where a later launch of the same run took its place.
    """
    image = ImageRecord.load(where.image)
    engine = get(image.engine)
    used: dict[str, Any] = {
        "identity": identity,
        "image": ImageUsed(
            engine=engine.name, isolation=engine.isolation, content_digest=image.content_digest
        ),
    }
    log.parent.mkdir(parents=True, exist_ok=True)
    with claimed(target) as folder:

        def end_without(status: Status, why: str, tail: list[str]) -> None:
            clear(folder)
            source = folder / "ended" / target.name
            write_without_training(source, run, Ending(status, why, tail), used)
            leave(folder, source, target)

        if run.device == "cuda" and not gpu_is_here():
            return end_without("not-run", "no NVIDIA driver on this machine", [])
        data = reading(check_unedited(run, identity).benchmarks[run.benchmark], where)
        if data:
            data.check()
            where, used["read"] = replace(where, data=data.folder), data.read
        try:
            with alone(run.device) as gpu:  # before the run's time begins to count
                job = job_of(run, target, folder.resolve(), where, gpu)
                why = carry_out(engine, image, job, log, where.minutes * 60)
        except CannotError as error:
            return end_without("not-run", str(error), [])
        why = why or (data.changed() if data else None)
        if why is None:
            try:
                why = adopt(folder, run, target, used, check_unedited(run, identity))
            except UserError as error:  # an edit under way, perhaps the program's own
                why = str(error).removeprefix(f"{run.path}: ")
        if why is None:
            return None
        end_without("failed", why, tail(log))
        print(f"failed: {run.path}: {why}; log: {log}", file=sys.stderr)
    return None


def main() -> int:
    """Launch the run named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m workflows.runs.launch", description=__doc__)
    add: Any = parser.add_argument
    add("--run", type=RunSpecification.model_validate_json, required=True, help="as JSON")
    add("--identity", required=True, help="SHA-256 over the code and the settings of the run")
    add("--output", type=Path, required=True, help="the record to leave")
    add("--log", type=Path, required=True)
    add("--with-caller", action="store_true", help="end once the process that started it is gone")
    add_laboratory(parser)
    args = parser.parse_args()

    def carry() -> None:
        if args.with_caller:
            end_with_caller()
        launch(args.run, args.identity, args.output, args.log, laboratory(args))

    return interruptible(carry, f"{args.run.path} is not done")


if __name__ == "__main__":
    command(main)
