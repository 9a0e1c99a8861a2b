"""What a setting is, and how one is declared."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace

RANDOMNESS = "https://pytorch.org/docs/stable/notes/randomness.html"

Call = Callable[[int], None]


class NotRunError(Exception):
    """The run cannot take place here, and why."""


@dataclass(frozen=True)
class Setting:
    """One atomic switch: what it controls, on which devices it means anything, who says so.

    `needs` names the settings without which it does nothing, `instead_of` those whose place it
    takes: no configuration has both, and what needs them acts with this one too.
    """

    name: str
    controls: str
    source: str
    call: Call
    devices: tuple[str, ...] = ("cpu", "cuda")
    needs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    instead_of: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the declaration's source text, decorator included."""
        return hashlib.sha256(inspect.getsource(self.call).encode()).hexdigest()

    def variables(self, seed: int) -> dict[str, str]:
        """Return the environment variables to set before start; `{seed}` stands for the seed."""
        return {name: value.format(seed=seed) for name, value in self.environment.items()}


SETTINGS: dict[str, Setting] = {}
APPLIED: list[str] = []
"""The settings that the run in this process applies, in their order."""


def setting(
    name: str,
    controls: str,
    source: str = RANDOMNESS,
    devices: tuple[str, ...] = ("cpu", "cuda"),
    needs: tuple[str, ...] = (),
    **environment: str,
) -> Callable[[Call], Call]:
    """Declare a setting; the decorated function is its call and takes the experiment's seed."""

    def declare(call: Call) -> Call:
        SETTINGS[name] = Setting(name, controls, source, call, devices, needs, environment)
        return call

    return declare


def instead_of(*others: str) -> Callable[[Call], Call]:
    """Declare, above `setting`, that a setting takes the place of others."""

    def declare(call: Call) -> Call:
        name = next(name for name, known in SETTINGS.items() if known.call is call)
        SETTINGS[name] = replace(SETTINGS[name], instead_of=others)
        return call

    return declare
