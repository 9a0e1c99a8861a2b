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
    long = [str(path) for path in MODULES if lines(path) > 300]
    long += [str(p) for p in ROOT.glob("workflows/rules/*.smk") if lines(p) > 150]
    assert not long
    assert lines(ROOT / "Snakefile") <= 60
