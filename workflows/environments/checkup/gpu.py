"""The GPU, its driver, and whether containers can reach it."""

from __future__ import annotations

from pathlib import Path

from workflows.common.errors import UserError
from workflows.environments.checkup.finding import Finding, State, answer, installed

DRIVER = 580
"""The oldest driver that the pinned CUDA 13 runs on."""
_QUERY = ("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
CDI = (Path("/etc/cdi"), Path("/var/run/cdi"))
"""Where it is described how a container gets a device."""


def gpu() -> Finding:
    """Say which GPU is here, and what keeps runs from it. None is needed: cells say not-run."""
    if not installed(_QUERY[0]):
        return Finding("gpu", State.ABSENT, "no nvidia-smi here: cells on cuda will say not-run")
    try:
        said, driver = _described(answer(*_QUERY).splitlines())
    except UserError as error:
        fix = "install NVIDIA's driver, or load it (modprobe nvidia)"
        return Finding("gpu", State.POOR, str(error), fix)
    except ValueError:
        return Finding("gpu", State.POOR, "nvidia-smi names none", "look at dmesg")
    if driver < DRIVER:
        return Finding("gpu", State.POOR, said, f"CUDA 13 needs a driver of {DRIVER} or newer")
    apart = [name for name in ("docker", "podman") if installed(name) and not reached(name)]
    if apart:
        said += f", out of reach for containers of {' and '.join(apart)}"
        return Finding("gpu", State.POOR, said, "install NVIDIA's container toolkit")
    return Finding("gpu", State.WORKS, said)


def _described(lines: list[str]) -> tuple[str, int]:
    """Return the GPUs in words, and the driver's release; raise `ValueError` where none is told."""
    if not lines:
        raise ValueError("no GPU")
    model, driver, memory = lines[0].split(", ")
    more = f", and {len(lines) - 1} more" if len(lines) > 1 else ""
    return f"{model}, {memory}, driver {driver}{more}", int(driver.partition(".")[0])


def reached(client: str) -> bool:
    """Say whether containers of a client can have the GPU: as a CDI device, or by its runtime."""
    if any(path for folder in CDI for path in folder.glob("nvidia*")):
        return True
    try:
        return client == "docker" and "nvidia" in answer(
            "docker", "info", "--format", "{{json .Runtimes}}"
        )
    except UserError:
        return False
