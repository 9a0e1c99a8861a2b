"""A finished campaign with all that is made of it, and every command that reads a part of it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.support import finished
from workflows.common.errors import command
from workflows.common.files import write_json
from workflows.common.paths import CONTAINERS, ROOT
from workflows.compare import __main__ as compare
from workflows.environments.definition import Environment
from workflows.experiment.catalogue import Catalogue
from workflows.history import campaign
from workflows.history import timeline as history
from workflows.matrix import collect, retry
from workflows.offline.pack import experiment_of
from workflows.publication import publish
from workflows.publication.merge import __main__ as merge
from workflows.publication.verify import __main__ as verify
from workflows.report import page, pictures, show
from workflows.runs.record import RunRecord
from workflows.studies.differences import run as closer
from workflows.studies.differences.plan import pairs

RUN = "runs/cpu/cpu/toy"


def make(folder: Path) -> None:
    """Lay a finished campaign, its history, its publication, locks and configs into a folder."""
    results = finished.records(folder / "results")
    for path in results.glob("runs/*/*/*/*/*/*.json"):
        RunRecord.parse(path.read_bytes()).write(path)
    finished.judge(results)
    for pair in pairs(finished.planned().plan):
        sides = [[results / "runs" / f"{p}.json" for p in side] for side in (pair.left, pair.right)]
        look = closer.look(sides[0][0], sides[1])
        write_json(results / f"differences/{pair.name}.json", look.model_dump(mode="json"))
    finished.judge(results)
    for number in range(2):
        kept = campaign.of(finished.judge(results), results)
        early = kept.model_copy(update={"started": f"2026-01-0{number + 1}T00:00:00+00:00"})
        campaign.append(early if number else kept, results / "history")
    with contextlib.redirect_stdout(io.StringIO()):
        publish.publish(results, folder / "publication", "whole", None)
    there = finished.records(folder / "there")
    for path in there.glob("runs/*/*/*/*/*/*.json"):
        record = json.loads(path.read_text())
        if record["held"]:  # a run that could not be has none
            record["held"]["processor"]["model"] = "Another"
            write_json(path, record)
    finished.judge(there)
    shutil.copytree(CONTAINERS / "cpu", folder / "locks" / "cpu")
    (folder / "configs").mkdir()
    shutil.copy(ROOT / "config" / "why.yaml", folder / "configs" / "why.yaml")


def run(main: Callable[[], int | None], *arguments: Any) -> tuple[int, str]:
    """Run a command in this process; return its exit code, and what it wrote."""
    said = io.StringIO()
    before = {
        each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    with (
        patch.object(sys, "argv", ["command", *map(str, arguments)]),
        patch.object(Catalogue, "read", lambda: finished.CATALOGUE),  # the same each time
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        try:
            command(main)
        except SystemExit as ended:
            code = ended.code
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
    return int(code or 0), said.getvalue()


def parsed(action: Callable[[], Any]) -> Callable[[], None]:
    """Return a command that reads one thing."""

    def main() -> None:
        action()

    return main


def told(folder: Path) -> dict[str, Any]:
    """Return what the matrix in a folder tells of every cell."""
    cells = json.loads((folder / "results/matrix.json").read_text())["cells"]
    kept = ("verdict", "classes", "first_difference", "repeats", "divergence_below")
    return {"/".join(c["records"][0].split("/")[1:-1]): [c[k] for k in kept] for c in cells}


ASK: dict[str, Callable[[Path], tuple[int, str]]] = {
    "matrix": lambda f: run(
        collect.main, "--plan", f / "results/plan.json", "--results", f / "results"
    ),
    "show": lambda f: run(show.main, f / "results/matrix.json"),
    "page": lambda f: run(page.main, "--results", f / "results"),
    "picture": lambda f: run(
        pictures.main, "--results", f / "results", "--benchmark", "toy", "--output", f / "x.svg"
    ),
    "publish": lambda f: run(
        publish.main, "--results", f / "results", "--output", f / "new/publication"
    ),
    "campaign": lambda f: run(
        campaign.main, "--results", f / "results", "--history", f / "results/history"
    ),
    "history": lambda f: run(
        history.main, "--history", f / "results/history", "--output", f / "history.html"
    ),
    "retry": lambda f: run(lambda: print(retry.forget_all(f / "results"))),
    "compare": lambda f: run(
        compare.main, *(f / f"results/{RUN}/seeded/baseline/{n}.json" for n in (0, 1))
    ),
    "closer": lambda f: run(
        closer.main, *(f / f"results/{RUN}/unseeded/baseline/{n}.json" for n in (0, 1, 2)),
        "--output", f / "look.json",
    ),
    "verify": lambda f: run(
        verify.main, f / "publication.zip", "--only-check", "--folder", f / "checked"
    ),
    "verify folder": lambda f: run(
        verify.main, f / "publication", "--only-check", "--folder", f / "checked"
    ),
    "merge": lambda f: run(
        merge.main, f"a={f}/publication.zip", f"b={f}/there", "--output", f / "merged"
    ),
    "config": lambda f: run(
        parsed(lambda: [experiment_of(p, finished.CATALOGUE) for p in configs(f)])
    ),
    "lock": lambda f: run(parsed(lambda: Environment("cpu", f / "locks/cpu").pins)),
}  # fmt: skip


def configs(folder: Path) -> list[Path]:
    """Return the files that hold experiments."""
    return [folder / "configs/why.yaml", folder / "results/experiment.json"]


@cache
def calm() -> dict[str, tuple[int, str]]:
    """Return what every command says of the undamaged campaign; each must be able to answer."""
    found = {}
    for name, ask in ASK.items():
        with tempfile.TemporaryDirectory() as empty_folder:
            folder = Path(empty_folder)
            shutil.copytree(whole(), folder, dirs_exist_ok=True)
            found[name] = ask(folder)
            assert found[name][0] in (0, 1), found[name]
    return found


@cache
def whole() -> Path:
    """Return the undamaged campaign, made once."""
    folder = Path(tempfile.mkdtemp(prefix="reprise-whole-"))
    make(folder)
    return folder
