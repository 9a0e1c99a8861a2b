"""What every engine can do: say whether it works, build an environment, run a command in it.

An engine is a file beside this one, a line in `ENGINES`, a name in `environments/kinds.py`.
"""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

from workflows.common.guarded import Process
from workflows.environments.conditions import Conditions
from workflows.environments.images.record import ImageRecord
from workflows.environments.user import take_back

__all__ = ["Engine", "Job", "Process"]


@dataclass(frozen=True)
class Job:
    """One Python command to run in an environment.

    `arguments` is what follows the interpreter's name; in it `{data}` and `{output}` stand for
    those two folders as the command sees them. The code folder (it holds `benchmarks/`) is on
    the import path and, like the data, read-only where the engine can enforce it. `gpu` is the
    index or UUID of the one GPU that the command sees; None: it sees no GPU.
    """

    name: str
    arguments: list[str]
    code: Path
    data: Path
    output: Path
    environment: dict[str, str] = field(default_factory=dict)
    gpu: str | None = None
    memory_gb: float | None = None
    conditions: Conditions = field(default_factory=Conditions)


class Engine(ABC):
    """One way to run a command in an environment."""

    name: str

    @property
    @abstractmethod
    def isolation(self) -> str:
        """One line for the run record: what the engine keeps away from the run."""

    @abstractmethod
    def probe(self) -> str:
        """Run something for real; return one line on what works, or raise `UserError`."""

    def sources(self, environment: str) -> list[str]:
        """Return the files of the project that an environment is built from."""
        return [f"containers/{environment}/requirements.lock"]

    @abstractmethod
    def build(self, environment: str, *, fresh: bool = False) -> ImageRecord:
        """Build an environment from its lock (`fresh`: from scratch) and return its identity."""

    @abstractmethod
    def process(self, image: ImageRecord, job: Job) -> Process:
        """Say how to start `job` in `image`; raise `UserError` if the image is gone.

        Raises `CannotError` where the job's surroundings cannot be had with this engine here.
        """

    def explain(self, job: Job, exit_code: int) -> str | None:
        """Say what most likely ended a job that was killed from outside; None where it was not."""
        if exit_code in (-signal.SIGKILL, 128 + signal.SIGKILL):
            return "killed by signal 9 (SIGKILL): most likely by the kernel, out of memory"
        return None

    def clean(self, job: Job) -> None:
        """End and remove what is left of a job, and take its files back; harmless when none is."""
        take_back(job.output)
