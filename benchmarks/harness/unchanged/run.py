"""`python -m benchmarks.harness.unchanged.run`: carries out a benchmark that is a command, once.

`benchmarks.run` becomes this one and hands on its command line; the record has the same form. The
program works in a fresh copy of its files, from which its settings, variables and number of threads
are set without an edit.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.catalogue import FOLDER, benchmark_files
from benchmarks.frames import within
from benchmarks.harness.files import FILES, described, found
from benchmarks.harness.parent import die, working_folder
from benchmarks.harness.record import in_force, specification, text_of
from benchmarks.harness.unchanged.carry import carried, stamp
from benchmarks.harness.unchanged.reports import Seen, seen
from benchmarks.run import arguments, variables

LOG = 20
"""Last lines on standard error that the record of a failure keeps."""
REFUSED, MEMORY = "use_deterministic_algorithms", ("MemoryError", "OutOfMemory", "allocate memory")
PYTHON = ("python", "python3")
LAUNCHERS = {"torchrun": ["-m", "torch.distributed.run"]}
"""Programs of packages that an environment may hold without their scripts."""
NEVER = (
    "generators that the program makes itself",
    "schedulers, scalers, and tensors of no module, optimizer or backward pass",
    "forward passes without a backward pass",
    "files that it writes outside of its folder",
)
"""What is never watched of an unchanged program."""


def words(args: argparse.Namespace) -> list[str]:
    """Return the command as it is carried out; `{data}` in it: the folder of its data set."""
    data = str(args.data.absolute() / args.needs_data) if args.needs_data else "{data}"
    first, *rest = (word.replace("{data}", data) for word in args.words)
    if first not in (*PYTHON, *LAUNCHERS):
        return [first, *rest]
    emulator = shlex.split(os.environ.get("REPRISE_EMULATOR", ""))
    return [*emulator, sys.executable, *LAUNCHERS.get(first, []), *rest]


def surroundings(args: argparse.Namespace) -> dict[str, str]:
    """Return the variables of a run; the environment's own programs come first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {"PATH": path, **variables(args)}


def copied(source: Path, work: Path) -> dict[str, list[int]]:
    """Copy the program's files; return the stamps of the copies by name."""
    stamps = {}
    for path in sorted(found(source)):
        if "__pycache__" not in path.parts:
            target = work / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
            target.chmod(target.stat().st_mode | 0o600)  # the code may be mounted read-only
            stamps[target.relative_to(work).as_posix()] = stamp(target)
    return stamps


def order(args: argparse.Namespace, work: Path, folder: Path) -> dict[str, Any]:
    """Write what every process is asked for; return it with what carries the command out."""
    last = args.dense[-1] if args.dense else -1
    asked = {name: getattr(args, name) for name in ("steps", "flip", "flip_in", "dense", "traced")}
    content = {
        "settings": args.settings, "seed": args.seed, "traced": args.traced, "asked": asked,
        "observe": last if args.observe else None, "command": words(args), "start": str(work),
        "record": args.dense[0] if args.observe and args.dense else None,
        "work": str(work), "folder": str(folder), "variables": surroundings(args), "timeout": None,
        "before": copied(benchmark_files()[args.benchmark].with_suffix(""), work),
    }  # fmt: skip
    (folder / "order.json").write_text(json.dumps(content), encoding="utf-8")
    return content


def carry(content: dict[str, Any]) -> dict[str, Any]:
    """Carry the command out; one that cannot be started ends with the code of a shell."""
    try:
        return carried(content)
    except OSError as error:
        why = f"{content['command'][0]}: {error.strerror}"
        return {"exit_code": 127, "printed": [], "printed_errors": [why], "written": []}


def ending(args: argparse.Namespace, said: dict[str, Any], what: Seen) -> tuple[str, str | None]:
    """Return the status of a run, and the reason in one line where it did not complete."""
    code = said["exit_code"]
    if code:
        lines = [line for line in said["printed_errors"] if line.strip()]
        last = lines[-1] if lines else "it printed nothing on standard error"
        if REFUSED in last:
            return "refused", last
        memory = "out of memory: " if any(word in last for word in MEMORY) else ""
        return "failed", f"{memory}exit code {code}: {last}"
    if why := what.unusable(args.device):
        return "failed", why
    if why := what.one["not_run"]:
        return "not-run", why
    if args.flip is not None and what.one["flipped"] is None:
        taken = what.one["trace"]["steps"]
        return "failed", f"the command ended after {taken} steps, before the flip after {args.flip}"
    return "completed", None


def record(
    args: argparse.Namespace,
    said: dict[str, Any],
    work: Path,
    folder: Path,
    began: tuple[float, float],
) -> dict[str, Any]:
    """Return the record of a run, and leave its arrays beside where it goes.

    `began`: by the clock, and by the one that nobody sets.
    """
    what = seen(folder)
    status, reason = ending(args, said, what)
    names = said["written"]
    more = len(names) - FILES
    unwatched = [*NEVER, *what.unwatched]
    unwatched += [f"{more} of {len(names)} files that it wrote"] if more > 0 else []
    trace = what.trace(args.output, args.repeat, unwatched)
    one = what.one
    if one["held"]:
        one["held"]["process"]["folder"] = Path.cwd().name  # where it was launched
    return {
        "schema_version": 3,
        "run": specification(args),
        "status": status,
        "reason": reason,
        "log": said["printed_errors"][-LOG:] if status in ("failed", "refused") else [],
        "printed": said["printed"],
        "printed_errors": said["printed_errors"],
        "files": {name: described(work / name, work) for name in names[:FILES]},
        "sources": placed(one["sources"], work),
        "resumed": None,
        "settings": {name: in_force(name, args.device) for name in args.settings},
        "held": one["held"],
        "timing": {
            "started": datetime.fromtimestamp(began[0], UTC).isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - began[1], 3),
            **one["timing"],
        },
        "trace": trace,
        "read": {},
    }


def placed(sources: list[dict[str, Any]] | None, work: Path) -> list[dict[str, Any]] | None:
    """Name the places of sources from the folder that the program works in, which is its own."""
    inside = within(work)
    return sources and [one | {"place": one["place"].removeprefix(inside)} for one in sources]


def hide_ourselves() -> None:
    """Take the suite's folder off the path of modules: the program may have names of its own."""
    places = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [place for place in places if place and Path(place).resolve() != FOLDER.parent]
    os.environ["PYTHONPATH"] = os.pathsep.join(kept)


def main(argv: list[str]) -> int:
    """Carry out the run that the command line asks for, and leave its record; return 0."""
    args = arguments(argv)
    args.output = args.output.absolute()
    args.output.mkdir(parents=True, exist_ok=True)
    hide_ourselves()
    began = time.time(), time.monotonic()
    try:
        with (
            working_folder(args.output, args.repeat) as work,
            tempfile.TemporaryDirectory(dir=args.output, prefix=".traces-") as folder,
        ):
            said = carry(order(args, work, Path(folder)))
            code = said["exit_code"]
            content = None if code < 0 else record(args, said, work, Path(folder), began)
    except KeyboardInterrupt:
        code, content = -signal.SIGINT, None
    if content is None:
        die(-code)
    target = args.output / f"{args.repeat}.json"
    partial = target.with_name(f".{args.repeat}.partial.json")
    partial.write_text(text_of(content), encoding="utf-8")
    partial.replace(target)
    for line in content["log"]:
        print(line, file=sys.stderr)
    print(f"{content['status']}: {target}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
