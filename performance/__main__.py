"""`make benchmark`: how fast the suite is, in a table, against what is asked of it.

Each figure is of whole processes; what is compared is run in turn. A line takes from seconds to an
hour: name those that you want. A line whose parts are not here is skipped, with the reason; one
whose parts do not work has failed, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from performance import scale, start, step, training
from performance.lines import Place, measured, table

LINES = {line.name: line for line in (*scale.LINES, *step.LINES, *start.LINES, *training.LINES)}


def main() -> int:
    """Measure the lines that are named, and print each as it is done, then the table."""
    about = "; ".join(f"{line.name}: {line.what}" for line in LINES.values())
    parser = argparse.ArgumentParser(prog="python -m performance", description=__doc__)
    parser.add_argument("lines", nargs="*", metavar="LINE", help=about.replace("%", "%%"))
    parser.add_argument("--pairs", type=int, default=5, help="of each line (default: %(default)s)")
    args = parser.parse_args()
    if unknown := sorted(set(args.lines) - set(LINES)):
        parser.error(f"{unknown[0]}: no such line; known: {', '.join(LINES)}")
    if args.pairs < 1:
        parser.error(f"--pairs {args.pairs}: expected at least 1")
    names = args.lines or [line.name for line in LINES.values() if line.asked]
    with tempfile.TemporaryDirectory(prefix="reprise-performance-") as folder:
        place, rows = Place(Path(folder), args.pairs), []
        for name in names:
            print(f"{name}: {LINES[name].what} …", file=sys.stderr, flush=True)
            rows.append(measured(LINES[name], place))
    print(table(rows))
    return int(any(row.failed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
