"""Run records: what one run leaves, read back and checked.

`python -m workflows.runs.record` writes the record's JSON Schema to `workflows/schemas/`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationError

from workflows.common.arrays import Arrays
from workflows.common.errors import UnusableError, command
from workflows.common.files import atomic, digest, sealed, write_json
from workflows.common.models import Model, fault
from workflows.common.paths import ROOT
from workflows.common.sums import sha256
from workflows.experiment.specification import RunSpecification
from workflows.runs.held import Held, Timing

SCHEMA = ROOT / "workflows" / "schemas" / "run-record.json"

FINGERPRINT: Literal[2] = 2
"""The version of the fingerprint that runs take where none is named:
benchmarks/harness/fingerprint.py.
"""

Status = Literal["completed", "refused", "failed", "not-run"]


class TraceSummary(Model):
    """What the record says of the trace beside it."""

    sha256: str
    fingerprint: Literal[1, 2] = Field(1, description="version of the hash of its fingerprints")
    steps: int
    tensors: list[str]
    final_weights: str
    dense_sha256: str | None = Field(None, description="SHA-256 of X.dense.npz, where there is one")
    dense_dropped: str | None = Field(None, description="why X.dense.npz is not there as asked")


class ImageUsed(Model):
    """The environment that the run really used."""

    engine: str
    isolation: str
    content_digest: str


class RunRecord(Model):
    """One run: what was asked, how it ended, what it printed, what really held."""

    schema_version: Literal[1, 2] = 2
    run: RunSpecification
    status: Status
    reason: str | None
    log: list[str]
    printed: list[str]
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
        """Write the record, with its sum."""
        write_json(path, sealed(self.model_dump(mode="json") | {"schema_version": 2}))


@dataclass(frozen=True)
class Run:
    """A record with its trace.

    `initial`: uint64 (tensors,), one fingerprint per weight tensor before the first step;
    `steps`: uint64 (steps, 4), the fingerprints of batch, loss, gradients and weights;
    `losses`: float64 (steps,).
    """

    record: RunRecord
    initial: np.ndarray
    steps: np.ndarray
    losses: np.ndarray

    @property
    def digest(self) -> str:
        """SHA-256 over all that a run did and printed: equal digests are equal runs."""
        trace = self.record.trace
        return digest(
            [
                trace.tensors,
                self.initial.astype("<u8").tobytes().hex(),
                self.steps.astype("<u8").tobytes().hex(),
                trace.final_weights,
                self.record.printed,
                trace.fingerprint,
            ]
        )


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
        run = Run(record, **Arrays(content).exactly(("initial", "steps", "losses")))
    except OSError as error:
        raise absent(Path(error.filename), error) from None
    except ValueError as error:
        raise broken(trace_path, f"is not a trace ({error})") from None
    check_shapes(trace_path, run)
    return run


def dense(path: Path) -> Path:
    """Return where the whole tensors lie that the run of the record `path` has kept."""
    return path.with_suffix(".dense.npz")


def check_shapes(path: Path, run: Run) -> None:
    """Refuse a trace whose arrays do not fit its record, so that nothing is compared in part."""
    trace = run.record.trace
    for name, array, dtype, shape in (
        ("initial", run.initial, np.uint64, (len(trace.tensors),)),
        ("steps", run.steps, np.uint64, (trace.steps, 4)),
        ("losses", run.losses, np.float64, (trace.steps,)),
    ):
        # A run that ended before its first step has no initial weights yet.
        empty = name == "initial" and array.shape == (0,) and trace.steps == 0
        if array.dtype != dtype or (array.shape != shape and not empty):
            raise broken(path, f"{name} is {array.dtype} {array.shape}, expected {dtype} {shape}")
    asked = run.record.run
    expected = asked.steps_taken if asked.traced else 0
    if run.record.status == "completed" and trace.steps != expected:
        raise broken(path, f"completed, but holds {trace.steps} of {expected} steps")


def broken(path: Path, why: str) -> UnusableError:
    """Return the error for a file that is no good."""
    return _unusable(path, why, f"make it again: snakemake -f {record_of(path)}")


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
    return Run(record, np.empty(0, np.uint64), np.empty((0, 4), np.uint64), np.empty(0, np.float64))


def write_without_training(
    path: Path, run: RunSpecification, ending: Ending, used: dict[str, Any]
) -> None:
    """Leave the record, and an empty trace, of a run that could not; `used` holds its fields."""
    trace = path.with_suffix(".npz")
    empty = without_training(run, ending)
    with atomic(trace) as temporary, temporary.open("wb") as file:
        np.savez(file, initial=empty.initial, steps=empty.steps, losses=empty.losses)
    record = without_training(run, ending, sha256(trace)).record
    record.model_copy(update=used).write(path)


def question(run: Run) -> str:
    """Return the digest of what was asked of a run, but its repeat.

    With the version of its fingerprints from 2 on: outcomes of two versions cannot be compared.
    """
    asked = run.record.run.model_dump(mode="json", exclude={"repeat", "fingerprint"})
    version = run.record.trace.fingerprint
    return digest(asked | ({"fingerprint": version} if version > 1 else {}))


if __name__ == "__main__":
    command(lambda: write_json(SCHEMA, RunRecord.model_json_schema()))
