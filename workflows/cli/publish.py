"""`reprise publish`: report, records, traces, locks, crate and sums, as one zip.

Makes first what is missing of the last experiment; results/publication.zip is the same to the
byte each time. What stands behind `--` is given to Snakemake.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workflows.common import pipeline
from workflows.common.arguments import Parser
from workflows.common.errors import command


def main(words: Sequence[str] | None = None) -> None:
    """Become Snakemake."""
    own, rest = pipeline.split(words)
    parser = Parser("publish", __doc__, "--traces brief --sign ~/.ssh/id_ed25519")
    add: Any = parser.add_argument
    about = "`brief`: one record of each identical cell, with a thinned trace (default: whole)"
    add("--traces", choices=["whole", "brief"], help=about)
    add("--sign", metavar="KEY", help="an SSH key that signs the sums")
    pipeline.add_options(parser, pipeline.last())
    args = parser.read(own)
    said = {"traces": args.traces, "sign": args.sign}
    config = [f"{name}={value}" for name, value in said.items() if value]
    pipeline.become(args, "publish", *rest, config=config)


if __name__ == "__main__":
    command(main)
