"""Forgeries of a publication: each a small change to an unpacked one, whose sums are made anew."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests import finished, real
from tests.tampering import rewrite

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


def all_of(*forges: Forge) -> Forge:
    def forge(folder: Path) -> None:
        for each in forges:
            each(folder)

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


NO_LOSS = {"minimum": 0.0, "maximum": 0.0, "standard_deviation": 0.0}

EITHER = [
    *map(text, ("matrix.md", "matrix.csv", "badge.svg", "badge.json", "junit.xml", "README.md")),
    *map(text, ("ro-crate-metadata.json", "pictures/matrix.svg", "CITATION.cff", "Snakefile")),
    Forgery("repeats", of_cell("seeded", repeats=10000), "repeats: 10000, "),
    Forgery("bound", of_cell("seeded", divergence_below=0.0003), "divergence_below: 0.0003, "),
    Forgery("loss", of_cell("seeded", final_loss=NO_LOSS), "final_loss: minimum: 0.0, "),
    Forgery("machine", of_cell("seeded", machines=["Abacus, AVX512"]), 'machines: ["Abacus'),
    Forgery("steps", of_cell("seeded", steps=10**6), "steps: 1000000, "),
    Forgery("agreement", of_cell("strict", published=None), "published: null, "),
    Forgery("letters", of_cell("strict", classes=["B"] * 3), "cpu/cpu/toy/"),
    Forgery("a cell dropped", without("cells", 1), "cpu/cpu/toy/seeded/baseline"),
    Forgery("a cell hidden", without("cells", 0), "cells[cpu/cpu/toy/unseeded/baseline]: is not"),
    Forgery("a control removed", of_matrix(controls=[], validity="valid"), "controls"),
    Forgery("missed, but valid", json_of(MATRIX, missed), "controls"),
    Forgery("unproven", of_matrix(validity="unproven"), "matrix.json: "),
    Forgery("started", of_matrix(started="2029-01-01T00:00:00+00:00"), "started: 2029-01-01"),
    Forgery("engine", of_matrix(engine="docker"), "engine: docker, "),
    Forgery("why", of_matrix(why="independently certified"), "why: independently certified, "),
    Forgery("left out", of_matrix(left_out=["cuda: explodes"]), "left_out: "),
    Forgery("a variation removed", without("kept"), "kept"),
    Forgery("a variation lost", first("kept", answer="lost"), "answer: lost, "),
    Forgery("a probe removed", without("probes"), "probes"),
    Forgery("the experiment", json_of(EXPERIMENT, lambda e: e.update(seed=4)), "seed: 4, plan"),
    Forgery("the plan", json_of(PLAN, lambda p: p["plan"]["runs"].pop(1)), "plan"),
    Forgery("a seed of all", asked(seed=4), "seed: 3, its experiment says 4"),
    Forgery("more repeats", asked(repeats={"toy": 5}), "3 runs, its experiment says 5"),
    Forgery(
        "a definition", asked(configurations=["unseeded", {"seeded": ["hash-seed"]}, "strict"]),
        'settings: ["torch-seed"], its experiment says ["hash-seed"]',
    ),
    Forgery("strict as seeded", partial(strict_as, "seeded"), "settings"),
    Forgery("never emulated", native, "asked was an emulated Haswell, but the run held Intel"),
    Forgery("threads", held("strict/baseline/0", "flags", threads=8), "threads = 8, asked was 1"),
    Forgery(
        "deterministic", held("strict/baseline/0", "flags", deterministic_algorithms=False),
        "held deterministic_algorithms = False, asked was True",
    ),
    Forgery(
        "hash seed", held("strict/baseline/0", "variables", PYTHONHASHSEED=None),
        "held PYTHONHASHSEED=None, asked was 3",
    ),
    Forgery(
        "a cap", held("seeded/baseline/0", "variables", MKL_CBWR="COMPATIBLE"),
        "held MKL_CBWR=COMPATIBLE, asked was none",
    ),
    Forgery(
        "instruction set", held("seeded/baseline/0", "processor", flags="avx avx2 sse"),
        "PyTorch saw AVX512, but",
    ),
    Forgery("torch", held("seeded/baseline/0", "versions", torch="9.9"), "held torch 9.9, its"),
    Forgery(
        "no seed", held("seeded/baseline/0", "flags", initial_seed=12345),
        "held initial_seed = 12345, asked was 3",
    ),
    Forgery(
        "not applied", of_record("seeded/baseline/0", lambda r: r.update(settings={})),
        "asked were the settings ['torch-seed'], but [] were applied",
    ),
    Forgery(
        "another seed", of_record("seeded/baseline/0", lambda r: r["run"].update(seed=7)),
        "seed: 7, plan.json says 3",
    ),
    Forgery(
        "other code", of_record("seeded/baseline/0", lambda r: r.update(identity="0" * 64)),
        "identity: is not the one that plan.json names",
    ),
    Forgery("python", image(python="3.14.0"), "held python 3.11.7, its image has 3.14.0"),
    Forgery("a package", packages(numpy="9.0"), "packages: numpy: 9.0, its lock says"),
    Forgery("one package more", packages(backdoor="1.0"), "packages: backdoor: 1.0, its lock says"),
    Forgery("contents", image(content_digest="1" * 64), "not in the image of cpu"),
    Forgery("not pinned", image(pinned=False), "pinned: not as its engine has it"),
    Forgery("data", write("data/cifar10.json", "{}"), "data/cifar10.json: schema_version: null"),
    Forgery("a file", write("extra.txt", "hello"), "extra.txt: is no file that a publication"),
    Forgery("a page", write("index.html", "hello"), "index.html: is no file that a publication"),
    Forgery("a trace", write(f"traces/{'0' * 64}.npz", ""), "no record names this trace"),
    Forgery("a record", write(f"runs/{TOY}/strict/baseline/9.json", "{}"), "is not a record that"),
]  # fmt: skip
"""Forgeries of a publication that is whole, or brief."""

WHOLE = [
    *map(text, ("report.html", "pictures/losses/toy.svg")),
    Forgery("distinct", of_cell("unseeded", distinct=1), "distinct: 1, its records say 3"),
    Forgery("a verdict", of_cell("unseeded", verdict="identical"), "verdict: identical, its"),
    Forgery("where", of_cell("unseeded", first_difference=None), "first_difference: null, its"),
    Forgery("a step's time", of_cell("seeded", step_seconds=1e-9), "step_seconds: 1e-09, its"),
    Forgery("a cause", of_cell("unseeded", cause=None), "cause: null, its records say"),
    Forgery(
        "a cell renamed", of_cell("seeded", configuration="article"),
        "names 'runs/cpu/cpu/toy/seeded/baseline/0.json', which is not a record of its own",
    ),
    Forgery("a probe", first("probes", finding="not provoked"), "finding: not provoked, its"),
    Forgery(
        "the machine", json_of(MATRIX, lambda m: m["machine"]["processor"].update(model="Abacus")),
        "machine: processor: model: Abacus, its records say Intel",
    ),
    Forgery("processors", processor, "machine: processor: model: Intel"),
    Forgery("strict as unseeded", partial(strict_as, "unseeded"), "settings"),
    Forgery("one run copied", copied, "one run, copied"),
    Forgery("a bit", planted, "matrix.json: cells["),
    Forgery(
        "a crash", of_record("unseeded/baseline/0", lambda r: r.update(status="failed")),
        "verdict: differs, its records say failed",
    ),
    Forgery(
        "other lines", of_record("seeded/baseline/0", lambda r: r.update(printed=["99 1.0"])),
        "cells[cpu/cpu/toy/",
    ),
    Forgery(
        "a time", of_record(
            "seeded/baseline/0", lambda r: r["timing"].update(started="2020-01-01T00:00:00+00:00")
        ),
        "started: 2026-11-24T03:06:17+00:00, its records say 2020-01-01T00:00:00+00:00",
    ),
    Forgery("no image", of_matrix(images={}), "the matrix has no image of cpu"),
]  # fmt: skip
"""Forgeries of what only a whole publication can be held to."""


def with_code(digest: str) -> Forge:
    """Claim that other code made it."""
    return json_of("publication.json", lambda manifest: manifest.update(code=digest))
