"""What really held in a run, by its own record, and what was asked of it: do they fit?

A program may set switches and variables itself, against what its cell asks for. So they are only
demanded where this checkout has the program, and nothing in its files looks as if it did.
"""

from __future__ import annotations

import re
from functools import cache

from workflows.common.errors import UserError
from workflows.common.imports import closure
from workflows.common.paths import ROOT
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.check import THREADS
from workflows.experiment.specification import RunSpecification
from workflows.runs.held import Held
from workflows.runs.machine import unmet
from workflows.runs.record import RunRecord

SWITCHES: dict[str, tuple[str, bool]] = {
    "deterministic-algorithms": ("deterministic_algorithms", True),
    "memory-fill": ("fill_uninitialized_memory", True),
    "cudnn-deterministic": ("cudnn_deterministic", True),
    "cudnn-benchmark-off": ("cudnn_benchmark", False),
    "tf32-off": ("matmul_allow_tf32", False),
}
"""By setting: the flag of a record that it sets, and how."""
_ITSELF = re.compile(r"seed\w*\s*\(|determin|cudnn|tf32|fill_uninit|threads|environ|putenv")
"""What stands in a program that sets such things itself."""
_CAP = "ATEN_CPU_CAPABILITY"


def misfit(record: RunRecord, image: ImageRecord, catalogue: Catalogue) -> str | None:
    """Say in one line what a completed run held that was not asked of it, or None."""
    if record.status != "completed":
        return None
    held = record.held
    if held is None or record.timing is None:
        return "completed, but says nothing of what held, or of its time"
    if record.reason or record.log or record.trace.dense_sha256 or record.trace.dense_dropped:
        return "completed, but says why not, or that it kept tensors that nobody asked for"
    if why := unmet(record.run.conditions, held):
        return why
    return (
        _environment(record, held, image)
        or _settings(record, catalogue)
        or (
            None
            if sets_itself(record.run.benchmark, catalogue)
            else _switched(record.run, held, catalogue)
        )
        or _capability(held)
    )


def _environment(record: RunRecord, held: Held, image: ImageRecord) -> str | None:
    """Hold the environment that it used, and the versions that it saw, against the image."""
    used = record.image
    if used is None or (used.engine, used.content_digest) != (image.engine, image.content_digest):
        return (
            f"ran in {used.engine if used else 'no image'}, not in the image of {image.environment}"
        )
    expected = {"python": image.python, **image.packages}
    for name, version in held.versions.items():
        # A package may call itself by a longer version than its wheel does, `0.28.0+cu130`; on a
        # host, one that was built there by another.
        names = [version, version.partition("+")[0]]
        wheel = str(expected.get(name))
        if (wheel if image.pinned else wheel.partition("+")[0]) not in names:
            return f"held {name} {version}, its image has {expected.get(name)}"
    return None


def _settings(record: RunRecord, catalogue: Catalogue) -> str | None:
    """Hold the settings that it says were applied against those that it was asked to apply."""
    if [*record.settings] != record.run.settings:
        return (
            f"asked were the settings {record.run.settings}, but {[*record.settings]} were applied"
        )
    device = record.run.device
    for name, said in record.settings.items():
        known = catalogue.settings.get(name)
        if known and said != ("applied" if device in known.devices else f"no meaning on {device}"):
            return f"says of the setting {name}: {said}"
    return None


def _switched(run: RunSpecification, held: Held, catalogue: Catalogue) -> str | None:
    return _variables(run, held, catalogue) or _flags(run, held)


def _variables(run: RunSpecification, held: Held, catalogue: Catalogue) -> str | None:
    """Hold the variables that stood around it against those that it was asked to have."""
    asked: dict[str, str] = {**run.conditions.variables, **dict.fromkeys(THREADS, str(run.threads))}
    for name in run.settings:
        if name not in catalogue.settings:
            return None  # of another version: which variables it sets is not known here
        declared = catalogue.settings[name].environment
        asked |= {key: value.format(seed=run.seed) for key, value in declared.items()}
    known = {key for setting in catalogue.settings.values() for key in setting.environment}
    for key in sorted({*asked, *known}):
        if (found := held.variables.get(key)) != asked.get(key):
            return f"held {key}={found}, asked was {asked.get(key) or 'none'}"
    return None


def _flags(run: RunSpecification, held: Held) -> str | None:
    """Hold PyTorch's switches against the settings that set them, and the threads."""
    wanted: dict[str, int] = {"threads": 1 if "one-thread" in run.settings else run.threads}
    if "torch-seed" in run.settings:
        wanted["initial_seed"] = run.seed
    wanted |= dict(SWITCHES[name] for name in run.settings if name in SWITCHES)
    for flag, value in wanted.items():
        if (found := held.flags.get(flag)) != value:
            return f"held {flag} = {found}, asked was {value}"
    return None


def _capability(held: Held) -> str | None:
    """Hold the instruction set that PyTorch saw against the processor, and against its cap."""
    seen, processor = held.capability, held.processor
    cap = held.variables.get(_CAP)
    if cap and seen != cap.upper():
        return f"held {_CAP}={cap}, but PyTorch saw {seen}"
    needs = {"AVX512": "avx512f", "AVX2": "avx2"}.get(seen)
    offered = processor.instructions
    if needs and not cap and not processor.emulator and offered and needs not in offered:
        return f"PyTorch saw {seen}, but {processor.model} does not offer {needs}"
    return None


@cache
def _mentions(file: str) -> bool:
    texts = ((ROOT / name).read_text(encoding="utf-8") for name in closure(file))
    return any(_ITSELF.search(text) for text in texts)


def sets_itself(benchmark: str, catalogue: Catalogue) -> bool:
    """Return whether a program may set switches and variables itself; so may an unknown one."""
    known = catalogue.benchmarks.get(benchmark)
    if known is None or known.probe is not None or known.command is not None:
        return True
    return _mentions(known.file)


def check_holding(where: str, record: RunRecord, image: ImageRecord, catalogue: Catalogue) -> None:
    """Raise `UserError` where what held in a run does not fit what was asked of it."""
    if why := misfit(record, image, catalogue):
        raise UserError(f"{where}: {why}; refused")
