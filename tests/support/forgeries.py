"""Forgeries of the wide campaign of tests/support/finished.py, with what the refusal of each must
say.
"""

from __future__ import annotations

from functools import partial

from tests.support.forging import (
    EXPERIMENT,
    MATRIX,
    PLAN,
    TOY,
    Forgery,
    asked,
    copied,
    first,
    held,
    image,
    json_of,
    missed,
    native,
    of_cell,
    of_matrix,
    of_record,
    packages,
    planted,
    processor,
    strict_as,
    text,
    without,
    write,
)

NO_LOSS = {"minimum": 0.0, "maximum": 0.0, "standard_deviation": 0.0}

EITHER = [
    *map(text, ("matrix.md", "matrix.csv", "badge.svg", "badge.json", "junit.xml", "README.md")),
    *map(text, ("CHECKLIST.md", "ARTIFACT.md", ".zenodo.json", "codemeta.json")),
    text("sbom/cpu.cdx.json"),
    *map(text, ("ro-crate-metadata.json", "pictures/matrix.svg", "CITATION.cff", "Snakefile")),
    Forgery("repeats", of_cell("seeded", repeats=10000), "repeats: 10000, "),
    Forgery("bound", of_cell("seeded", divergence_below=0.0003), "divergence_below: 0.0003, "),
    Forgery("distinct", of_cell("unseeded", distinct=1), "distinct: 1, its "),
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
    Forgery("strict as seeded", partial(strict_as, "seeded"), "toy/seeded/baseline/0: settings: "),
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
    Forgery("a reason", of_record("seeded/baseline/0", lambda r: r.update(reason="x")), "says why"),
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
    Forgery("strict as unseeded", partial(strict_as, "unseeded"), "unseeded/baseline/0: settings"),
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
