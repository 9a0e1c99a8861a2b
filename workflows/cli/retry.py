"""`reprise retry`: run again what failed or could not run in the last experiment.

Also what rests on it by itself: ablations and costs without an answer, close looks that could not
be taken. Finished records stay, and are used again. What stands behind `--` is given to Snakemake.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflows.common import pipeline
from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.matrix.retry import forget_all


def main(words: Sequence[str] | None = None) -> None:
    """Forget what has no answer, then become Snakemake."""
    own, rest = pipeline.split(words)
    parser = Parser("retry", __doc__, "--cores 4")
    pipeline.add_options(parser, pipeline.LAST)
    args = parser.read(own)
    if not pipeline.LAST.is_file():
        raise UserError(f"{pipeline.LAST}: no results here yet; make them: reprise matrix")
    print(forget_all(pipeline.LAST.parent))
    pipeline.become(args, *rest)


if __name__ == "__main__":
    command(main)
