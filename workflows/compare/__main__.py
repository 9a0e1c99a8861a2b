"""`reprise compare A.json B.json`: the first difference between two runs.

Prints what else differs between the two sides, how the loss parts from there on and, where the runs
kept tensors, the tensor and the size.
Exit code 0: identical; 1: they differ; 2: they cannot be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.common.arguments import Parser
from workflows.common.errors import command
from workflows.compare.text import report


def main(words: Sequence[str] | None = None) -> int:
    """Compare the two records named on the command line."""
    runs = "results/runs/cpu/cpu/toy/unseeded/baseline"
    parser = Parser("compare", __doc__, f"{runs}/0.json {runs}/1.json")
    add: Any = parser.add_argument
    add("a", type=Path, help="a run's record, its trace beside it")
    add("b", type=Path, help="another one")
    args = parser.read(words)
    text, differs = report(args.a, args.b)
    print(text)
    return int(differs)


if __name__ == "__main__":
    command(main)
