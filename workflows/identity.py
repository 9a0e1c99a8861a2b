"""The identity of a run: everything of this project that it executes, as one digest.

Code counts by its content, not by its age, and with all that it imports from `benchmarks`; of
the settings only the ones that the run uses count.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from workflows.catalogue import Catalogue
from workflows.errors import UserError
from workflows.files import digest
from workflows.places import ROOT
from workflows.specification import RunSpecification
from workflows.sums import sha256

RUNNER = "benchmarks/run.py"
# Settings are counted one by one, and sets of them by what they hold.
NOT_COUNTED = ("benchmarks/settings.py", "benchmarks/sets.py")


def imports(path: Path, root: Path, package: str) -> set[str]:
    """Return the files of a package that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in _statements(path.read_text(encoding="utf-8")):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        else:
            parts = path.relative_to(root).parts[: -node.level] if node.level else ()
            base = ".".join([*parts, *([node.module] if node.module else [])])
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    stems = [name.replace(".", "/") for name in names if name.startswith(f"{package}.")]
    files = {f"{stem}{end}" for stem in stems for end in (".py", "/__init__.py")}
    return {file for file in files if (root / file).is_file()}


@cache
def _statements(text: str) -> list[ast.Import | ast.ImportFrom]:
    """Return the import statements of a file's text; parsed once, as many stages ask."""
    found = ast.walk(ast.parse(text))
    return [node for node in found if isinstance(node, ast.Import | ast.ImportFrom)]


def closure(*files: str, root: Path = ROOT) -> list[str]:
    """Return files with all that they import, however far, from the package of the first."""
    package = files[0].partition("/")[0]
    found: set[str] = set()
    ahead = set(files)
    while ahead:
        file = ahead.pop()
        found.add(file)
        ahead |= imports(root / file, root, package) - found
    return sorted(found)


def code_files(benchmark: str, root: Path = ROOT) -> list[str]:
    """Return the files that a run of the benchmark in the file `benchmark` executes."""
    return [file for file in closure(benchmark, RUNNER, root=root) if file not in NOT_COUNTED]


@cache
def code_digest(benchmark: str, root: Path = ROOT) -> str:
    """Return the SHA-256 over the paths and contents of those files."""
    return digest({file: sha256(root / file) for file in code_files(benchmark, root)})


def identity(run: RunSpecification, catalogue: Catalogue) -> str:
    """Return the SHA-256 over a run's code and the settings that it uses."""
    code = code_digest(catalogue.benchmarks[run.benchmark].file)
    return digest([code, {name: catalogue.settings[name].digest for name in run.settings}])


def check(run: RunSpecification, expected: str) -> None:
    """Raise `UserError` unless the code and settings of `run` are still the expected ones."""
    code_digest.cache_clear()
    if identity(run, Catalogue.read()) != expected:
        raise UserError(
            f"{run.path}: benchmarks/ was edited while this was under way; its run does not count; "
            "give the same command again"
        )
