"""Write every hash lock again from its short list: `python -m workflows.environments.lock
[--upgrade]`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from workflows.common import program
from workflows.common.errors import UserError, command
from workflows.common.paths import ROOT
from workflows.common.supported import OLDEST
from workflows.environments import definition as environments
from workflows.environments.definition import declaration

LISTS = ("setup.in", "test.in", "docs.in")
"""The host's, in `requirements/`; setup.lock constrains the others, so it comes first."""
FRAMEWORKS = "frameworks.in"
"""What tests need beside the environment `cpu`, whose lock constrains this one."""

# A lock names versions and hashes, never where one machine found them. The host's are for all of
# its Pythons, by markers; an environment's for its own, from the wheels that pip finds here.
_HOST = (
    *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"),
    *("--python-version", ".".join(map(str, OLDEST)), "--generate-hashes", "--no-header"),
)
ENVIRONMENT = (
    *(sys.executable, "-m", "piptools", "compile", "--quiet"),
    *("--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
)


def write(
    source: Path, words: Sequence[str], *, index: str | None = None, upgrade: bool = False
) -> None:
    """Compile `source` (a .in file) into the .lock beside it; raise `UserError` where that fails.

    `words` is the compiler. `index` is asked as well, but only when its own configuration does
    not resolve.
    """
    relative = source.relative_to(ROOT)
    target = relative.with_suffix(".lock")
    arguments = [*words, *(["--upgrade"] if upgrade else []), f"--output-file={target}"]
    problem = "its compiler did not run"
    for extra in [[], [f"--extra-index-url={index}"]] if index else [[]]:
        done = program.run([*arguments, *extra, str(relative)], cwd=ROOT)
        if done.returncode == 0:
            return
        problem = program.reason(done).strip()
    raise UserError(f"{relative}: no lock: {problem}; let pip reach an index that has these wheels")


def main() -> None:
    """Write the host's locks, then each environment's, then the frameworks'."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.environments.lock", description=__doc__
    )
    parser.add_argument("--upgrade", action="store_true", help="take newer versions where allowed")
    upgrade = parser.parse_args().upgrade
    # Each is constrained by the locks of those before it.
    for name in LISTS:
        _say(ROOT / "requirements" / name)
        write(ROOT / "requirements" / name, _HOST, upgrade=upgrade)
    python = declaration().python
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if running != python:
        raise UserError(
            f"the environments' locks are for Python {python}, this is {running}: only the host's "
            f"are written; for all: make lock PYTHON=python{python} VENV=.venv{python}"
        )
    every = [environments.find(name) for name in environments.names()]
    listed = [found for found in every if not found.image]  # an image's digest is its lock
    sources = {found.folder / "requirements.in": found.index for found in listed}
    index = next(filter(None, sources.values()), None)
    for source, its_index in {**sources, ROOT / "requirements" / FRAMEWORKS: index}.items():
        _say(source)
        write(source, ENVIRONMENT, index=its_index, upgrade=upgrade)


def _say(source: Path) -> None:
    print(f"lock: {source.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    command(main)
