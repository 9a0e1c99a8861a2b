"""Damage to the files of a finished campaign, by a seeded generator, and what then must not be.

`python -m tests.support.damage FIRST COUNT` carries out so many cases from a first one, and counts.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

from tests.support import finished
from workflows.common.errors import command
from workflows.common.files import write_json
from workflows.common.paths import CONTAINERS, ROOT
from workflows.compare import __main__ as compare___main__
from workflows.environments.definition import Environment
from workflows.experiment.catalogue import Catalogue
from workflows.history import campaign
from workflows.history import timeline as history
from workflows.matrix import collect, retry, show
from workflows.offline.pack import experiment_of
from workflows.publication import publish
from workflows.publication.merge import __main__
from workflows.publication.verify import __main__ as verify
from workflows.report import page, pictures
from workflows.runs.record import RunRecord
from workflows.studies.differences import run as closer
from workflows.studies.differences.plan import pairs

RUN = "runs/cpu/cpu/toy"
SEED = 20261126


def make(folder: Path) -> None:
    """Lay a finished campaign, its history, its publication, locks and configs into a folder."""
    results = finished.records(folder / "results")
    if hasattr(RunRecord, "parse"):
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
        record["held"]["processor"]["model"] = "Another"
        write_json(path, record)
    finished.judge(there)
    shutil.copytree(CONTAINERS / "cpu", folder / "locks" / "cpu")
    (folder / "configs").mkdir()
    shutil.copy(ROOT / "config" / "why.yaml", folder / "configs" / "why.yaml")


def flip(random: Random, content: bytes) -> bytes:
    """Flip one to three bits."""
    changed = bytearray(content)
    for _ in range(random.randint(1, 3)):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(random: Random, content: bytes) -> bytes:
    """Leave the first bytes."""
    return content[: random.randrange(len(content))]


def between(random: Random, content: bytes) -> tuple[int, int]:
    """Return a range of bytes."""
    start = random.randrange(len(content))
    return start, min(len(content), start + random.randint(1, 400))


def zero(random: Random, content: bytes) -> bytes:
    """Zero a range."""
    start, end = between(random, content)
    return content[:start] + bytes(end - start) + content[end:]


def twice(random: Random, content: bytes) -> bytes:
    """Write a range twice."""
    start, end = between(random, content)
    return content[:end] + content[start:]


def noise(random: Random, content: bytes) -> bytes:
    """Write random bytes instead of all, or of a range."""
    if random.random() < 0.3:
        return random.randbytes(random.randint(1, 3000))
    start, end = between(random, content)
    return content[:start] + random.randbytes(end - start) + content[end:]


def empty(_random: Random, _content: bytes) -> bytes:
    """Leave nothing."""
    return b""


BYTES = [flip, flip, cut, zero, twice, noise, empty]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give every container in a value, with each of its keys or indices."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def other(random: Random, value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + random.choice([-1, 1, 1000, 2**70])
    if isinstance(value, float):
        return random.choice([value + 1, -value, value * (1 + 2**-40), float("nan"), float("inf")])
    if isinstance(value, str):
        return random.choice([value + "x", value[::-1], "", "\x00\x1b[2J\n", "identical", "é" * 99])
    return type(value)()


def wrong(random: Random, value: Any) -> Any:
    """Return a value of another type."""
    kinds: list[Any] = [None, True, 7, -0.5, "text", "\ud800", [], {}, [[1]], {"a": {"b": None}}]
    return random.choice([each for each in kinds if type(each) is not type(value)])


def changed(random: Random, content: bytes) -> bytes:
    """Change one value of a JSON file, or remove one of its keys."""
    value = json.loads(content)
    part = random.choice(list(value))  # first a part, so that a large one does not have them all
    inside = value[part] if isinstance(value[part], dict | list) else {}
    where, key = random.choice([(value, part), *places(inside)])
    how = random.choice(["delete", "other", "other", "wrong", "deep"])
    if how == "delete":
        del where[key]
    elif how == "deep":
        where[key] = "HERE"
    else:
        where[key] = (other if how == "other" else wrong)(random, where[key])
    depth = random.choice([50, 300, 100_000])
    return json.dumps(value).replace('"HERE"', "[" * depth + "]" * depth).encode()


class Case(NamedTuple):
    """One case: the file that is damaged, how, and what is then asked."""

    target: str
    how: str
    asked: str


def damage(random: Random, path: Path, alike: list[Path]) -> str:
    """Damage one file; return how."""
    if random.random() < 0.06:
        path.unlink()
        path.mkdir()
        return "a folder in its place"
    if random.random() < 0.08 and alike:
        shutil.copyfile(random.choice(alike), path)
        return "another in its place"
    content = path.read_bytes()
    if path.suffix == ".json" and random.random() < 0.6:
        done = changed(random, content)
    else:
        done = random.choice(BYTES)(random, content)
    path.write_bytes(done)
    return "the same" if done == content else "damaged"


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
        compare___main__.main, *(f / f"results/{RUN}/seeded/baseline/{n}.json" for n in (0, 1))
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
        __main__.main, f"a={f}/publication.zip", f"b={f}/there", "--output", f / "merged"
    ),
    "config": lambda f: run(
        parsed(lambda: [experiment_of(p, finished.CATALOGUE) for p in configs(f)])
    ),
    "lock": lambda f: run(parsed(lambda: Environment("cpu", f / "locks/cpu").pins)),
}  # fmt: skip


def configs(folder: Path) -> list[Path]:
    """Return the files that hold experiments."""
    return [folder / "configs/why.yaml", folder / "results/experiment.json"]


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
    if case.asked == "closer":  # what it writes names its own file; the difference is told second
        same = said.splitlines()[1] == calm()["closer"][1].splitlines()[1]
        return None if same or "nothing to compare" in said else f"tells {said[:200]}"
    return None if (code, said) == calm()[case.asked] else f"tells something else: {said[:200]}"


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
