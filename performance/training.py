"""Lines about whole trainings: twelve of CIFAR-10, the default experiment, another commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from performance import suite
from performance.lines import Line, Place
from performance.measure import SkippedError, paired, ratios, spent
from workflows.common.paths import ROOT, cache

RUNS, STEPS = 12, 2000
BUSY = "while True: pass"


def loop(folder: Path) -> float:
    """Return the seconds of a shell's loop over the plain script, with PyTorch's own threads."""
    script = f"for i in $(seq {RUNS}); do {suite.python()} {ROOT}/performance/article.py"
    words = ["sh", "-c", f"{script} {suite.cifar10()} {STEPS} || exit 1; done"]
    return spent(words, suite.anew(folder / "loop"), suite.VARIABLES).wall


def twelve(folder: Path) -> float:
    """Return the seconds of twelve runs by Snakemake on two cores, seeded and not."""
    asked = suite.experiment("cifar10", STEPS, RUNS // 2, ("unseeded", "seeded"))
    return suite.matrix(suite.anew(folder / "suite"), asked).wall


def floor(folder: Path) -> float:
    """Return what twelve runs take at least: start and steps of one, untraced, by two cores."""
    options = ("--options", '{"memory": true, "workers": 0}', "--traced", "False")
    words = ("--benchmark", "cifar10", "--configuration", "seeded", "--steps", str(STEPS))
    place = suite.anew(folder / "floor")
    data = ("--data", str(suite.cifar10().parent), "--output", str(place))
    took = suite.bare(place, "-m", "benchmarks.run", *words, *options, *data)
    return took.wall * RUNS / min(2, suite.cores_here())


def against(place: Place, other: Callable[[Path], float]) -> Sequence[float]:
    """Return the ratios of twelve runs by the suite to something else."""
    suite.cifar10()
    pairs = paired(lambda: twelve(place.folder), lambda: other(place.folder), place.pairs)
    return ratios(pairs)


def beside_a_neighbour(place: Place) -> Sequence[float]:
    """Return the ratios to the loop while another process keeps a core busy."""
    with subprocess.Popen([sys.executable, "-c", BUSY]) as neighbour:
        try:
            return against(place, loop)
        finally:
            neighbour.kill()


def more_cores(place: Place) -> Sequence[float]:
    """Return the ratios of the default experiment when asked for twice the cores to as many.

    Its environments are there before.
    """
    here = suite.cores_here()

    def on(cores: int) -> float:
        folder = suite.anew(place.folder / "results-of-one")
        return suite.matrix(folder, suite.DEFAULT, cores=cores).wall

    suite.matrix(suite.anew(place.folder / "environments"), suite.DEFAULT, "images", cores=here)
    return ratios(paired(lambda: on(2 * here), lambda: on(here), min(3, place.pairs)))


def from_nothing(tree: Path, folder: Path) -> float:
    """Return the seconds of `make matrix` in a checkout, by the engine venv on two cores.

    Environments and results are made anew, nothing is downloaded.
    """
    own = suite.anew(folder / "cache")
    for name in ("wheels", "data"):
        shutil.copytree(cache(name), own / name, copy_function=os.link)
    spent(["git", "-C", str(tree), "clean", "-xdfq", "results"], folder)
    config = tree / "config" / "config.yaml"
    config.write_text(config.read_text().replace("engine: auto", "engine: venv"))
    words = ["make", "-C", str(tree), "matrix", "CORES=2"]
    return spent(words, folder, {"REPRISE_CACHE": str(own)}).wall


def of_a_commit(place: Place) -> Sequence[float]:
    """Return the ratios of `make matrix` of this commit to that of the commit AGAINST."""
    name = os.environ.get("AGAINST")
    if not name:
        raise SkippedError("name a commit: make benchmark LINES=commit AGAINST=a8d1ab0")
    trees = {}
    for which in ("HEAD", name):
        trees[which] = place.folder / which
        spent(["git", "-C", str(ROOT), "worktree", "add", "--detach", str(trees[which]), which],
              place.folder)  # fmt: skip
        spent(["make", "-C", str(trees[which]), "setup"], place.folder)
    try:
        return ratios(paired(
            lambda: from_nothing(trees["HEAD"], place.folder),
            lambda: from_nothing(trees[name], place.folder), min(3, place.pairs),
        ))  # fmt: skip
    finally:
        for tree in trees.values():
            spent(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)],
                  place.folder)  # fmt: skip


LINES = [
    Line("loop", "12 CIFAR-10 runs: suite by shell loop", 0.45, lambda at: against(at, loop)),
    Line("floor", "12 CIFAR-10 runs: suite by their floor", 1.15, lambda at: against(at, floor)),
    Line("neighbour", "the first, beside a busy process", 0.30, beside_a_neighbour),
    Line("cores", "default experiment: twice the cores by as many", 1.05, more_cores),
    Line("commit", "make matrix, empty cache: by AGAINST", 0.30, of_a_commit, asked=False),
]
