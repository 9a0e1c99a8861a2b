"""What the commands that carry out runs share: where, and within which limits."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflows.common.paths import cache


@dataclass(frozen=True)
class Laboratory:
    """Where runs are carried out: an environment's image record, the data, the limits of a run.

    `observe`: let the runs record where randomness from outside the seeds comes in.
    """

    image: Path
    data: Path = field(default_factory=lambda: cache("data"))
    minutes: float = 60
    memory_gb: float | None = None
    observe: bool = False

    def manifest(self, dataset: str) -> Path:
        """Return the manifest of a data set that these runs read: beside the image records."""
        return self.image.parents[1] / "data" / f"{dataset}.json"


def add_laboratory(parser: argparse.ArgumentParser, *, image: bool = True) -> None:
    """Add the options that say where runs are carried out."""
    add: Any = parser.add_argument
    if image:
        add("--image", type=Path, required=True, help="the environment's image record")
    add("--data", type=Path, default=cache("data"), help="folder that holds the data sets")
    add("--minutes", type=float, default=60, help="limit of one run")
    add("--memory-gb", type=lambda text: float(text) or None, help="limit of one run; 0: none")


def laboratory(args: argparse.Namespace, image: Path | None = None) -> Laboratory:
    """Return what the options say; `image` where they name more than one."""
    return Laboratory(image or args.image, args.data, args.minutes, args.memory_gb)
