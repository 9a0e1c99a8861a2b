"""The house's rules: who may import whom, how long a file may be, what text may say."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from workflows.common.paths import ROOT

MODULES = sorted([*ROOT.glob("workflows/**/*.py"), *ROOT.glob("benchmarks/**/*.py")])
TORCH_FREE = {"benchmarks.catalogue", "benchmarks.settings", "benchmarks.contract"}


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    """Return the names of the modules that a file imports."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level else ast.walk(tree)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def roots(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_dependencies_point_one_way(path: Path) -> None:
    found = roots(imports(path))
    if ROOT / "workflows" in path.parents:
        assert not found & {"torch", "torchvision", "benchmarks"}
    else:
        assert not found & {"workflows", "yaml", "pydantic", "snakemake"}


def test_the_catalogue_needs_no_torch() -> None:
    for name in TORCH_FREE:
        path = ROOT / f"{name.replace('.', '/')}.py"
        assert not roots(imports(path, top_level=True)) & {"torch", "torchvision", "numpy"}


def test_control_the_check_sees_imports(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def f():\n    import torch.nn\n    from benchmarks.run import main\n")
    assert imports(planted) == {"torch.nn", "benchmarks.run"}
    assert imports(planted, top_level=True) == set()


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_files_stay_small() -> None:
    long = [str(path) for path in [*MODULES, *ROOT.glob("tests/**/*.py")] if lines(path) > 300]
    long += [str(p) for p in ROOT.glob("workflows/rules/*.smk") if lines(p) > 150]
    assert not long
    assert lines(ROOT / "Snakefile") <= 60


def misnamed(root: Path) -> list[str]:
    """Return the unit tests of a room whose names begin with no module of it, nor with its own."""
    found = []
    for path in sorted(root.glob("tests/unit/*/**/test_*.py")):
        inside = path.parent.relative_to(root / "tests" / "unit")
        room = root / inside if (root / inside).is_dir() else root / "workflows" / inside
        names = {room.name} | {each.stem for each in room.rglob("*")}
        topic = path.stem.removeprefix("test_")
        if not room.is_dir() or not any(f"{topic}_".startswith(f"{name}_") for name in names):
            found.append(path.relative_to(root).as_posix())
    return found


def test_the_unit_tests_mirror_the_house() -> None:
    assert not misnamed(ROOT)


def test_control_the_mirror_is_held_against_the_house(tmp_path: Path) -> None:
    for name in (
        "workflows/data/cifar10.py",
        "benchmarks/harness/trace.py",
        "tests/unit/test_rooms.py",
        "tests/unit/data/test_data.py",
        "tests/unit/data/test_cifar10.py",
        "tests/unit/data/test_cifar10_absent.py",
        "tests/unit/benchmarks/harness/test_trace.py",
        "tests/unit/data/test_cifar100.py",
        "tests/unit/gone/test_gone.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert misnamed(tmp_path) == [
        "tests/unit/data/test_cifar100.py",
        "tests/unit/gone/test_gone.py",
    ]
