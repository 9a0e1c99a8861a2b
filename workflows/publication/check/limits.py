"""What a published record may ask of a verifier's machine, and of its terminal."""

from __future__ import annotations

import re
from typing import Any

from workflows.common.errors import UserError
from workflows.experiment.specification import RunSpecification
from workflows.runs.record import RunRecord

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")

THREADS, STEPS, WORKERS, NUMBER = 256, 10**8, 64, 4096
"""More of them no run is asked for; `NUMBER`: in an option of a benchmark."""

# A run's surroundings come from the publication, too: only what cannot lead elsewhere.
VARIABLES = {
    "ATEN_CPU_CAPABILITY", "CUBLAS_WORKSPACE_CONFIG", "LANG", "LC_ALL", "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS", "MKL_NUM_THREADS", "NVIDIA_TF32_OVERRIDE", "OMP_NUM_THREADS",
    "ONEDNN_MAX_CPU_ISA", "OPENBLAS_NUM_THREADS", "PYTHONCOERCECLOCALE", "PYTHONHASHSEED",
    "PYTHONUTF8", "TZ",
}  # fmt: skip


def printable(text: str) -> str:
    """Return text from a publication without what could steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def check_names(where: str, *names: str) -> None:
    """Refuse names that are not plain."""
    for name in names:
        if not PLAIN.fullmatch(name):
            raise UserError(f"{where}: {name!r} is not a plain name; refused")


def check_record(where: str, record: RunRecord) -> None:
    """Refuse a record that asks too much, or whose parts are not what they must be."""
    check_asked(where, record.run)
    if not re.fullmatch(r"[0-9a-f]{64}", record.trace.sha256):
        raise UserError(f"{where}: trace.sha256: is not a SHA-256; refused")
    if record.miscounted:
        raise UserError(f"{where}: {record.miscounted}")


def check_asked(where: str, run: RunSpecification) -> None:
    """Refuse names that are not plain, and surroundings that could lead a run elsewhere."""
    words = [run.environment, run.device, run.benchmark, run.configuration, run.variation]
    emulated = [run.conditions.cpu] if run.conditions.cpu else []
    check_names(where, *words, *run.settings, *run.options, *emulated)
    for key, value, least, most in (
        ("repeat", run.repeat, 0, STEPS), ("threads", run.threads, 1, THREADS),
        ("steps", run.steps, 1, STEPS), ("dense", len(run.dense), 0, 0),
        ("resume", 1 if run.resume is None else run.resume, 1, run.steps),
    ):  # fmt: skip
        if not least <= value <= most:
            raise UserError(f"{where}: {key} = {value}: expected {least} to {most}; refused")
    if not run.traced:
        raise UserError(f"{where}: traced = False: its steps were only timed; refused")
    for key, option in run.options.items():
        check_option(where, key, option)
    for name, text in run.conditions.variables.items():
        if name not in VARIABLES:
            raise UserError(
                f"{where}: conditions.variables.{name}: not one that a run may be given"
            )
        if not text.isprintable():
            raise UserError(f"{where}: conditions.variables.{name}: {text!r}; refused")


def check_option(where: str, key: str, value: Any) -> None:
    """Refuse an option that is no plain value, or a number that no benchmark needs."""
    most = WORKERS if "worker" in key else NUMBER
    plain = value is None or isinstance(value, bool | float | int | str)
    large = isinstance(value, int | float) and not abs(value) <= most
    if not plain or large or (isinstance(value, str) and not PLAIN.fullmatch(value)):
        raise UserError(f"{where}: options.{key} = {str(value)[:60]!r}: refused")
