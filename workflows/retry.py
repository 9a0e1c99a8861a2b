"""`python -m workflows.retry results`: forget what failed or could not run, so it is made again.

Also what rests on it by itself: ablations and costs without an answer, close looks that could not
be taken. Finished records stay, and are used again.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from workflows.errors import UserError, command
from workflows.records import read

AGAIN = ("failed", "not-run")


def unfinished(paths: Iterable[Path]) -> list[Path]:
    """Return the records of runs that failed or could not run."""

    def again(path: Path) -> bool:
        try:
            return read(path).record.status in AGAIN
        except UserError:  # a broken record is no result
            return True

    return [path for path in paths if again(path)]


def ablation(found: dict[str, Any]) -> bool:
    """Return whether an ablation has no full answer."""
    return found["status"] != "done" or bool(found["undecided"])


def costs(found: dict[str, Any]) -> bool:
    """Return whether a table of costs has a row without an answer, or was disturbed."""
    rows = [*found["rows"], found["control"]]
    return bool(found["disturbed"]) or any(row["verdict"] in AGAIN for row in rows)


def look(found: dict[str, Any]) -> bool:
    """Return whether a close look could not be taken."""
    return (found.get("rerun") or {}).get("outcome") == "not possible"


STAGES: tuple[tuple[str, str, Callable[[dict[str, Any]], bool]], ...] = (
    ("ablations", "*/*/*.json", ablation),
    ("costs", "*/*/*.json", costs),
    ("differences", "*/*/*/*/*/*.json", look),
)


def unanswered(results: Path) -> list[Path]:
    """Return the results of later stages that give no answer."""

    def again(path: Path, without_answer: Callable[[dict[str, Any]], bool]) -> bool:
        try:
            return without_answer(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError):  # a broken file is no result
            return True

    return [
        path
        for folder, pattern, check in STAGES
        for path in sorted((results / folder).glob(pattern))
        if again(path, check)
    ]


def main() -> None:
    """Remove them, and say how many there were."""
    parser = argparse.ArgumentParser(prog="python -m workflows.retry", description=__doc__)
    parser.add_argument("results", type=Path)
    results = parser.parse_args().results
    runs = unfinished(sorted((results / "runs").glob("*/*/*/*/*/[0-9]*.json")))
    others = unanswered(results)
    for path in [*runs, *others]:
        if path.is_relative_to(results / "costs"):
            # All rounds: to choose among them would choose the answer.
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        path.unlink()
    print(f"{len(runs)} runs to run again" + (f", {len(others)} answers to find" * bool(others)))


if __name__ == "__main__":
    command(main)
