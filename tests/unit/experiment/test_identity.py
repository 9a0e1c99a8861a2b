"""The identity of a run: whatever it executes counts, and nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import commands
from workflows.common import imports
from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.experiment import identity
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.specification import RunSpecification


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of `benchmarks/`, to change it."""
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    return tmp_path


def digest(root: Path, name: str) -> str:
    identity.forget()
    return identity.code_digest(f"benchmarks/{name}.py", root)


def test_a_run_executes_its_benchmark_and_all_that_this_imports() -> None:
    toy = set(identity.code_files("benchmarks/toy.py"))
    parts = ["__init__", "catalogue", "contract", "cpuid", "described", "entropy", "flow", "frames"]
    parts += ["run", "setting", "spawned/__init__", "spawned/sitecustomize", "toy", "weights"]
    harness = (ROOT / "benchmarks" / "harness").glob("*.py")
    parts += ["arrival", *(f"harness/{path.stem}" for path in harness)]
    recording = (ROOT / "benchmarks" / "harness" / "operators").glob("*.py")
    parts += [f"harness/operators/{path.stem}" for path in recording]
    assert toy == {f"benchmarks/{part}.py" for part in parts}
    cifar10 = set(identity.code_files("benchmarks/cifar10.py"))
    assert cifar10 - toy == {f"benchmarks/{part}.py" for part in ("cifar10", "datasets", "loaders")}


@pytest.mark.parametrize(
    "part", ["harness/trace", "catalogue", "setting", "datasets", "loaders", "cifar10"]
)
def test_every_part_counts_whatever_its_age(copy: Path, part: str) -> None:
    before = digest(copy, "cifar10")
    path = copy / "benchmarks" / f"{part}.py"
    text, age = path.read_text(), path.stat()
    path.write_text(text + "# changed\n")
    os.utime(path, ns=(age.st_atime_ns, 0))  # an older file that was put back
    assert digest(copy, "cifar10") != before
    path.write_text(text)
    assert digest(copy, "cifar10") == before, "control: the same text is the same code"


def test_a_helper_of_a_users_own_benchmark_counts(copy: Path) -> None:
    (copy / "benchmarks" / "mine.py").write_text("from benchmarks import helper\n")
    (copy / "benchmarks" / "helper.py").write_text("X = 1\n")
    before = digest(copy, "mine")
    (copy / "benchmarks" / "helper.py").write_text("X = 2\n")
    assert digest(copy, "mine") != before


def test_every_file_of_a_command_counts_and_what_watches_it(copy: Path) -> None:
    folder = commands.write(copy, "mine")
    (folder / "deep").mkdir()
    (folder / "deep" / "rates.csv").write_text("0.1\n")
    files = identity.code_files("benchmarks/commands/mine.py", copy)
    own = {"mine.py", "mine/train.py", "mine/own.py", "mine/deep/rates.csv"}
    assert {f"benchmarks/commands/{name}" for name in own} <= {*files}
    watching = {"run", "benched", "begin", "watcher", "carry", "ours", "start/sitecustomize"}
    assert {f"benchmarks/harness/unchanged/{name}.py" for name in watching} <= {*files}
    before, toy = digest(copy, "commands/mine"), digest(copy, "toy")
    for name in ("mine/train.py", "mine/deep/rates.csv", "mine.py"):
        path = copy / "benchmarks" / "commands" / name
        text = path.read_text()
        path.write_text(text + "\n")
        assert digest(copy, "commands/mine") != before, name
        path.write_text(text)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "own.pyc").write_text("compiled")
    assert digest(copy, "commands/mine") == before, "control"
    assert digest(copy, "toy") == toy, "no other benchmark's"


