"""The identity of a run: everything of this project that it executes, as one digest.

Code counts by its content, not by its age, and with all that it imports from the project's
folder; of the settings only the ones that the run uses count. What else a run imports or reads,
only the run itself can tell: see `workflows.experiment.reads`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.common.imports import closure, files_of
from workflows.common.paths import ROOT
from workflows.common.sums import sha256
from workflows.experiment.catalogue import Catalogue, signature
from workflows.experiment.reads import static
from workflows.experiment.specification import RunSpecification

RUNNER = "benchmarks/run.py"
COMMANDS = "benchmarks/commands/"
"""Where benchmarks lie that are commands, each with the folder of its program's files."""
OF_COMMANDS = "benchmarks/harness/unchanged/"
# Settings are counted one by one, and sets of them by what they hold.
NOT_COUNTED = tuple(
    f"benchmarks/{name}.py"
    for name in ("settings", "arithmetic", "outside", "configurations", "variations")
)


def code_files(benchmark: str, root: Path = ROOT) -> list[str]:
    """Return the files that a run of the benchmark in the file `benchmark` executes."""
    found = closure(benchmark, RUNNER, root=root)
    if benchmark.startswith(COMMANDS):
        watched = [f"{OF_COMMANDS}{name}.py" for name in ("run", "begin", "start/sitecustomize")]
        ours = [f"{OF_COMMANDS}ours.py", *watched]
        found = [*closure(*found, *ours, root=root), *program_files(benchmark, root)]
    return [file for file in found if file not in NOT_COUNTED]


def program_files(benchmark: str, root: Path = ROOT) -> list[str]:
    """Return the files of the program of a benchmark that is a command, by their paths in `root`.

    A run gets a copy of each.
    """
    folder = (root / benchmark).with_suffix("")
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    names = [path.relative_to(root) for path in files if "__pycache__" not in path.parts]
    return sorted(name.as_posix() for name in names)


def helpers(root: Path = ROOT) -> list[str]:
    """Return the files outside of `benchmarks/` that something in it imports."""
    own = [path.relative_to(root).as_posix() for path in (root / "benchmarks").rglob("*.py")]
    return [file for file in closure(*own, root=root) if not file.startswith("benchmarks/")]


@cache
def code_digest(benchmark: str, root: Path = ROOT) -> str:
    """Return the SHA-256 over the paths and contents of those files."""
    return digest({file: sha256(root / file) for file in code_files(benchmark, root)})


def identity(run: RunSpecification, catalogue: Catalogue) -> str:
    """Return the SHA-256 over a run's code and the settings that it uses."""
    code = code_digest(catalogue.benchmarks[run.benchmark].file)
    return digest([code, {name: catalogue.settings[name].digest for name in run.settings}])


def uncounted(
    read: Mapping[str, str], run: RunSpecification, catalogue: Catalogue, root: Path = ROOT
) -> dict[str, str]:
    """Return those of the files that a run read that its identity does not cover."""
    covered = closure(catalogue.benchmarks[run.benchmark].file, RUNNER, root=root)
    return {name: read[name] for name in read if name not in covered}


def forget() -> None:
    """Look at the files again the next time that somebody asks."""
    code_digest.cache_clear()
    files_of.cache_clear()


def check_unedited(run: RunSpecification, expected: str) -> Catalogue:
    """Return what there is to run, as it is now.

    Raises `UserError` unless the code and settings of `run` are still the expected ones.
    """
    forget()
    catalogue = _listed(signature())
    there = run.benchmark in catalogue.benchmarks and {*run.settings} <= {*catalogue.settings}
    if not there or identity(run, catalogue) != static(expected):
        raise edit(run, "benchmarks/")
    return catalogue


@cache
def _listed(_files: str) -> Catalogue:
    """Return what there is to run, asked once as long as the files that say it are the same."""
    return Catalogue.read()


def edit(run: RunSpecification, what: str) -> UserError:
    """Return the error for a run whose code or data did not stay as it was."""
    return UserError(
        f"{run.path}: {what} was edited while this was under way, by somebody or by the run "
        "itself, which is to write into its working directory; its run does not count: "
        "reprise retry"
    )
