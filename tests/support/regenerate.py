"""`python -m tests.support.regenerate PYTHON`: make the checked-in records again (PYTHON has
torch).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.real import RECORDS, STEPS, path
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.planned import FLIPPED


def main(python: str) -> None:
    """Run the toy: three repeats of three configurations, and the negative control."""
    shutil.rmtree(RECORDS, ignore_errors=True)
    for configuration in ("unseeded", "seeded", "strict"):
        for repeat in range(3):
            make(python, path(configuration, repeat), "--configuration", configuration)
    settings = ",".join(Catalogue.read().configurations["strict"])
    flip = ("--configuration", "strict", "--settings", settings, "--flip", str(STEPS // 2))
    make(python, path("strict", 0, FLIPPED), *flip, "--variation", FLIPPED)


def make(python: str, record: Path, *more: str) -> None:
    """Leave one record."""
    command = [python, "-m", "benchmarks.run", "--benchmark", "toy", "--steps", str(STEPS)]
    command += ["--repeat", record.stem, "--output", str(record.parent), *more]
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
