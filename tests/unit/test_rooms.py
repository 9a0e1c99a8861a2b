"""The order of the rooms: a package imports only packages that stand above it, in no circle."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from workflows.common.paths import ROOT

ORDER = (
    "common",
    "environments",
    "environments/clients",
    "environments/images",
    "environments/engines",
    "environments/foreign.py",  # it asks an interpreter, as they do
    "environments/new.py",
    "environments/build.py",  # the command: it knows all the engines
    "data",
    "environments/checkup",  # it asks the data's sources, too
    "environments/doctor.py",
    "environments/purge.py",
    "experiment",
    "runs",
    "compare",
    "studies/ablation",
    "studies/costs",
    "studies/cures",
    "studies/differences",
    "studies/forecast.py",  # of all the studies together
    "matrix",
    "check",
    "report",
    "publication",
    "publication/check",
    "publication/verify",
    "publication/merge",
    "history",
    "offline",
    "cli",
    "rules",
    "schemas",
)
"""From the ground up; what stands in no line of its own belongs to the folder that it lies in."""


def code(root: Path) -> dict[str, ast.Module]:
    """Return every file below `workflows/`, read, by its path in there."""
    folder = root / "workflows"
    files = sorted(folder.rglob("*.py"))
    return {path.relative_to(folder).as_posix(): ast.parse(path.read_text()) for path in files}


def imported(node: ast.AST, files: dict[str, ast.Module]) -> set[str]:
    """Return the files of `workflows/` that a statement imports; `import a.b` is no way of ours."""
    if isinstance(node, ast.Import):
        names = {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, f"line {node.lineno}: a relative import"
        below = {f"{node.module}.{alias.name}" for alias in node.names}
        names = {name if _files(name) & set(files) else str(node.module) for name in below}
    else:
        return set()
    return {file for name in names for file in _files(name) & set(files)}


def _files(name: str) -> set[str]:
    """Return the files that the module of that name may be."""
    path = name.removeprefix("workflows").replace(".", "/").strip("/")
    inside = name == "workflows" or name.startswith("workflows.")
    return {f"{path}.py", f"{path}/__init__.py"} if inside else set()


def graph(files: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Return for each file those that it imports anywhere."""
    return {
        file: {each for node in ast.walk(tree) for each in imported(node, files)}
        for file, tree in files.items()
    }


def room(file: str) -> str:
    """Return the room of a file."""
    found = [name for name in ORDER if file == name or file.startswith(f"{name}/")]
    return max(found, key=len, default="")


def homeless(files: dict[str, ast.Module]) -> list[str]:
    """Return the files in no room; the command line needs none, nor what holds no code."""
    return [
        file
        for file, tree in files.items()
        if not room(file) and tree.body and file != "__main__.py"
    ]


def upward(files: dict[str, ast.Module]) -> list[str]:
    """Return the imports of what stands below, or of what stands in no room."""
    rank = {name: number for number, name in enumerate(ORDER)}
    return [
        f"{file} imports {other}"
        for file, others in graph(files).items()
        for other in sorted(others)
        if room(file) and room(other) != room(file) and rank.get(room(other), 99) > rank[room(file)]
    ]


def circle(files: dict[str, ast.Module]) -> list[str]:
    """Return files that import one another in a circle, if there are any."""
    try:
        TopologicalSorter(graph(files)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def late(files: dict[str, ast.Module]) -> list[str]:
    """Return the imports of our own that do not stand at the top, but in a `__main__`."""
    return [
        f"{file}:{node.lineno}"
        for file, tree in files.items()
        if not file.endswith("__main__.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node not in tree.body and imported(node, files)
    ]


def test_every_file_has_a_room() -> None:
    assert not homeless(code(ROOT))


def test_no_room_imports_one_below_it() -> None:
    assert not upward(code(ROOT))


def test_no_files_import_one_another_in_a_circle() -> None:
    assert not circle(code(ROOT))


def test_no_import_is_late() -> None:
    assert not late(code(ROOT))


def test_every_room_is_there() -> None:
    assert not [name for name in ORDER if not (ROOT / "workflows" / name).exists()]


SOUND = {
    "common/files.py": "import json\nfrom pathlib import Path\n",
    "runs/record.py": "from workflows.common import files\n",
    "matrix/model.py": "from workflows.runs.record import Run\n",
    "matrix/collect.py": "import workflows.common.files\nfrom workflows.matrix import model\n",
    "__main__.py": "def main():\n    from workflows.matrix import collect\n",
}


def house(folder: Path, **more: str) -> dict[str, ast.Module]:
    """Return a small house, with some files in another way."""
    for file, text in {**SOUND, **more}.items():
        path = folder / "workflows" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return code(folder)


def test_control_a_sound_house_passes(tmp_path: Path) -> None:
    found = house(tmp_path)
    assert graph(found)["matrix/collect.py"] == {"matrix/model.py", "common/files.py"}
    assert graph(found)["runs/record.py"] == {"common/files.py"}
    assert not [*homeless(found), *upward(found), *circle(found), *late(found)]


@pytest.mark.parametrize(
    "text",
    [
        "from workflows.matrix.model import Matrix\n",
        "from workflows.matrix import model\n",
        "import workflows.matrix.model\n",
        "def f():\n    from workflows.matrix.model import Matrix\n",
    ],
)
def test_an_arrow_back_up_is_seen(tmp_path: Path, text: str) -> None:
    found = house(tmp_path, **{"common/errors.py": text})
    assert upward(found) == ["common/errors.py imports matrix/model.py"]
    assert bool(late(found)) == text.startswith("def")


def test_a_circle_within_a_room_is_seen(tmp_path: Path) -> None:
    found = house(
        tmp_path, **{"matrix/model.py": "def f():\n    from workflows.matrix import collect\n"}
    )
    assert set(circle(found)) == {"matrix/model.py", "matrix/collect.py"}
    assert late(found) == ["matrix/model.py:2"]


def test_a_file_in_no_room_is_seen(tmp_path: Path) -> None:
    found = house(
        tmp_path, **{"other.py": "x = 1", "runs/other.py": "from workflows import other\n"}
    )
    assert homeless(found) == ["other.py"]
    assert upward(found) == ["runs/other.py imports other.py"]
