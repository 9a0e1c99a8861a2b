"""`reprise campaign`: run a whole campaign now, and say what changed.

Made for cron and systemd: one campaign at a time, every run made anew, the last ones kept, and one
clear line where a verdict changed or the bits drifted. Exit code 0: as before; 1: something
changed, failed, or is invalid; 75: another campaign is under way.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from workflows.common import pipeline
from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.files import write_text
from workflows.common.models import load_model
from workflows.common.mutex import mutex
from workflows.history.campaign import Campaign
from workflows.history.changes import Comparison
from workflows.history.timeline import comparisons, load, page
from workflows.matrix.model import Matrix

BUSY = 75  # EX_TEMPFAIL of sysexits.h: try again later
SHOWN = 3
"""Changed cells that the line names; the history has all."""


class BusyError(Exception):
    """Another campaign holds the lock."""


@contextmanager
def alone(results: Path, *, wait: bool) -> Iterator[None]:
    """Hold the campaign's lock; raise `BusyError` where another one does and we are not to wait."""
    results.mkdir(parents=True, exist_ok=True)
    lock = results / ".campaign.lock"

    def busy() -> None:
        if not wait:
            raise BusyError(lock.read_text(encoding="utf-8", errors="replace").strip()[:200])

    with mutex(lock, busy):
        lock.write_text(f"process {os.getpid()}\n", encoding="utf-8")
        yield


def run(args: argparse.Namespace, log: Path) -> int:
    """Run every run of an experiment anew, then all that follows; return Snakemake's exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    start = pipeline.command(args, "--forcerun", "run", "run_on_gpu", "runs_without_gpu")
    with log.open("wb") as output:
        done = subprocess.run(
            start, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    return done.returncode


def prune(history: Path, keep: int | None) -> None:
    """Remove all but the last campaigns, where a number is named."""
    for path in sorted(history.glob("*.json"))[: -keep if keep else 0]:
        path.unlink()


def line(campaigns: list[Campaign], matrix: Matrix) -> tuple[bool, str]:
    """Return whether all is as before, and the one line that says so or what is not."""
    last = campaigns[-1]
    if matrix.validity == "invalid":
        return False, f"{last.name}: INVALID: a negative control was missed; trust no verdict"
    if matrix.failed:
        return False, f"{last.name}: {len(matrix.failed)} failed, first {matrix.failed[0]}"
    return changed(comparisons(campaigns)[-1])


def changed(found: Comparison) -> tuple[bool, str]:
    """Return whether nothing changed, and the line that says so or what did."""
    if not found.changes:
        return True, str(found)
    named = "; ".join(str(change) for change in found.changes[:SHOWN])
    more = f"; and {len(found.changes) - SHOWN} more" if len(found.changes) > SHOWN else ""
    return False, f"{found}: {named}{more}"


def notify(text: str, program: str | None, webhook: str | None) -> None:
    """Hand the line to the user's program (as its last argument) and webhook (as JSON `text`).

    What fails here is said, and changes nothing: the verdict stands.
    """
    if program:
        try:
            done = subprocess.run([*shlex.split(program), text], check=False, timeout=60)
            if done.returncode:
                print(f"warning: {program}: exit code {done.returncode}", file=sys.stderr)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            print(f"warning: {program}: {error}", file=sys.stderr)
    if webhook:
        try:
            requests.post(webhook, json={"text": text}, timeout=30).raise_for_status()
        except requests.RequestException as error:
            print(f"warning: webhook: {type(error).__name__}: {error}", file=sys.stderr)


def campaign(args: argparse.Namespace) -> int:
    """Run one campaign; print its line; return the exit code."""
    results = Path("results")
    log = results / "logs" / "campaign-run.log"
    before = {path.name for path in (results / "history").glob("*.json")}
    code = run(args, log)
    campaigns = load(results / "history")
    new = {path.name for path in (results / "history").glob("*.json")} - before
    if not new:
        good, text = False, f"the campaign did not finish (exit code {code}); log: {log}"
    else:
        matrix = load_model(Matrix, results / "matrix.json", "matrix")
        good, text = line(campaigns, matrix)
        if good and code:
            good, text = False, f"{campaigns[-1].name}: exit code {code}; log: {log}"
    prune(results / "history", args.keep)
    if kept := load(results / "history"):
        write_text(results / "history.html", page(kept))
    print(f"reprise: {text}", flush=True)
    if not good:
        notify(text, args.notify, args.webhook)
    return 0 if good else 1


def main(words: Sequence[str] | None = None) -> int:
    """Run a campaign in its lock."""
    parser = Parser("campaign", __doc__, "--keep 30")
    add: Any = parser.add_argument
    pipeline.add_options(parser, pipeline.last())
    add("--keep", type=int, help="campaigns to keep in the history (default: all)")
    add("--wait", action="store_true", help="where another campaign is under way, wait for it")
    add("--notify", help="a command, given the line where something changed")
    add("--webhook", help="an address, sent the line as JSON where something changed")
    args = parser.read(words)
    pipeline.command(args)  # before anything is locked
    if args.keep is not None and args.keep < 2:
        raise UserError(f"--keep {args.keep}: expected at least 2, the last and the one before")
    try:
        with alone(Path("results"), wait=args.wait):
            return campaign(args)
    except BusyError as error:
        print(f"reprise: another campaign is under way ({error}); not started", file=sys.stderr)
        return BUSY


if __name__ == "__main__":
    command(main)
