"""In a test suite: `assert_reproducible(train)`, and for pytest the fixture `reproducible`.

The function is called in fresh processes, in fresh copies of the folder, by `reprise check`. The
suite that does so need not be installed beside the tests: the `reprise` that pipx made will do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from .call import PATH

VERB = "from reprise import run; run()"


def assert_reproducible(train: Callable[[], object], runs: int = 3, *words: str) -> None:
    """Raise `AssertionError`, with all that was found out, unless `train` repeats bit for bit.

    So it does where that cannot be told. `train`: a function that a file defines at its top, and
    that is called without arguments, in a process that imports that file anew: what a test has set
    up before is not there, but for variables of the environment and the working folder.
    `runs`: how often it is called, 2 or more. `words`: further options of `reprise check`, such as
    "--no-cure". Raises `ValueError` for another kind of function, and `RuntimeError` where what
    the suite needs is not installed.
    """
    __tracebackhide__ = True  # pytest shows the line of the test
    file, name = _defined(train)
    here = Path.cwd()
    path = file.relative_to(here) if file.is_relative_to(here) else file
    command = [sys.executable, "-P", "-m", "reprise.call", str(path), name]
    check = [*_suite(), "check", "--repeats", str(runs), *words, "--", *command]
    variables = {**os.environ, PATH: os.pathsep.join(_importable(here))}
    done = subprocess.run(check, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stdout or done.stderr)


def _defined(train: Callable[[], object]) -> tuple[Path, str]:
    """Return the file of a function, and its module's and its own name, joined by a point."""
    name = getattr(train, "__name__", "")
    module = sys.modules.get(getattr(train, "__module__", None) or "")
    file = getattr(module, "__file__", None)
    if file is None or module is None or getattr(module, name, None) is not train:
        raise ValueError(
            f"{name or train!r}: expected a function that a file defines at its top, so that a "
            "fresh process finds it; move it there"
        )
    path = Path(file).resolve()
    return path, f"{path.stem if module.__name__ == '__main__' else module.__name__}.{name}"


def _importable(here: Path) -> list[str]:
    """Return where this process finds modules; what lies within `here` as seen from there."""
    own = Path(sys.prefix).resolve()
    linked = own.is_relative_to(here)  # an environment within the folder is not copied
    found = []
    for entry in sys.path:
        path = (here / entry).resolve()
        copied = path.is_relative_to(here) and not (linked and path.is_relative_to(own))
        found.append(str(path.relative_to(here)) if copied else entry)
    return found


def _suite() -> list[str]:
    """Return how the suite is called: in this interpreter, else as the `reprise` of another."""
    missing = _missing()
    if not missing:
        return [sys.executable, "-P", "-c", VERB]
    beside = Path(sys.executable).parent
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    path = os.pathsep.join(each for each in folders if Path(each) != beside)
    if found := shutil.which("reprise", path=path):
        return [found]
    raise RuntimeError(
        f"{', '.join(missing)}: not installed in {sys.executable}, and no other reprise is on "
        "PATH; install one (pipx install), or all that this one needs (pip install)"
    )


def _missing() -> list[str]:
    """Return the packages that the suite needs and this interpreter lacks."""
    try:
        needed = metadata.requires("reprise") or []
    except metadata.PackageNotFoundError:  # a clone on PYTHONPATH
        return []
    names = [found[0] for each in needed if (found := re.match(r"[\w.-]+", each))]
    return [name for name in names if not any(metadata.distributions(name=name))]
