"""Failures of an import: a second try would fail alike, so what is missing is said, and the fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from workflows.environments.kinds import HOST

_IMPORT = re.compile(r"\b(?:ModuleNotFoundError|ImportError): .+")
_MODULE = re.compile(r"No module named '([\w.]+)'")
_RUNS = re.compile(r"runs/([^/]+)/")
_PROBE = re.compile(r"probe [^,]+, (\S+) on ")
OWN = "benchmarks"
"""The package of all programs: a module of it is the user's own file."""
ANEW = "then: reprise matrix"
"""What was edited is run anew by itself."""


def is_import(failure: str) -> bool:
    """Return whether something failed because it could not be imported."""
    return _IMPORT.search(failure) is not None


def fixes(failures: Iterable[str]) -> Iterator[str]:
    """Yield a line for each thing that could not be imported, once for each environment."""
    yield from dict.fromkeys(map(_fix, filter(is_import, failures)))


def _fix(failure: str) -> str:
    said = _IMPORT.search(failure)[0]  # type: ignore[index] # it is one of an import
    place = _RUNS.match(failure) or _PROBE.match(failure)
    environment = place[1] if place else "the environment"
    module = _MODULE.search(said)
    if module is None:
        return (
            f"cannot be imported in {environment} ({said}): mend the import, or "
            f"{_brought(environment, 'another version')}; {ANEW}"
        )
    if module[1].partition(".")[0] == OWN:
        path = module[1].replace(".", "/")
        return f"{path}.py is not there: put it there, or mend the import; {ANEW}"
    name = module[1].partition(".")[0]
    return (
        f"{environment} has no module {module[1]}: {_brought(environment, 'its package')}; or, if "
        f"it is a file of yours, put it into {OWN}/ and import {OWN}.{name}; {ANEW}"
    )


def _brought(environment: str, what: str) -> str:
    if environment == HOST:
        return f"install {what} for this interpreter"
    return f"name {what} in containers/{environment}/requirements.in and call make lock"