def test_an_edit_under_way_makes_a_run_not_count() -> None:
    catalogue = Catalogue.read()
    run = RunSpecification(
        environment="cpu", device="cpu", benchmark="toy", configuration="seeded",
        variation="baseline", repeat=0, seed=3, steps=1, options={}, threads=1,
        settings=["torch-seed"],
    )  # fmt: skip
    identity.check_unedited(run, identity.identity(run, catalogue))
    with pytest.raises(UserError, match="was edited while this was under way"):
        identity.check_unedited(run, "0" * 64)
    for gone in ({"benchmark": "gone"}, {"settings": ["gone"]}):
        with pytest.raises(UserError, match="was edited while this was under way"):
            identity.check_unedited(run.model_copy(update=gone), "0" * 64)


def test_it_is_asked_once_for_the_same_files(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: Iterator[Any] = iter(["first", "second"])
    monkeypatch.setattr(Catalogue, "read", lambda: next(answers))
    found: list[Any] = [identity._listed(files) for files in ("a", "a", "b", "a")]
    assert found == ["first", "first", "second", "first"]
    identity._listed.cache_clear()


def test_a_helper_anywhere_in_the_project_counts_with_its_packages(copy: Path) -> None:
    (copy / "benchmarks" / "mine.py").write_text("def train():\n    from own.deep.part import x\n")
    (copy / "own" / "deep").mkdir(parents=True)
    for name in ("own/__init__.py", "own/deep/part.py", "other.py", "math.txt"):
        (copy / name).write_text("")
    (copy / "own" / "deep" / "part.py").write_text("import other, math\n")
    expected = ["benchmarks/mine.py", "other.py", "own/__init__.py", "own/deep/part.py"]
    identity.forget()
    assert imports.closure("benchmarks/mine.py", root=copy) == expected
    for name in expected:
        before = digest(copy, "mine")
        (copy / name).write_text((copy / name).read_text() + "# changed\n")
        assert digest(copy, "mine") != before, name
    before = digest(copy, "mine")
    (copy / "math.txt").write_text("# changed")
    (copy / "own" / "unused.py").write_text("# changed")
    assert digest(copy, "mine") == before, "control: what it does not import"
    (copy / "own" / "deep" / "__init__.py").write_text("")
    assert digest(copy, "mine") != before, "a package that was none before"


def test_what_benchmarks_import_from_elsewhere_travels_with_them(copy: Path) -> None:
    assert identity.helpers() == [] == identity.helpers(copy)
    (copy / "benchmarks" / "probes" / "mine.py").write_text("from own import part\n")
    (copy / "own").mkdir()
    (copy / "own" / "part.py").write_text("")
    (copy / "unused.py").write_text("")
    identity.forget()
    assert identity.helpers(copy) == ["own/part.py"]


def test_a_file_that_is_no_python_counts_by_its_content(copy: Path) -> None:
    (copy / "benchmarks" / "mine.py").write_text("import broken\n")
    (copy / "broken.py").write_bytes(b"def\xff(:\n")
    before = digest(copy, "mine")
    (copy / "broken.py").write_bytes(b"def\xfe(:\n")
    assert digest(copy, "mine") != before


@pytest.mark.parametrize(
    "line",
    [
        "if x: pass\nelse:\n import benchmarks.helper",
        "try: pass\nexcept x:\n import benchmarks.helper",
        "try: pass\nfinally:\n import benchmarks.helper",
        "try: pass\nexcept* x:\n import benchmarks.helper",
        "for x in y: pass\nelse:\n while y:\n  with x:\n   import benchmarks.helper",
        "match x:\n case 1:\n  import benchmarks.helper",
        "class C:\n async def f():\n  async with x:\n   import benchmarks.helper",
        "from benchmarks.helper import x",
        "from .helper import x",
        "from . import helper",
        "import benchmarks.helper",
    ],
)
def test_every_way_to_import_counts(tmp_path: Path, line: str) -> None:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "mine.py").write_text(f"{line}\n")
    (folder / "helper.py").write_text("import math\n")
    found = imports.closure("benchmarks/mine.py", root=tmp_path)
    assert found == ["benchmarks/helper.py", "benchmarks/mine.py"]
    identity.forget()
    (folder / "mine.py").write_text("import math\n")
    assert imports.closure("benchmarks/mine.py", root=tmp_path) == ["benchmarks/mine.py"]
