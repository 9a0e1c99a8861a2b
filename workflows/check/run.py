"""`reprise run --output DIR -- COMMAND`: one traced run of one's own training, kept as a record.

Carries the command out once, in a fresh copy of this folder. DIR then holds `record.json`, a trace
for each process that trained, and the files that were written: `reprise compare A B` compares two.
Exit code 0: the command completed; 2: it did not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.check.arguments import add_common, launch, parse, settings
from workflows.check.launch import Order
from workflows.check.words import unwatched, watched
from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.interrupt import ended_cleanly


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    parser = Parser("run", __doc__, "--output a -- python train.py --epochs 1")
    add: Any = parser.add_argument
    add("--output", type=Path, required=True, metavar="DIR", help="a new folder for the record")
    add_common(parser)
    args, given = parse(parser, words)
    if args.output.exists():
        raise UserError(f"--output {args.output}: is there already; name a new folder")
    with ended_cleanly(), tempfile.TemporaryDirectory(prefix="reprise-run-") as folder:
        carry = launch(args, given, Path(folder))
        chosen = settings(args.configuration, carry.catalogue)
        run = carry(Order(0, chosen), args.output)
    record = run.record
    print(f"{record.status}: {args.output}" + (f": {record.reason}" if record.reason else ""))
    for line in record.log:
        print(f"  | {line}")
    print(f"watched: {'; '.join(watched(run)) or 'nothing'}")
    print(f"not watched: {'; '.join(unwatched([run]))}")
    return 0 if record.status == "completed" else 2


if __name__ == "__main__":
    command(main)
