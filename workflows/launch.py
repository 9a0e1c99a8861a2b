"""`python -m workflows.launch`: turn one run specification into one record, come what may.

Exit code 0 whenever a record was left, also when the run failed, so that the matrix always
completes. An interrupted launch leaves no record: the run is simply not done yet.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil

from workflows.alone import alone
from workflows.claim import claimed, leave
from workflows.conditions import unmet
from workflows.engines import get
from workflows.engines.interface import Engine, Job
from workflows.errors import CannotError, UserError, command
from workflows.identity import check
from workflows.images.record import ImageRecord
from workflows.neighbours import busy
from workflows.places import ROOT
from workflows.records import Ending, ImageUsed, Status, read, write_without_training
from workflows.specification import RunSpecification
from workflows.stage import Laboratory, add_laboratory, interruptible, laboratory

LOG_LINES = 20
NVIDIA = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg")


def job_of(
    run: RunSpecification, target: Path, output: Path, where: Laboratory, gpu: str | None
) -> Job:
    """Return the command that carries out `run` on `gpu`, leaving its record in `output`."""
    arguments = ["-m", "benchmarks.run", "--data", "{data}", "--output", "{output}"]
    for name, value in run.model_dump().items():
        if isinstance(value, list):
            arguments += [f"--{name}", ",".join(map(str, value))]
        elif value is not None:
            text = json.dumps(value) if isinstance(value, dict) else str(value)
            arguments += [f"--{name}", text]
    # Named for its record: a second launch of the same run removes what is left of the first.
    name = f"reprise-{sha256(str(target.resolve()).encode()).hexdigest()[:16]}"
    return Job(
        name, arguments, ROOT, where.data.resolve(), output,
        gpu=gpu, memory_gb=where.memory_gb, conditions=run.conditions,
    )  # fmt: skip


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all of its session, also where it ended before them.

    A whole session, not a group: a container's file system may be served from another group.
    """
    for _ in range(100):  # again for what was started in the meantime; 5 s for what is slow to end
        members = list(session(process.pid))
        for member in members:
            with suppress(psutil.Error):
                member.kill()
        process.poll()
        if not members:
            break
        time.sleep(0.05)
    process.wait()


def session(number: int) -> Iterator[psutil.Process]:
    """Give the live processes of a session."""
    for member in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getsid(member.pid) == number and member.status() != psutil.STATUS_ZOMBIE:
                yield member


def carry_out(
    engine: Engine, image: ImageRecord, job: Job, log: Path, seconds: float
) -> str | None:
    """Run the job to its end; return None when it ended well, else the reason in one line."""
    start = engine.process(image, job)
    with busy(job.conditions.load) as neighbours, log.open("wb") as output:
        process = subprocess.Popen(
            start.arguments, env=start.environment, cwd=start.folder,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait(seconds)
            if ended := neighbours.ended():
                return f"load: {ended} of {job.conditions.load} busy neighbours ended before it"
            return None if code == 0 else reason(engine, job, code)
        except subprocess.TimeoutExpired:
            return f"took longer than the {seconds / 60:g} minutes of limits.minutes and was ended"
        finally:
            end(process)
            engine.clean(job)


def reason(engine: Engine, job: Job, code: int) -> str:
    """Say in one line how a process ended."""
    if explained := engine.explain(job, code):
        return explained
    number = -code if code < 0 else code - 128
    if 0 < number < signal.NSIG:
        return f"killed by signal {number} ({signal.Signals(number).name})"
    return f"ended with exit code {code} and left no record"


def adopt(folder: Path, run: RunSpecification, target: Path, used: dict[str, Any]) -> str | None:
    """Check the record that a run left, add what it used, and move it into place.

    Returns the reason in one line, and leaves nothing, where there is none that is whole, or the
    run did not have the surroundings that were asked for: what it shows is the answer to another
    question.
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
    used = {
        "identity": identity,
        "image": ImageUsed(
            engine=engine.name, isolation=engine.isolation, content_digest=image.content_digest
        ),
    }
    log.parent.mkdir(parents=True, exist_ok=True)
    with claimed(target) as folder:

        def end_without(status: Status, why: str, tail: list[str]) -> None:
            source = folder / "ended" / target.name
            write_without_training(source, run, Ending(status, why, tail), used)
            leave(folder, source, target)

        if run.device == "cuda" and not any(Path(path).exists() for path in NVIDIA):
            return end_without("not-run", "no NVIDIA driver on this machine", [])
        check(run, identity)
        try:
            with alone(run.device) as gpu:  # before the run's time begins to count
                job = job_of(run, target, folder.resolve(), where, gpu)
                why = carry_out(engine, image, job, log, where.minutes * 60)
        except CannotError as error:
            return end_without("not-run", str(error), [])
        check(run, identity)
        if why is None and (why := adopt(folder, run, target, used)) is None:
            return None
        end_without("failed", why, log.read_text(errors="replace").splitlines()[-LOG_LINES:])
        print(f"failed: {run.path}: {why}; log: {log}", file=sys.stderr)
    return None


def main() -> int:
    """Launch the run named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m workflows.launch", description=__doc__)
    add: Any = parser.add_argument
    add("--run", type=RunSpecification.model_validate_json, required=True, help="as JSON")
    add("--identity", required=True, help="SHA-256 over the code and the settings of the run")
    add("--output", type=Path, required=True, help="the record to leave")
    add("--log", type=Path, required=True)
    add_laboratory(parser)
    args = parser.parse_args()

    def carry() -> None:
        launch(args.run, args.identity, args.output, args.log, laboratory(args))

    return interruptible(carry, f"{args.run.path} is not done")


if __name__ == "__main__":
    command(main)
