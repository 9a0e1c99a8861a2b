"""The record of a command that was carried out once, with the traces of its processes."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field

from workflows.common.arrays import Arrays
from workflows.common.errors import UnusableError
from workflows.common.files import sealed, write_json
from workflows.common.models import Model, load_model
from workflows.experiment.specification import RunSpecification
from workflows.runs.held import Held, Timing
from workflows.runs.record import Run, RunRecord, arrays, misshapen
from workflows.runs.watched import ALWAYS, ENDS, PHASES, FileLeft, Source, TraceSummary

RECORD = "record.json"
"""The record's name in the folder of a run; a trace lies beside it for each process."""
Status = Literal["completed", "refused", "failed", "timeout"]


def _phases(names: list[str]) -> list[str]:
    if names != [name for name in PHASES if name in names]:
        raise ValueError(f"expected some of {', '.join(PHASES)}, in this order")
    return names


class Watched(TraceSummary):
    """What a process of a command let see: phases that it did not let see are not in its trace."""

    phases: Annotated[list[str], AfterValidator(_phases)]


class Process(Model):
    """A process of the command that trained."""

    name: str = Field(description="the same in every run of the command")
    trace: Watched
    device: str
    fault: str | None = Field(None, description="why it could not be watched to its end")
    held: Held
    listed: list[str] = Field(
        [], description="calls that take files in the order of a folder's list"
    )
    sources: list[Source] | None = Field(None, description="None: it was not asked to observe them")
    seconds_watching: float

    @property
    def file(self) -> str:
        """The name of its trace's file."""
        return f"{self._plain}.npz"

    @property
    def operators(self) -> str:
        """The name of the file of what its operators did in a step, where that was recorded."""
        return f"{self._plain}.operators.jsonl"

    @property
    def _plain(self) -> str:
        return re.sub(r"[^\w.-]+", "-", self.name)


class CommandRecord(Model):
    """One run of a command: what was asked, how it ended, what was seen of it."""

    schema_version: Literal[1] = 1
    command: list[str]
    folder: str = Field(description="in which it was carried out: a copy, at the same place always")
    repeat: int
    seed: int
    settings: list[str]
    observed: bool = Field(description="whether it was asked for its sources of randomness")
    status: Status
    exit_code: int | None
    reason: str | None
    log: list[str] = Field(
        description="the last lines on standard error, where it did not complete"
    )
    printed: list[str]
    printed_errors: list[str]
    files: dict[str, FileLeft] = Field(description="that it wrote in its folder")
    processes: list[Process] = Field(description="that took steps, in the order of their names")
    reached: int = Field(description="Python processes in which watching began")
    imported: int = Field(description="of these, those that imported torch")
    unwatched: list[str] = Field(description="what of it was not watched, in words")
    seconds: float
    sum: str | None = Field(None, description="SHA-256 of the record's canonical JSON without this")

    @property
    def traced(self) -> bool:
        """Whether any step was seen."""
        return bool(self.processes)

    def write(self, folder: Path) -> None:
        """Write the record, with its sum."""
        write_json(folder / RECORD, sealed(self.model_dump(mode="json")))


@dataclass(frozen=True)
class Commanded:
    """A run of a command as comparisons take it: its record, and a run for each process.

    The first of `runs` carries what was printed and the files; a command of which no step was seen
    has one that took none.
    """

    record: CommandRecord
    runs: Sequence[Run]

    @property
    def names(self) -> list[str]:
        """The names of its processes."""
        return [process.name for process in self.record.processes]


def load(folder: Path) -> Commanded:
    """Read a record and its traces; raise `UserError` where they are missing, broken or altered."""
    path = folder / RECORD if folder.is_dir() else folder
    record = load_model(CommandRecord, path, "record of a command")
    whole = [_run(record, process, path.parent) for process in record.processes]
    runs = whole or [_nothing(record)]
    noise = (("a path", re.escape(record.folder)),)
    first, *others = [replace(run, noise=noise) for run in runs]
    outputs = {
        "printed": record.printed, "printed_errors": record.printed_errors, "files": record.files,
    }  # fmt: skip
    carries = replace(first, record=first.record.model_copy(update=outputs))
    return Commanded(record, [carries, *others])


def _run(record: CommandRecord, process: Process, folder: Path) -> Run:
    path = folder / process.file
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != process.trace.sha256:
            raise ValueError("is not the trace that its record names (SHA-256 differs)")
        as_record = _as_record(record, process.trace, process)
        run = Run(as_record, *Arrays(content).exactly(arrays(as_record)).values())
    except (OSError, ValueError) as error:
        raise UnusableError(path, str(error), "carry the command out again") from None
    if why := misshapen(run, process.trace.steps):
        raise UnusableError(path, why, "carry the command out again")
    return run


def _nothing(record: CommandRecord) -> Run:
    """Return a run that took no step."""
    trace = Watched(
        sha256="", fingerprint=2, steps=0, phases=[*ALWAYS], tensors=[], final_weights=""
    )
    empty = np.empty(0, np.uint64)
    ends = np.zeros(len(ENDS), np.uint64)
    steps = np.empty((0, len(ALWAYS)), np.uint64)
    return Run(_as_record(record, trace, None), empty, steps, np.empty(0, np.float64), ends)


def _as_record(record: CommandRecord, trace: Watched, process: Process | None) -> RunRecord:
    """Return what a comparison reads of a process, in the form of a benchmark's record."""
    asked = RunSpecification(
        environment="host", device="cuda" if process and process.device == "cuda" else "cpu",
        benchmark=shlex.join(record.command), configuration="as it is", variation="baseline",
        repeat=record.repeat, seed=record.seed, steps=trace.steps, options={}, threads=0,
        settings=record.settings,
    )  # fmt: skip
    said: Any = {} if process is None else {"held": process.held, "sources": process.sources}
    return RunRecord(
        run=asked, status="failed" if record.status == "timeout" else record.status,
        reason=record.reason, log=record.log, printed=[], settings={},
        timing=Timing(started="1970-01-01T00:00:00+00:00", seconds=record.seconds), trace=trace,
        **{"held": None, **said},
    )  # fmt: skip
