"""What there is to run: asked of the benchmarks' side, which this side never imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from workflows.errors import UserError
from workflows.places import ROOT


class Setting(BaseModel):
    """One switch against a source of randomness; `digest` changes when its declaration does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    controls: str
    devices: list[str]
    source: str
    digest: str


class Published(BaseModel):
    """What a benchmark's authors printed, and the seed they used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int
    lines: list[str]


class Benchmark(BaseModel):
    """One training program: its file, its default length, its options with their defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    steps: int
    options: dict[str, Any]
    data: str | None
    published: Published | None


class Variation(BaseModel):
    """One thing changed on purpose, everything else equal."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    threads: int | None = None
    options: dict[str, Any] = {}
    settings: list[str] = []


class Catalogue(BaseModel):
    """Everything an experiment can name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: dict[str, Setting]
    configurations: dict[str, list[str]]
    variations: dict[str, Variation]
    benchmarks: dict[str, Benchmark]

    @classmethod
    def read(cls, root: Path = ROOT) -> Catalogue:
        """Ask `python -m benchmarks.catalogue` in `root`; raise `UserError` if it cannot say."""
        command = [sys.executable, "-m", "benchmarks.catalogue"]
        answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if answer.returncode:
            last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
            raise UserError(f"benchmarks/: cannot be listed ({last}); see {' '.join(command)}")
        return cls.model_validate_json(answer.stdout)
