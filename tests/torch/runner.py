"""Carries out real runs of a copy of `benchmarks/`, one process each."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support import own
from workflows.common.paths import ROOT
from workflows.runs.record import Run, read


class Runner:
    """Runs benchmarks in a folder of its own; every run has an output folder of its own."""

    def __init__(self, folder: Path, python: Path) -> None:
        shutil.copytree(ROOT / "benchmarks", folder / "benchmarks")
        self.folder, self.python, self.runs = folder, python, 0

    def __call__(self, benchmark: str, *arguments: str, body: str = "", **variables: str) -> Run:
        """Run `benchmark` (or the tests' own, whose steps run `body` first); read its record."""
        if body:
            own.write(self.folder, benchmark, body)
        self.runs += 1
        command = [str(self.python), "-m", "benchmarks.run", "--benchmark", benchmark]
        command += ["--output", str(self.last.parent), "--configuration", "seeded", *arguments]
        base = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        subprocess.run(command, cwd=self.folder, env={**base, **variables}, check=True)
        return read(self.last)

    @property
    def last(self) -> Path:
        """The record of the last run."""
        return self.folder / "output" / str(self.runs) / "0.json"
