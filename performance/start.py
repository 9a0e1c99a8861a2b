"""Lines about what comes before the first step: launcher, container, environments."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from performance import suite
from performance.lines import Line, Place
from performance.measure import FailedError, SkippedError, differences, paired, spent
from workflows.common.errors import UserError
from workflows.common.paths import cache
from workflows.environments.engines import get
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.load import load
from workflows.experiment.plan import make

IMAGES, VENV = ("docker", "podman"), ("venv",)


def launched(folder: Path, image: ImageRecord) -> float:
    """Return the seconds of one run of the toy as a rule starts it."""
    catalogue = Catalogue.read()
    asked = suite.experiment("toy", 1000)
    run = make(load(asked, catalogue), catalogue, {}).runs[0]
    place = suite.anew(folder / "launched")
    image.save(place / "image.json")
    words = [
        sys.executable, "-m", "workflows.runs.repeats", "--run", run.model_dump_json(),
        "--identity", identity(run, catalogue), "--image", "image.json", "--output", "0.json",
        "--log", "0.log", "--minutes", "5", "--memory-gb", "4",
    ]  # fmt: skip
    wall = spent(words, place, suite.VARIABLES).wall
    record = json.loads((place / "0.json").read_text())
    if record["status"] != "completed":
        raise FailedError(f"the run {record['status']}: {record['reason']}")
    return wall


def bare(folder: Path) -> float:
    """Return the seconds of the same run with no launcher."""
    place = suite.anew(folder / "bare")
    words = ("--benchmark", "toy", "--configuration", "seeded", "--output", str(place))
    return suite.bare(place, "-m", "benchmarks.run", *words).wall


def container(place: Place) -> Sequence[float]:
    """Return how much longer a run takes in a container than in a virtual environment."""
    image = get(first(IMAGES)).build("cpu")
    return differences(paired(lambda: launched(place.folder, image),
                              lambda: launched(place.folder, suite.image()),
                              place.pairs))  # fmt: skip


def launcher(place: Place) -> Sequence[float]:
    """Return how much longer a run takes by the launcher than without."""
    return differences(paired(lambda: launched(place.folder, suite.image()),
                              lambda: bare(place.folder), place.pairs))  # fmt: skip


def first(engines: Sequence[str]) -> str:
    """Return the first of some engines that works here."""
    for each in engines:
        with suppress(UserError):
            get(each).probe()
            return each
    raise SkippedError(f"none of {', '.join(engines)} works here")


def environment(name: str, engines: Sequence[str]) -> Callable[[Place], Sequence[float]]:
    """Return how to measure the seconds of an environment from wheels that are here."""

    def measure(place: Place) -> Sequence[float]:
        if not cache("wheels").is_dir():
            raise SkippedError("no wheels are here: make matrix brings them")
        engine = first(engines)
        command = [sys.executable, "-m", "workflows.environments.build", "--twice"]
        words = ["--engine", engine, "--environment", name, "--output", "image.json"]
        return [
            spent([*command, *words], place.folder, suite.VARIABLES).wall / 2
            for _ in range(min(3, place.pairs))
        ]

    return measure


LINES = [
    Line("container", "toy in a container, s more than in venv", 0.4, container),
    Line("launcher", "toy in venv, s more than the bare run", 0.4, launcher),
    *(
        Line(f"{name}-{kind}", f"environment {name} from wheels, {kind}: s", limit,
             environment(name, engines), "{:.0f}")
        for name, kind, engines, limit in (
            ("cpu", "image", IMAGES, 60), ("cpu", "venv", VENV, 30),
            ("cuda", "image", IMAGES, 240), ("cuda", "venv", VENV, 120),
        )
    ),
]  # fmt: skip
