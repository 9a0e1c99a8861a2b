"""What every engine can do: say whether it works, build an environment, run a command in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from workflows.common.guarded import Process
from workflows.environments.conditions import Conditions
from workflows.environments.images.record import ImageRecord

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


class Engine(Protocol):
    """One way to run a command in an environment."""

    name: str

    @property
    def isolation(self) -> str:
        """One line for the run record: what the engine keeps away from the run."""

    def probe(self) -> str:
        """Run something for real; return one line on what works, or raise `UserError`."""

    def build(self, environment: str, *, fresh: bool = False) -> ImageRecord:
        """Build an environment from its lock (`fresh`: from scratch) and return its identity."""

    def process(self, image: ImageRecord, job: Job) -> Process:
        """Say how to start `job` in `image`; raise `UserError` if the image is gone.

        Raises `CannotError` where the job's surroundings cannot be had with this engine here.
        """

    def explain(self, job: Job, exit_code: int) -> str | None:
        """Say what the engine knows about a job that ended badly, e.g. out of memory."""

    def clean(self, job: Job) -> None:
        """End and remove whatever is left of a job; harmless when nothing is."""
