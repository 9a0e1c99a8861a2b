"""Write every hash lock again from its short list: `python -m workflows.environments.lock
[--upgrade]`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from workflows.common.errors import UserError, command
from workflows.common.paths import ROOT
from workflows.environments import definition as environments
from workflows.environments.definition import declaration

# A lock names versions and hashes, never where one machine found them.
_COMPILE = (
    *(sys.executable, "-m", "piptools", "compile", "--quiet"),
    *("--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
)


def write(source: Path, *, index: str | None = None, upgrade: bool = False) -> None:
    """Compile `source` (a .in file) into the .lock beside it; raise `UserError` if pip cannot.

    `index` is asked as well, but only when pip's own configuration does not resolve.
    """
    relative = source.relative_to(ROOT)
    target = relative.with_suffix(".lock")
    arguments = [*_COMPILE, *(["--upgrade"] if upgrade else []), f"--output-file={target}"]
    problem = "pip-compile did not run"
    for extra in [[], [f"--extra-index-url={index}"]] if index else [[]]:
        done = subprocess.run(
            [*arguments, *extra, str(relative)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        problem = (done.stderr.strip().splitlines() or [problem])[-1]
    raise UserError(f"{relative}: no lock: {problem}; let pip reach an index that has these wheels")


def main() -> None:
    """Write the host's locks, then each environment's."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.environments.lock", description=__doc__
    )
    parser.add_argument("--upgrade", action="store_true", help="take newer versions where allowed")
    upgrade = parser.parse_args().upgrade
    python = declaration().python
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if running != python:
        raise UserError(f"locks are for Python {python}, this is {running}; run it with {python}")
    # test.in is constrained by setup.lock, so that one comes first.
    host = [ROOT / "requirements" / name for name in ("setup.in", "test.in")]
    pinned = [environments.find(name) for name in environments.names()]
    sources: list[tuple[Path, str | None]] = [(path, None) for path in host]
    sources += [(found.folder / "requirements.in", found.index) for found in pinned]
    for path, index in sources:
        print(f"lock: {path.relative_to(ROOT)}", file=sys.stderr)
        write(path, index=index, upgrade=upgrade)


if __name__ == "__main__":
    command(main)
