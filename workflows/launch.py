"""`python -m workflows.launch`: turn one run specification into one record, come what may.

Exit code 0 whenever a record was left, also when the run failed, so that the matrix always
completes. An interrupted launch leaves no record: the run is simply not done yet.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

from workflows.engines import get
from workflows.engines.interface import Engine, Job
from workflows.errors import UserError, command
from workflows.files import write_json
from workflows.identity import check
from workflows.images.record import ImageRecord
from workflows.places import ROOT, cache
from workflows.plan import RunSpecification
from workflows.records import Ending, ImageUsed, read, write_without_training

LOG_LINES = 20
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NVIDIA = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg")


def job_of(run: RunSpecification, data: Path, output: Path, memory_gb: float | None) -> Job:
    """Return the command that carries out `run`, leaving its record in `output`."""
    arguments = ["-m", "benchmarks.run", "--data", "{data}", "--output", "{output}"]
    for name, value in run.model_dump().items():
        text = {"options": json.dumps, "settings": ",".join}.get(name, str)(value)
        arguments += [f"--{name}", text]
    # Named for its record: a second launch of the same run removes what is left of the first.
    name = f"reprise-{sha256(f'{ROOT}/{run.path}'.encode()).hexdigest()[:16]}"
    return Job(name, arguments, ROOT, data, output, gpu=run.device == "cuda", memory_gb=memory_gb)


class Interrupted(BaseException):
    """A signal asked the launch to end."""


def interrupt(number: int, _frame: FrameType | None) -> None:
    """Turn the first signal into an exception; a second must not disturb the cleaning up."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it started, also where it ended before them."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def carry_out(
    engine: Engine, image: ImageRecord, job: Job, log: Path, seconds: float
) -> str | None:
    """Run the job to its end; return None when it ended well, else the reason in one line."""
    start = engine.process(image, job)
    with log.open("wb") as output:
        process = subprocess.Popen(
            start.arguments, env=start.environment, cwd=start.folder,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait(seconds)
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


def adopt(folder: Path, run: RunSpecification, target: Path, used: dict[str, Any]) -> None:
    """Check the record that a run left, add what it used, and move it into place."""
    source = folder / f"{run.repeat}.json"
    record = read(source).record
    if record.run != run:
        raise UserError(f"{source}: answers {record.run}, asked was {run}")
    source.with_suffix(".npz").replace(target.with_suffix(".npz"))
    write_json(target, record.model_copy(update=used).model_dump(mode="json"))


def launch(args: argparse.Namespace) -> None:
    """Leave the record of `args.run` at `args.output`."""
    run, target, image = args.run, args.output, ImageRecord.load(args.image)
    engine = get(image.engine)
    used = {
        "identity": args.identity,
        "image": ImageUsed(
            engine=engine.name, isolation=engine.isolation, content_digest=image.content_digest
        ),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    args.log.parent.mkdir(parents=True, exist_ok=True)
    if run.device == "cuda" and not any(Path(path).exists() for path in NVIDIA):
        text = "no NVIDIA driver on this machine"
        return write_without_training(target, run, Ending("not-run", text, []), used)
    check(run, args.identity)
    for left in target.parent.glob(f".{run.repeat}.*"):  # by a launch that was killed outright
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{run.repeat}."))
    try:
        job = job_of(run, args.data.resolve(), folder.resolve(), args.memory_gb)
        why = carry_out(engine, image, job, args.log, args.minutes * 60)
        check(run, args.identity)
        if why is None:
            return adopt(folder, run, target, used)
        tail = args.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        write_without_training(target, run, Ending("failed", why, tail), used)
        print(f"failed: {run.path}: {why}; log: {args.log}", file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None


def main() -> int:
    """Launch the run named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m workflows.launch", description=__doc__)
    add: Any = parser.add_argument
    add("--run", type=RunSpecification.model_validate_json, required=True, help="as JSON")
    add("--identity", required=True, help="SHA-256 over the code and the settings of the run")
    add("--image", type=Path, required=True, help="the environment's image record")
    add("--data", type=Path, default=cache("data"))
    add("--output", type=Path, required=True, help="the record to leave")
    add("--log", type=Path, required=True)
    add("--minutes", type=float, default=60)
    add("--memory-gb", type=lambda text: float(text) or None)
    args = parser.parse_args()
    for number in SIGNALS:
        signal.signal(number, interrupt)
    try:
        launch(args)
    except Interrupted as signalled:
        print(f"interrupted: {args.run.path} is not done", file=sys.stderr)
        return 128 + int(signalled.args[0])
    return 0


if __name__ == "__main__":
    command(main)
