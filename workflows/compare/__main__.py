"""`python -m workflows.compare A.json B.json`: the first difference between two runs.

Prints how the loss parts from there on and, where the runs kept tensors, the tensor and the size.
Exit code 0: identical; 1: they differ; 2: they cannot be compared.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from workflows.common.errors import command
from workflows.compare.text import report


def main() -> int:
    """Compare the two records named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m workflows.compare", description=__doc__)
    parser.add_argument("a", type=Path)
    parser.add_argument("b", type=Path)
    args = parser.parse_args()
    text, differs = report(args.a, args.b)
    print(text)
    return int(differs)


if __name__ == "__main__":
    command(main)
