"""`reprise matrix`: run an experiment and print its matrix.

Sets up what the experiment needs, runs what is missing, and writes `results/` into the folder
where it is called; called again it goes on where it stopped. What stands behind `--` is given to
Snakemake: options and targets.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflows.common import pipeline
from workflows.common.arguments import Parser
from workflows.common.errors import command
from workflows.experiment.written import read


def main(words: Sequence[str] | None = None) -> None:
    """Become Snakemake."""
    own, rest = pipeline.split(words)
    parser = Parser("matrix", __doc__, "--configfile mine.yaml --cores 4", "-- --dry-run")
    pipeline.add_options(parser, pipeline.default())
    parser.add_argument("--engine", help="auto, docker, podman, apptainer, venv, or host")
    args = parser.read(own)
    if args.configfile.is_file():
        read(args.configfile)  # what is no YAML is one line, with its number
    engine = [f"engine={args.engine}"] if args.engine else []
    pipeline.become(args, *rest, config=engine)


if __name__ == "__main__":
    command(main)
