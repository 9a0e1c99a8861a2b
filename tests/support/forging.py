"""Forgeries of a publication: each a small change to an unpacked one, whose sums are made anew."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.support import finished, real
from tests.support.tampering import rewrite

Forge = Callable[[Path], None]
TOY = "cpu/cpu/toy"
MATRIX, PLAN, EXPERIMENT = "matrix.json", "plan.json", "experiment.json"


class Forgery(NamedTuple):
    """What is forged, and what the refusal must name."""

    name: str
    forge: Forge
    words: str


def text(name: str) -> Forgery:
    """Return the forgery of a page: the same, and one sentence more."""

    def forge(folder: Path) -> None:
        with (folder / name).open("a") as file:
            file.write("<!-- Certified. -->")

    return Forgery(name, forge, f"{name}: is not what its own matrix and records give")


def json_of(name: str, change: Callable[[dict[str, Any]], Any]) -> Forge:
    return lambda folder: rewrite(folder / name, change)


def of_matrix(**fields: Any) -> Forge:
    return json_of(MATRIX, lambda matrix: matrix.update(fields))


def of_cell(cell: str, **fields: Any) -> Forge:
    """Change fields of one cell of the matrix."""
    return json_of(MATRIX, lambda matrix: one(matrix["cells"], cell).update(fields))


def one(cells: list[dict[str, Any]], name: str) -> dict[str, Any]:
    configuration, _, variation = name.partition("/")
    wanted = (configuration, variation or "baseline")
    return next(c for c in cells if (c["configuration"], c["variation"]) == wanted)


def of_record(path: str, change: Callable[[dict[str, Any]], Any]) -> Forge:
    return json_of(f"runs/{TOY}/{path}.json", change)


def held(path: str, part: str, **values: Any) -> Forge:
    """Change what a record says that held; None takes a value away."""

    def change(record: dict[str, Any]) -> None:
        found = record["held"][part]
        found |= values
        for name in [name for name in values if values[name] is None]:
            del found[name]

    return of_record(path, change)


def asked(**fields: Any) -> Forge:
    """Change the experiment, everywhere that it stands."""

    def forge(folder: Path) -> None:
        rewrite(folder / EXPERIMENT, lambda value: value.update(fields))
        for name in (MATRIX, PLAN):
            rewrite(folder / name, lambda value: value["experiment"].update(fields))

    return forge


def every_run(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change what was asked of every run, in plan and records."""

    def of_plan(plan: dict[str, Any]) -> None:
        for run in plan["plan"]["runs"]:
            change(run)

    rewrite(folder / PLAN, of_plan)
    for path in (folder / "runs").rglob("*.json"):
        rewrite(path, lambda record: change(record["run"]))


def settings_of(configuration: str, settings: list[str]) -> Callable[[dict[str, Any]], None]:
    def change(run: dict[str, Any]) -> None:
        if (run["configuration"], run["benchmark"]) == (configuration, "toy"):
            run["settings"] = settings

    return change


def strict_as(name: str, folder: Path) -> None:
    """Put the runs of `strict` under another name, in records, plan and matrix."""
    settings = finished.CATALOGUE.configurations["strict"]
    for repeat in range(3):
        source = folder / f"runs/{TOY}/strict/baseline/{repeat}.json"
        target = folder / f"runs/{TOY}/{name}/baseline/{repeat}.json"
        if not source.exists():
            continue
        record = json.loads(source.read_text())
        record["run"]["configuration"] = name
        record["timing"]["seconds"] += 1  # no copy
        identity = json.loads(target.read_text())["identity"]
        target.write_text(json.dumps(record | {"identity": identity}))
    every_run(folder, settings_of(name, settings))

    def of_it(matrix: dict[str, Any]) -> None:
        found, strict = one(matrix["cells"], name), one(matrix["cells"], "strict")
        kept = {key: found[key] for key in ("configuration", "records")}
        found.update({**strict, **kept})

    rewrite(folder / MATRIX, of_it)
    tidy(folder)


def tidy(folder: Path) -> None:
    """Take away the traces that no record names any more."""
    records = [json.loads(path.read_text()) for path in (folder / "runs").rglob("*.json")]
    named = {record["trace"]["sha256"] for record in records}
    for path in (folder / "traces").iterdir():
        if path.name.partition(".")[0] not in named:
            path.unlink()


def copied(folder: Path) -> None:
    """Put one run under all repeats of its cell."""
    source = folder / f"runs/{TOY}/strict/baseline/0.json"
    for repeat in (1, 2):
        record = json.loads(source.read_text())
        record["run"]["repeat"] = repeat
        source.with_name(f"{repeat}.json").write_text(json.dumps(record))


def native(folder: Path) -> None:
    """Have an emulated run held the publisher's own processor."""
    own = json.loads(real.path("seeded", 0).read_text())["held"]
    for path in (folder / f"runs/{TOY}/seeded/emulated").glob("*.json"):
        rewrite(path, lambda record: record["held"].update(processor=own["processor"]))
        rewrite(path, lambda record: record["held"]["flags"].update(cpu_capability="AVX512"))


def processor(folder: Path) -> None:
    """Name another processor in all records."""
    for path in (folder / "runs").rglob("*.json"):
        if json.loads(path.read_text())["held"]:  # a run that could not be has none
            rewrite(path, lambda record: record["held"]["processor"].update(model="Abacus"))


def image(**fields: Any) -> Forge:
    """Change an image's record, and the matrix with it."""

    def forge(folder: Path) -> None:
        rewrite(folder / "images/cpu.json", lambda value: value.update(fields))
        rewrite(folder / MATRIX, lambda matrix: matrix["images"]["cpu"].update(fields))

    return forge


def packages(**versions: str) -> Forge:
    return image(packages=finished.image().packages | versions)


def write(name: str, content: str) -> Forge:
    def forge(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)

    return forge


def planted(folder: Path) -> None:
    """Plant a bit in a seeded run's trace, hash and all."""
    path = f"{TOY}/seeded/baseline/0"
    record = folder / f"runs/{path}.json"
    trace = folder / f"traces/{json.loads(record.read_text())['trace']['sha256']}.npz"
    shutil.copyfile(trace, record.with_suffix(".npz"))
    finished.plant(folder, path, 50, 2)
    found = json.loads(record.read_text())["trace"]["sha256"]
    record.with_suffix(".npz").rename(folder / f"traces/{found}.npz")


def without(key: str, index: int = 0) -> Forge:
    return json_of(MATRIX, lambda matrix: matrix[key].pop(index))


def first(key: str, **fields: Any) -> Forge:
    return json_of(MATRIX, lambda matrix: matrix[key][0].update(fields))


def missed(matrix: dict[str, Any]) -> None:
    matrix["controls"][0].update(outcome="missed", found=None, reason="was not found at all")


def with_code(digest: str) -> Forge:
    """Claim that other code made it."""
    return json_of("publication.json", lambda manifest: manifest.update(code=digest))
