"""Build an environment and write its record.

`python -m workflows.environments.build --engine auto --environment cpu --output
results/images/cpu.json`
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from workflows.common.errors import command
from workflows.environments.engines import ENGINES, resolve
from workflows.environments.engines.interface import Engine
from workflows.environments.images.contents import Contents, differences
from workflows.environments.images.record import ImageRecord
from workflows.environments.images.share import NOT_SHARED, share_with_others


def twice(engine: Engine, environment: str) -> ImageRecord | None:
    """Build two times from scratch; return the record, or None after saying what differs."""
    first, second = (engine.build(environment, fresh=True) for _ in range(2))
    if first == second:
        print(f"{environment}: two builds from scratch have equal contents", file=sys.stderr)
        return second
    digests = (first.content_digest, second.content_digest)
    one, other = (Contents.kept(digest) or Contents({}) for digest in digests)
    for line in differences(one, other) or [f"{first} | {second}"]:
        print(f"differs: {line}", file=sys.stderr)
    return None


def main() -> int:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.environments.build", description="Build an environment."
    )
    parser.add_argument("--engine", default="auto", help=f"auto, {', '.join(ENGINES)}")
    parser.add_argument("--environment", required=True, help="a folder of containers/, or host")
    parser.add_argument("--output", type=Path, required=True, help="the image record to write")
    parser.add_argument(
        "--share", default=NOT_SHARED, help="archive, a registry's address, or none"
    )
    parser.add_argument("--twice", action="store_true", help="from scratch, and compare")
    args = parser.parse_args()
    engine, why = resolve(args.engine)
    print(why, file=sys.stderr)
    record = twice(engine, args.environment) if args.twice else engine.build(args.environment)
    if record is None:
        print(f"error: {args.environment}: two builds from scratch differ", file=sys.stderr)
        return 1
    share_with_others(record, args.share)
    record.save(args.output)
    short = record.content_digest[:16]
    print(f"{args.environment}: {record.entries} entries, contents {short}, Python {record.python}")
    return 0


if __name__ == "__main__":
    command(main)
