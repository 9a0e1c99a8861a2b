"""`reprise compare A B`: the first difference between two runs.

A and B are records of benchmarks (`X.json` beside its trace), or folders that `reprise run` has
written. Prints what else differs between the two sides, how the loss parts from there on and, where
the runs kept tensors, the tensor and the size.
Exit code 0: identical; 1: they differ; 2: they cannot be compared.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.check.judged import judged, of_process, parting, seen
from workflows.check.record import RECORD, Commanded, load
from workflows.check.words import cause, watched
from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.compare.text import around, report
from workflows.matrix.symptom import where
from workflows.runs.machine import differing


def main(words: Sequence[str] | None = None) -> int:
    """Compare the two records named on the command line."""
    runs = "results/runs/cpu/cpu/toy/unseeded/baseline"
    parser = Parser("compare", __doc__, f"{runs}/0.json {runs}/1.json", "a b")
    add: Any = parser.add_argument
    add("a", type=Path, help="a run's record, its trace beside it")
    add("b", type=Path, help="another one")
    args = parser.read(words)
    of_command = [path.is_dir() or path.name == RECORD for path in (args.a, args.b)]
    if all(of_command):
        text, differs = of_commands(load(args.a), load(args.b))
    elif any(of_command):
        raise UserError(f"{args.a} and {args.b}: a command and a benchmark; compare two of a kind")
    else:
        text, differs = report(args.a, args.b)
    print(text)
    return int(differs)


def of_commands(a: Commanded, b: Commanded) -> tuple[str, bool]:
    """Return what two runs of commands tell, and whether they differ.

    Raises `UserError` where they cannot be compared.
    """
    if a.record.command != b.record.command:
        sides = " and ".join(shlex.join(run.record.command) for run in (a, b))
        raise UserError(f"these are runs of two commands: {sides}; compare runs of one")
    verdict = judged([a, b])
    if verdict.verdict not in ("identical", "prints-alike", "differs"):
        raise UserError(f"these two cannot be compared: {verdict.reason}")
    index = parting([a, b])
    left, right = of_process([a, b], index)
    lines = [around(differing(left.record, right.record))]
    place = verdict.first_difference
    if place is None:
        lines.append(f"identical: {'; '.join(watched(a))}")
    else:
        name = f" of {a.names[index]}" if len(a.names) > 1 else ""
        lines += [
            f"differs: first in {where(place)}{name}",
            *cause(seen(left, right, place), None, {}),
        ]
    return "\n".join([*lines, *verdict.notes]), place is not None


if __name__ == "__main__":
    command(main)
