"""`python -m workflows.studies.differences.family`: the close looks at one configuration.

Each is taken as by itself, and has a file and a log of its own; what was run again for one of them
is kept, whatever becomes of the others.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workflows.common.errors import command
from workflows.common.files import write_json
from workflows.common.interrupt import interruptible
from workflows.common.models import Model
from workflows.compare.text import describe
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.planned import FLIPPED
from workflows.runs.absent import RESULTS, record
from workflows.runs.laboratory import add_laboratory, laboratory
from workflows.studies.differences.plan import Pair
from workflows.studies.differences.rerun import Bench
from workflows.studies.differences.run import look


class Family(Model):
    """The pairs that have one combination on their right; the flipped bit's is its baseline's."""

    pairs: list[Pair]

    @property
    def sides(self) -> list[str]:
        """The runs of both sides of every pair."""
        found = (path for pair in self.pairs for path in (*pair.left, *pair.right))
        return list(dict.fromkeys(found))


def families(pairs: Iterable[Pair]) -> dict[tuple[str, ...], dict[str, Family]]:
    """Return families of several by their form: the looks' names without the place of the right.

    Within a form by that place: environment/device/benchmark/configuration.
    """
    found: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        right, _, variation = pair.name.partition("/")[2].rpartition("/")
        group = "baseline" if variation == FLIPPED else variation
        found[right, group].append(pair)
    forms: dict[tuple[str, ...], dict[str, Family]] = defaultdict(dict)
    for (place, _), members in found.items():
        form = tuple(pair.name.replace(f"/{place}/", "/{place}/") for pair in members)
        if len(members) > 1:
            forms[form][place] = Family(pairs=members)
    return dict(forms)


def image(run: str) -> Path:
    """Return the image record of a run's environment."""
    return RESULTS / "images" / f"{run.partition('/')[0]}.json"


def take(pair: Pair, output: Path, log: Path, args: argparse.Namespace) -> None:
    """Look at one pair; write what is found."""
    left, right = (laboratory(args, image(path)) for path in (pair.left[0], pair.right[0]))
    bench = Bench(left, right, Catalogue.read(), RESULTS / "reruns" / pair.name)
    noise = tuple(args.noise.items())
    found = look(record(pair.left[0]), [*map(record, pair.right)], bench, noise)
    write_json(output, found.model_dump(mode="json"))
    log.write_text(f"{describe(found)}\n", encoding="utf-8")


def main() -> int:
    """Take the looks named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.studies.differences.family", description=__doc__
    )
    add: Any = parser.add_argument
    add("--family", type=Family.model_validate_json, required=True, help="as JSON")
    add("--output", type=Path, nargs="+", required=True, help="the file of each pair")
    add("--log", type=Path, nargs="+", required=True, help="the account of each pair")
    add(
        "--noise", type=json.loads, default={}, help="what in printed lines does not count, as JSON"
    )
    add_laboratory(parser, image=False)
    args = parser.parse_args()

    def carry() -> None:
        for pair, output, log in zip(args.family.pairs, args.output, args.log, strict=True):
            take(pair, output, log, args)

    return interruptible(carry, "these close looks are not taken; their runs so far are kept")


if __name__ == "__main__":
    command(main)
