"""A copy of the project to run Snakemake in; downloads and environments are shared by the cache."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support import own
from workflows.common.paths import ROOT, cache

SKIPPED = shutil.ignore_patterns(".*", "results", "site", "tests", "*.pyc.*")
"""What is no code, and compiled files that another process is writing just now."""

EXPERIMENT: dict[str, Any] = {
    "engine": "venv",
    "environments": ["cpu"],
    "devices": ["cpu"],
    "benchmarks": {"toy": {"steps": 200}, "cifar10": {"steps": 12}},
    "configurations": ["unseeded", "seeded", "strict"],
    "repeats": {"toy": 2, "cifar10": 2},
    "controls": [],  # but for a weight's: each is a run more
}


@dataclass
class Project:
    """A project folder and the experiment that it runs."""

    folder: Path
    experiment: dict[str, Any]

    @classmethod
    def copy(cls, folder: Path, **changes: Any) -> Project:
        """Copy the project's code into `folder`; `changes` go into the small experiment."""
        shutil.copytree(ROOT, folder, ignore=SKIPPED, symlinks=True, dirs_exist_ok=True)
        return cls(folder, {**EXPERIMENT, **changes})

    def own(self, name: str, body: str) -> None:
        """Add a benchmark whose every step runs `body` first."""
        own.write(self.folder, name, body)

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Snakemake on the experiment."""
        path = self.folder / "experiment.yaml"
        path.write_text(yaml.safe_dump(self.experiment))
        base = [sys.executable, "-m", "snakemake", "--cores", "4", "--configfile", str(path)]
        path_given = arguments and not arguments[0].startswith("-")
        return [*base, "--", *arguments] if path_given else [*base, *arguments]

    def environment(self) -> dict[str, str]:
        """Return this process's environment, with the cache shared."""
        return {**os.environ, "REPRISE_CACHE": str(cache("x").parent)}

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def planned(self, *arguments: str) -> list[str]:
        """Return the outputs that Snakemake would make now."""
        done = self.snakemake("--dry-run", "--workflow-profile", "none", *arguments)
        assert done.returncode == 0, done.stderr
        outputs = re.findall(r"^    output: (.*)$", done.stdout + done.stderr, re.MULTILINE)
        files = {file for line in outputs for file in line.split(", ")}
        return sorted(file for file in files if not file.endswith(".npz"))

    def planned_runs(self, *arguments: str) -> list[str]:
        """Return the runs that Snakemake would carry out now, as BENCHMARK/CONFIGURATION/REPEAT.

        Those that are not the baseline name their variation before the repeat.
        """
        runs = [path for path in self.planned(*arguments) if path.startswith("results/runs/")]
        names = ["/".join(path.removesuffix(".json").split("/")[4:]) for path in runs]
        return sorted(name.replace("/baseline/", "/") for name in names)

    @property
    def said(self) -> str:
        """What Snakemake itself said the last time."""
        logs = (self.folder / ".snakemake" / "log").iterdir()
        return max(logs, key=lambda path: path.stat().st_mtime_ns).read_text()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the first `old` in a file by `new`."""
        file = self.folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    @property
    def matrix(self) -> dict[str, Any]:
        """The finished matrix."""
        value: dict[str, Any] = json.loads((self.folder / "results" / "matrix.json").read_text())
        return value

    def cell(self, benchmark: str, configuration: str, environment: str = "cpu") -> dict[str, Any]:
        """Return one cell of the finished matrix."""
        names = (environment, benchmark, configuration)
        keys = ("environment", "benchmark", "configuration")
        found = [c for c in self.matrix["cells"] if tuple(c[k] for k in keys) == names]
        assert len(found) == 1
        cell: dict[str, Any] = found[0]
        return cell

    def record(self, benchmark: str, configuration: str, repeat: int = 0) -> Path:
        """Return the path of a run's record."""
        folder = self.folder / "results" / "runs" / "cpu" / "cpu" / benchmark / configuration
        return folder / "baseline" / f"{repeat}.json"
