"""`python -m benchmarks.run`: a fresh interpreter trains once, and this one leaves the record.

A benchmark that is a command has a runner of its own, which becomes this process.
Works in any interpreter that has torch, without Snakemake. Writes DIR/REPEAT.json and
DIR/REPEAT.npz. Exit code 0 whenever a record was written: its `status` says how the run went.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shlex
import sys
from pathlib import Path

from benchmarks.catalogue import FOLDER, listed
from benchmarks.harness.channel import Channel
from benchmarks.harness.output import prepare
from benchmarks.harness.parent import parent
from benchmarks.harness.reads import Reads
from benchmarks.settings import CONFIGURATIONS, SETTINGS, VARIATIONS

COMMANDS = "benchmarks.harness.unchanged.run"
"""What carries out commands."""
PLACES = ("weights", "buffer", "optimizer", "generator")
"""Where a bit can be flipped."""

# Fixed for every run: another thread count sums in another order, and idle threads spin.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def arguments(argv: list[str]) -> argparse.Namespace:
    """Parse the command line; unknown names end the program with the known ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    add = parser.add_argument
    add("--benchmark", required=True, choices=sorted(listed()))
    add("--configuration", required=True, help=f"{', '.join(CONFIGURATIONS)}, or a name of yours")
    add("--settings", help="comma-separated settings, for a configuration of your own")
    add("--variation", default="baseline", help=f"a name; known: {', '.join(VARIATIONS)}")
    add("--environment", default="host", help="a name for this interpreter, for the record")
    add("--device", default="cpu", choices=("cpu", "cuda"))
    add("--repeat", type=int, default=0)
    add("--seed", type=int, default=3)
    add("--steps", type=int, help="training steps (default: the article's)")
    add("--options", type=json.loads, default={}, help="the benchmark's options, as JSON")
    add("--threads", type=int, help="threads per operator (default: 1)")
    add("--conditions", type=json.loads, default={}, help="what surrounds the run, for the record")
    add("--resume", type=int, help="stop after this many steps, go on in a new process")
    add("--flip", type=int, help="flip one bit after this step (from 0)")
    add("--flip-in", choices=PLACES, default="weights", help="where that bit is")
    add("--dense", type=steps_of, default=[], help="steps whose tensors are kept; ends with them")
    add("--fingerprint", type=int, choices=(1, 2), help="version of the hash (default: the newest)")
    add("--traced", type=lambda text: text != "False", default=True, help="False: time steps only")
    add("--observe", action="store_true", help="record sources of randomness outside the seeds")
    add("--data", type=Path, default=Path(".cache/data"), help="folder that holds the data sets")
    add("--checkpoint", type=Path, help=argparse.SUPPRESS)  # for the second of two processes
    add("--channel", type=int, help=argparse.SUPPRESS)  # for what the parent starts
    add("--output", type=Path, required=True, help="folder for the record")
    args = parser.parse_args(argv)
    if fault := listed()[args.benchmark][1].fault:
        parser.error(fault)
    return complete(args, parser)


def steps_of(text: str) -> list[int]:
    """Return the steps that a comma-separated list names."""
    return [int(part) for part in text.split(",") if part]


