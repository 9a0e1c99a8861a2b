"""This machine: its Python, cores, memory, and what only some experiments need."""

from __future__ import annotations

import platform
import shutil
import sys

import psutil

from workflows.common.cores import cores
from workflows.common.errors import UserError
from workflows.common.supported import Host, problem
from workflows.environments.checkup.finding import Finding, State, answer, installed
from workflows.environments.engines import emulator

GB = 1e9
RUN_GB = 1.0
"""What a run of the article's programs takes: PyTorch, the data, two loader workers."""
SHARED_MB = 64
"""What loader workers need of /dev/shm for the article's batches; containers have their own."""

PROGRAMS = ("bash", "which")
"""What runs the rules, and what the plug-in for Slurm starts wherever Snakemake does."""


def python() -> Finding:
    """Say which Python the host side has; it blocks where it or this machine cannot work."""
    said = f"{platform.python_version()}, {sys.executable}"
    if told := problem(Host()):
        return Finding("python", State.BLOCKS, *told.split("; ", 1))
    return Finding("python", State.WORKS, said)


def programs() -> Finding:
    """Say whether the small programs are here that Snakemake and its plug-ins start."""
    missing = [name for name in PROGRAMS if not installed(name)]
    if missing:
        fix = "install what is missing: some small systems leave it out"
        return Finding("programs", State.BLOCKS, f"{', '.join(missing)} not on PATH", fix)
    return Finding("programs", State.WORKS, f"{', '.join(PROGRAMS)} are here")


def processors(count: int | None = None) -> Finding:
    """Say how many runs may go side by side."""
    count = cores() if count is None else count
    return Finding("cores", State.WORKS, f"{count}: so many runs side by side, unless CORES= says")


def memory(available: float | None = None, count: int | None = None) -> Finding:
    """Hold the memory that is free, in bytes, against what that many runs ask for."""
    free = (psutil.virtual_memory().available if available is None else available) / GB
    count = cores() if count is None else count
    said = f"{free:.1f} GB free, a run takes about {RUN_GB:g}"
    if free < RUN_GB:
        return Finding("memory", State.BLOCKS, said, "end what needs it, or use a larger machine")
    if free < RUN_GB * count:
        return Finding("memory", State.POOR, said, f"run fewer at once: CORES={int(free / RUN_GB)}")
    return Finding("memory", State.WORKS, said)


def shared_memory(folder: str = "/dev/shm", size: float | None = None) -> Finding:  # noqa: S108
    """Hold the shared memory, in bytes, against what loader workers need."""
    try:
        found = (shutil.disk_usage(folder).free if size is None else size) / 1e6
    except OSError:
        found = 0
    said = f"{found:.0f} MB free in {folder}"
    if found < SHARED_MB * 0.9:
        return Finding(
            "shared memory", State.POOR, f"{said}, loader workers may need {SHARED_MB}",
            "give this machine more (docker run --shm-size=1g), or set workers: 0",
        )  # fmt: skip
    return Finding("shared memory", State.WORKS, said)


def slurm() -> Finding:
    """Say whether a cluster's scheduler is here, and which partitions it has."""
    if not installed("sbatch"):
        return Finding("slurm", State.ABSENT, "no sbatch here: only for a cluster")
    try:
        partitions = answer("sinfo", "--noheader", "--format=%R").split()
    except UserError as error:
        said = str(error).removeprefix("sinfo: ")
        return Finding("slurm", State.POOR, said, "where jobs are to run by it: ask who runs it")
    if not partitions:
        return Finding(
            "slurm",
            State.POOR,
            "it has no partition",
            "where jobs are to run by it: ask who runs it",
        )
    said = f"partitions {', '.join(dict.fromkeys(partitions))}"
    return Finding("slurm", State.WORKS, f"{said}: snakemake --profile profiles/slurm")


def qemu() -> Finding:
    """Say whether other processors can be emulated."""
    missing = [name for name in emulator.ANY if not installed(name)]
    if len(missing) == len(emulator.ANY):
        fix = f"for the variations cpu-*: {emulator.INSTALL.partition(': ')[2]}"
        return Finding("qemu", State.ABSENT, "not installed", fix)
    if missing:
        what = "containers" if missing == list(emulator.STATIC) else "engines without a container"
        return Finding(
            "qemu", State.POOR, f"{missing[0]} not installed, so not for {what}",
            f"where they are wanted: {emulator.INSTALL.partition(': ')[2]}",
        )  # fmt: skip
    try:
        version = answer(emulator.ANY[0], "--version").splitlines()[0]
    except (UserError, IndexError) as error:
        return Finding("qemu", State.POOR, str(error), "install it anew")
    return Finding("qemu", State.WORKS, f"{version}: the variations cpu-*")
