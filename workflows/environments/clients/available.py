"""The container client that works on this host: found by trying, then remembered."""

from __future__ import annotations

import functools
import json
from math import inf
from pathlib import Path

from workflows.common import files
from workflows.common.errors import UserError
from workflows.common.paths import cache
from workflows.environments.clients import probe
from workflows.environments.clients.docker import Client

INSTALL = {"docker": "apt-get install docker.io", "podman": "apt-get install podman"}
REPAIR = {
    "docker": "start its daemon (systemctl start docker) and let this user reach its socket",
    "podman": "make it run a container by hand (podman run --network none IMAGE true)",
}


def working(purpose: str) -> Client:
    """Return the first client that runs containers here; `purpose` says for what it is needed."""
    reasons = []
    for name in INSTALL:
        try:
            return probed(name)
        except UserError as error:
            reasons.append(str(error).partition(";")[0])
    raise UserError(
        f"no image of {purpose} for apptainer: {'; '.join(reasons)}; on a machine that has one: "
        "snakemake images --config engine=docker images=archive, then bring its results/images here"
    )


def probed(name: str, patience: float = inf) -> Client:
    """Find out how the client works on this host, and remember it for the runs to come.

    Raises `UserError` where it does not, within `patience` seconds.
    """
    try:
        client = probe.working(name, patience)
    except UserError as error:
        fix = REPAIR[name] if Client(name).installed else f"install it ({INSTALL[name]})"
        raise UserError(f"engine {name}: {error}; {fix}, or choose engine: venv") from None
    files.write_json(_memory(name), {"before": client.before, "run": client.run})
    return client


def _memory(name: str) -> Path:
    return cache("engines") / f"{name}.json"


@functools.cache
def remembered(name: str) -> Client:
    """Return a client as the last probe called it, so that not every run probes again."""
    if len(probe.ways_of(name)) == 1:
        return Client(name)
    try:
        flags = json.loads(_memory(name).read_text(encoding="utf-8"))
        return Client(name, tuple(flags["before"]), tuple(flags["run"]))
    except (OSError, ValueError, KeyError):
        return probed(name)
