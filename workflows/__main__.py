"""`reprise VERB`: the one face. `reprise VERB --help` says more of each."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from workflows.common.arguments import COMPLETING, complete
from workflows.common.errors import UserError, command
from workflows.common.supported import Host, problem

VERBS = {
    "matrix": ("workflows.cli.matrix", "run an experiment and print which combinations reproduce"),
    "show": ("workflows.report.show", "print the finished matrix again"),
    "plan": ("workflows.cli.plan", "say how many runs, how long, how many gigabytes"),
    "check-config": ("workflows.cli.check_config", "say what is wrong with an experiment's file"),
    "environment": ("workflows.environments.new", "pin an environment of one's own"),
    "data": ("workflows.cli.data", "say the digest of one's own data, and keep a copy for runs"),
    "check": (
        "workflows.check.__main__",
        "say whether one's own training repeats, and what cures it",
    ),
    "run": ("workflows.check.run", "carry out one's own training once, and keep its record"),
    "compare": ("workflows.check.compared", "find the first difference between two runs"),
    "new": ("workflows.cli.new", "make a benchmark of one's own program, and an experiment"),
    "retry": ("workflows.cli.retry", "run again what failed or could not run"),
    "publish": ("workflows.cli.publish", "put report, records, locks and sums into one zip"),
    "verify": ("workflows.publication.verify.__main__", "check a publication, run its cells here"),
    "merge": ("workflows.publication.merge.__main__", "join many machines in one matrix"),
    "campaign": ("workflows.history.schedule", "run everything anew, say what changed"),
    "history": ("workflows.history.timeline", "say what changed since the last campaign"),
    "pack": ("workflows.offline.pack", "pack all that a machine without a network needs"),
    "home": ("workflows.offline.collect", "take home and check what came back from there"),
    "doctor": ("workflows.environments.doctor", "say what works on this machine, what to do"),
    "purge": ("workflows.environments.purge", "free downloads, environments and images"),
    "version": ("workflows.cli.version", "print the versions of the code and of Python"),
    "completion": ("workflows.cli.completion", "print what switches on completion in a shell"),
}
"""Each verb's module, which has a `main`, and what it does."""

TELLING = ("doctor", "version", "completion")
"""What also works where nothing else does."""

ABOUT = "Which PyTorch training setups reproduce, bit for bit, and if not, where and why."
ENDING = """\
what a verb takes, with an example:  reprise VERB --help
to complete verbs, options and files by Tab, in ~/.bashrc:  eval "$(reprise completion)"
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the first word."""
    verbs = "\n".join(f"  {verb:<12} {about}" for verb, (_, about) in VERBS.items())
    made = argparse.ArgumentParser(
        prog="reprise", usage="reprise VERB …", description=f"{ABOUT}\n\nverbs:\n{verbs}",
        epilog=ENDING, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("verb", choices=list(VERBS), help=argparse.SUPPRESS)
    return made


def find(verb: str) -> Callable[[Sequence[str] | None], int | None]:
    """Return the `main` of a verb; raise `UserError` for none, and for what is not installed."""
    if verb not in VERBS:
        near = difflib.get_close_matches(verb, VERBS, n=1, cutoff=0)
        raise UserError(f"{verb!r}: no such verb; did you mean {near[0]}? all: reprise --help")
    try:
        main: Callable[[Sequence[str] | None], int | None] = import_module(VERBS[verb][0]).main
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("workflows"):
            raise
        raise UserError(
            f"{error.name}: not installed in {sys.executable}; install Reprise with all that it "
            "needs (pipx install), or make setup in its clone"
        ) from None
    return main


def completed() -> None:
    """Answer a shell that asks how its line may go on, by its verb's parser."""
    line = os.environ.get("COMP_LINE", "")[: int(os.environ.get("COMP_POINT", "0"))]
    words = line.split()
    done = words if line.endswith(" ") else words[:-1]
    if len(done) > 1 and done[1] in VERBS:
        os.environ[COMPLETING] = "2"  # for its parser the line begins with the verb
        find(done[1])([])
    complete(parser())


def main(words: Sequence[str] | None = None) -> int | None:
    """Do what the command line says."""
    if COMPLETING in os.environ:
        completed()
    verb, *rest = (sys.argv[1:] if words is None else words) or ["--help"]
    if verb in ("-h", "--help", "help"):
        print(parser().format_help(), end="")
        return None
    verb = "version" if verb == "--version" else verb
    chosen = find(verb)
    if verb not in TELLING and (told := problem(Host())):
        raise UserError(told)
    return chosen(rest)


def run() -> None:
    """Start here: the console script."""
    command(main)


if __name__ == "__main__":
    run()
