"""Cases of damage to a finished campaign, and what must not come of them.

`python -m tests.support.damaged FIRST COUNT` carries out so many cases from a first one on.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.support.campaign import ASK, calm, told, whole
from tests.support.damage import damage

SEED = 20261126
PLANNED = ["matrix", "matrix", "matrix", "retry", "publish"]
RECORDS = [*PLANNED, "compare", "closer", "campaign", "page", "picture"]
TARGETS: dict[str, tuple[int, list[str]]] = {
    "results/runs/*/*/*/*/*/*.json": (10, RECORDS),
    "results/runs/*/*/*/*/*/*.npz": (3, RECORDS),
    "results/images/*.json": (1, PLANNED),
    "results/plan.json": (2, PLANNED),
    "results/experiment.json": (1, ["config", "publish"]),
    "configs/why.yaml": (1, ["config"]),
    "locks/cpu/requirements.lock": (1, ["lock"]),
    "results/matrix.json": (2, ["show", "page", "picture", "publish", "campaign"]),
    "results/differences/*/*/*/*/*/*.json": (1, ["matrix", "retry"]),
    "results/history/*.json": (1, ["history"]),
    "publication.zip": (1, ["verify", "merge"]),
    "publication/**/*": (1, ["verify folder"]),
}
"""By the pattern of the files: how often they are damaged, and what is asked then."""


class Case(NamedTuple):
    """One case: the file that is damaged, how, and what is then asked."""

    target: str
    how: str
    asked: str


def judged(case: Case, code: int, said: str, folder: Path) -> str | None:
    """Return what is wrong with an answer: a traceback, or that it tells something else."""
    if code == 3 or "Traceback" in said:
        return f"traceback: {said.strip().splitlines()[-2]}"
    if code == 2:
        count = sum(line.startswith("error: ") for line in said.splitlines())
        return None if count == 1 else f"refused in {count} lines: {said[:300]}"
    if case.asked == "matrix":
        return _cells(case, folder)
    if case.how != "damaged" or case.asked not in ("compare", "show", "closer"):
        return None
    if case.asked == "closer":  # without the damaged one it may take other runs
        same = _differs(said) == _differs(calm()["closer"][1])
        return None if same or "nothing to compare" in said else f"tells {said[:200]}"
    return None if (code, said) == calm()[case.asked] else f"tells something else: {said[:200]}"


def _differs(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("differs first: ")]


def _cells(case: Case, folder: Path) -> str | None:
    """Hold the matrix against the undamaged one: a damaged cell may only have failed."""
    before, after = told(whole()), told(folder)
    if before.keys() != after.keys():
        return "other cells"
    for name, cell in after.items():
        its_own = case.target.startswith(("results/plan", "results/images")) or name in case.target
        if cell != before[name] and not (its_own and cell[0] == "failed"):
            return f"wrong: {name}: {before[name][:2]} became {cell[:2]}"
    return None


def carry_out(number: int) -> tuple[Case, str | None]:
    """Carry out the case of a number; return it, and what was wrong with the answer."""
    random = Random(SEED + number)
    [pattern] = random.choices(list(TARGETS), [often for often, _ in TARGETS.values()])
    with tempfile.TemporaryDirectory(prefix="reprise-damage-") as name:
        folder = Path(name)
        shutil.copytree(whole(), folder, dirs_exist_ok=True)
        paths = sorted(path for path in folder.glob(pattern) if path.is_file())
        path = random.choice(paths)
        how = damage(random, path, [each for each in paths if each != path])
        case = Case(path.relative_to(folder).as_posix(), how, random.choice(TARGETS[pattern][1]))
        code, said = ASK[case.asked](folder)
        return case, judged(case, code, said, folder)


def main(first: int, count: int) -> None:
    """Carry out cases, name each that went wrong, and count."""
    kinds: Counter[str] = Counter()
    calm()
    for number in range(first, first + count):
        case, why = carry_out(number)
        kinds["good" if why is None else why.partition(":")[0]] += 1
        if why:
            print(f"{number}: {case}: {why}")
    shutil.rmtree(whole())
    print(dict(kinds))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
