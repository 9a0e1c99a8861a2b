"""Run records: what one run leaves, read back and checked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationError

from workflows.common.arrays import Arrays
from workflows.common.errors import UnusableError
from workflows.common.files import sealed, write_json
from workflows.common.models import Model, fault
from workflows.common.sums import sha256
from workflows.experiment.specification import RunSpecification
from workflows.runs.held import Held, Timing
from workflows.runs.watched import ENDS, FileLeft, Source, TraceSummary

FINGERPRINT: Literal[2] = 2
"""The version of the fingerprint that runs take where none is named:
benchmarks/harness/fingerprint.py.
"""

Status = Literal["completed", "refused", "failed", "not-run"]


class ImageUsed(Model):
    """The environment that the run really used."""

    engine: str
    isolation: str
    content_digest: str


class RunRecord(Model):
    """One run: what was asked, how it ended, what it printed, what really held."""

    schema_version: Literal[1, 2, 3] = 3
    run: RunSpecification
    status: Status
    reason: str | None
    log: list[str]
    printed: list[str] = Field(description="lines on standard output")
    printed_errors: list[str] = Field([], description="lines on standard error, from version 3 on")
    files: dict[str, FileLeft] = Field({}, description="what it left in its working folder")
    sources: list[Source] | None = Field(None, description="None: it was not asked to observe them")
    resumed: Literal["suite", "own"] | None = Field(
        None, description="whose save and load it went on by in a second process, where it did"
    )
    settings: dict[str, str]
    held: Held | None
    timing: Timing | None
    trace: TraceSummary
    identity: str | None = Field(
        None, description="SHA-256 over the code and settings it ran; more behind a colon where "
        "files that an earlier run had read were edited"
    )  # fmt: skip
    read: dict[str, str] | None = Field(
        None, description="SHA-256 of each further file of the project that it imported or opened; "
        "absent: looked for, and not there"
    )  # fmt: skip
    image: ImageUsed | None = None
    sum: str | None = Field(
        None, description="SHA-256 of the record's canonical JSON without this; none in version 1"
    )

    @classmethod
    def parse(cls, content: bytes) -> RunRecord:
        """Return the record that a file holds.

        Raises `ValueError` (pydantic's too) where it is damaged: by its form, or by its own sum.
        """
        try:
            value = json.loads(content)
            record = cls.model_validate(value)
            whole = sealed(value)["sum"]
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if record.sum != (whole if record.schema_version > 1 else None):
            raise ValueError("it is not what its own sum says")
        return record

    def write(self, path: Path) -> None:
        """Write the record, with its sum, which version 1 had not."""
        version = {"schema_version": max(2, self.schema_version)}
        write_json(path, sealed(self.model_dump(mode="json") | version))

    @property
    def miscounted(self) -> str | None:
        """Why it cannot be a completed run of so many steps, in one line; else None.

        A program ends when it ends: from version 3 on it may take fewer steps than were asked for.
        """
        if self.status != "completed":
            return None
        most = self.run.steps_taken if self.run.traced else 0
        least = min(most, 1) if self.schema_version > 2 else most
        if least <= self.trace.steps <= most:
            return None
        return f"completed, but holds {self.trace.steps} of {most} steps"


@dataclass(frozen=True)
class Run:
    """A record with its trace.

    `initial`: uint64 (tensors,), one fingerprint per weight tensor before the first step;
    `steps`: uint64 (steps, phases), the fingerprints of the phases that the record names;
    `losses`: float64 (steps,);
    `ends`: uint64 (7,), what `ENDS` names, or (0,): before version 3, or without a step;
    `noise`: names and patterns of what in its printed lines does not count, beside the usual.
    """

    record: RunRecord
    initial: np.ndarray
    steps: np.ndarray
    losses: np.ndarray
    ends: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    noise: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)

    def column(self, phase: str) -> np.ndarray:
        """Return a phase's fingerprints, uint64 (steps,)."""
        found: np.ndarray = self.steps[:, self.record.trace.phases.index(phase)]
        return found

    def rows(self, which: np.ndarray | slice) -> Run:
        """Return the run with some rows of its trace alone, by their indices or as a mask."""
        return replace(self, steps=self.steps[which], losses=self.losses[which])


def read(path: Path) -> Run:
    """Read `X.json` and `X.npz`; raise `UserError` when either is missing, broken or altered.

    `X.dense.npz` is checked too where the record names one, but not read.
    """
    trace_path = path.with_suffix(".npz")
    try:
        record = RunRecord.parse(path.read_bytes())
    except OSError as error:
        raise absent(path, error) from None
    except ValidationError as error:
        raise broken(path, fault(error)) from None
    except ValueError as error:
        raise broken(path, f"is damaged: {error}") from None
    try:
        content = trace_path.read_bytes()
        if hashlib.sha256(content).hexdigest() != record.trace.sha256:
            raise broken(trace_path, "is not the trace that its record names (SHA-256 differs)")
        if record.trace.dense_sha256 and sha256(dense(path)) != record.trace.dense_sha256:
            raise broken(dense(path), "is not what its record names (SHA-256 differs)")
        run = Run(record, *Arrays(content).exactly(arrays(record)).values())
    except OSError as error:
        raise absent(Path(error.filename), error) from None
    except ValueError as error:
        raise broken(trace_path, f"is not a trace ({error})") from None
    # So that nothing is compared in part.
    if why := misshapen(run, record.trace.steps) or record.miscounted:
        raise broken(trace_path, why)
    return run


def dense(path: Path) -> Path:
    """Return where the whole tensors lie that the run of the record `path` has kept."""
    return path.with_suffix(".dense.npz")


def arrays(record: RunRecord) -> tuple[str, ...]:
    """Return the names of the arrays that a record's trace holds."""
    return ("initial", "steps", "losses", *(("ends",) if record.schema_version > 2 else ()))


def misshapen(run: Run, rows: int) -> str | None:
    """Say in one line which array does not fit the record, of whose steps `rows` are there."""
    trace = run.record.trace
    for name, array, dtype, shape in (
        ("initial", run.initial, np.uint64, (len(trace.tensors),)),
        ("steps", run.steps, np.uint64, (rows, len(trace.phases))),
        ("losses", run.losses, np.float64, (rows,)),
        ("ends", run.ends, np.uint64, (len(ENDS) if run.record.schema_version > 2 else 0,)),
    ):
        # A run that ended before its first step has no initial weights yet, nor ends.
        empty = name in ("initial", "ends") and array.shape == (0,) and trace.steps == 0
        if array.dtype != dtype or (array.shape != shape and not empty):
            return f"{name} is {array.dtype} {array.shape}, expected {dtype} {shape}"
    return None


def broken(path: Path, why: str) -> UnusableError:
    """Return the error for a file that is no good."""
    return _unusable(path, why, f"make it again: reprise matrix -- -f {record_of(path)}")


def absent(path: Path, error: OSError) -> UnusableError:
    """Return the error for a file that cannot be read."""
    return _unusable(path, fault(error), "a record is X.json beside X.npz")


def _unusable(path: Path, why: str, fix: str) -> UnusableError:
    error = UnusableError(path, why, fix)
    if path.suffix == ".npz":
        error.why = f"its {'tensors' if path.stem.endswith('.dense') else 'trace'}: {why}"
    return error


def record_of(path: Path) -> Path:
    """Return the record that `path` (the record, its trace, its tensors) belongs to."""
    return path.with_name(path.name.partition(".")[0] + ".json")


class Ending(NamedTuple):
    """How a run ended that could not say so itself."""

    status: Status
    reason: str
    log: list[str]


def without_training(run: RunSpecification, ending: Ending, trace: str = "") -> Run:
    """Return a run that did nothing; `trace`: the SHA-256 of its empty one, where that is a file.

    It stands as well for one whose record cannot be used, so that its cell says so.
    """
    record = RunRecord(
        run=run, **ending._asdict(), printed=[], settings={}, held=None, timing=None,
        trace=TraceSummary(
            sha256=trace, fingerprint=run.fingerprint or FINGERPRINT, steps=0, tensors=[],
            final_weights="",
        ),
    )  # fmt: skip
    columns = len(record.trace.phases)
    steps = np.empty((0, columns), np.uint64)
    return Run(record, np.empty(0, np.uint64), steps, np.empty(0, np.float64))