def complete(args: argparse.Namespace, parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Fill in what follows from names: settings, steps, options, threads."""
    variation = VARIATIONS.get(args.variation, {})
    if args.settings is None:
        if args.variation not in VARIATIONS:
            parser.error(f"--variation {args.variation}: not known; give its --settings")
        # A record must not claim surroundings that nobody gave it.
        if around := sorted(set(variation) & {"variables", "folder", "user", "load", "cpu"}):
            parser.error(
                f"--variation {args.variation}: only workflows.runs.launch sets {around[0]}"
            )
        if args.configuration not in CONFIGURATIONS:
            parser.error(f"--configuration {args.configuration}: not known; give its --settings")
        args.settings = [*CONFIGURATIONS[args.configuration], *variation.get("settings", [])]
    else:
        args.settings = [name for name in args.settings.split(",") if name]
    for name in args.settings:
        if name not in SETTINGS:
            parser.error(f"--settings {name}: not known; known: {', '.join(SETTINGS)}")
    found = listed()[args.benchmark][1].constants
    known = found["OPTIONS"]
    chosen = {k: v for k, v in variation.get("options", {}).items() if k in known}
    args.options = {**known, **chosen, **args.options}
    if unknown := sorted(set(args.options) - set(known)):
        parser.error(f"--options {unknown[0]}: not known to {args.benchmark}; known: {known}")
    args.steps = found["STEPS"] if args.steps is None else args.steps
    args.needs_data, args.words = found["DATA"], found.get("COMMAND")
    check_steps(args, parser)
    args.threads = args.threads or variation.get("threads", 1)
    return args


def check_steps(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """End the program where what is asked of single steps cannot be had."""
    for name, step in (("dense", max(args.dense, default=0)), ("flip", args.flip or 0)):
        if not 0 <= step < args.steps:
            parser.error(f"--{name} {step}: not a step of this run; steps: 0 to {args.steps - 1}")
    if args.resume is not None and not 0 < args.resume < args.steps:
        parser.error(f"--resume {args.resume}: expected 1 to {args.steps - 1}, within the steps")
    if not args.traced and (args.dense or args.flip is not None or args.resume is not None):
        parser.error("--traced False: only times steps; leave out --dense, --flip and --resume")
    if args.words and args.resume is not None:
        parser.error(f"--resume {args.resume}: {args.benchmark} is a command, which has no break")
    if args.words and args.fingerprint == 1:
        parser.error(f"--fingerprint 1: {args.benchmark} is a command; they have version 2 alone")


def variables(args: argparse.Namespace) -> dict[str, str]:
    """Return the environment that must stand before the interpreter starts."""
    wanted = dict.fromkeys(THREAD_VARIABLES, str(args.threads))
    for name in args.settings:
        wanted.update(SETTINGS[name].variables(args.seed))
    return wanted


def command(argv: list[str], args: argparse.Namespace) -> list[str]:
    """Return the command that trains, wherever it is started.

    REPRISE_EMULATOR, a command as one would type it, stands before the interpreter's name: an
    emulator does not follow a program that starts another.
    """
    emulator = shlex.split(os.environ.get("REPRISE_EMULATOR", ""))
    places = ["--data", str(args.data.absolute()), "--output", str(args.output.absolute())]
    return [*emulator, sys.executable, "-m", "benchmarks.run", *argv, *places]


def environment(args: argparse.Namespace) -> dict[str, str]:
    """Return the variables that the training gets."""
    root = str(FOLDER.parent)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    found = {**os.environ, **variables(args)}
    return found if root in paths else found | {"PYTHONPATH": os.pathsep.join([root, *paths])}


def train(args: argparse.Namespace) -> None:
    """Train in this process, and report to its parent."""
    channel = Channel(args.channel)
    prepare()
    log = args.output / f".{args.repeat}.reads"
    if args.checkpoint is None:
        log.unlink(missing_ok=True)  # of an earlier run
    reads = Reads(FOLDER.parent, [args.output, args.data], log)
    reads.listen()
    # PyTorch's quarter of a million objects stay to the end: the collector need not go through
    # them, as it would time and again while they come, and as the interpreter ends.
    gc.disable()
    from benchmarks.harness.execute import Paused, execute, save

    gc.freeze()
    gc.enable()
    try:
        record, trace, dense = execute(args, channel)
    except Paused as paused:
        channel.send({"checkpoint": str(paused.path)})
        return
    if channel.copied:
        channel.end_copy()
    record["read"] = reads.found()
    channel.send({"record": save(record, trace, dense, args.output, args.repeat)})


def main(argv: list[str]) -> int:
    """Train in a process of its own, whose variables act from its start; return its exit code."""
    args = arguments(argv)
    if args.channel is not None:
        train(args)
        return 0
    if args.words:
        os.execv(sys.executable, [sys.executable, "-m", COMMANDS, *argv])  # noqa: S606 - as meant
    args.output = args.output.absolute()
    return parent(command(argv, args), environment(args), args.output, args.repeat)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
