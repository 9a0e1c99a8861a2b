"""What a setting is, and how one is declared."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

RANDOMNESS = "https://pytorch.org/docs/stable/notes/randomness.html"

Call = Callable[[int], None]


class NotRunError(Exception):
    """The run cannot take place here, and why."""


@dataclass(frozen=True)
class Setting:
    """One atomic switch: what it controls, on which devices it means anything, who says so.

    `needs` names the settings without which it does nothing.
    """

    name: str
    controls: str
    source: str
    call: Call
    devices: tuple[str, ...] = ("cpu", "cuda")
    needs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

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
