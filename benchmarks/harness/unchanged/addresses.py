"""Programs started from here lie at the same addresses each time, where the kernel (Linux) allows.

Addresses are another in every run (address space layout randomisation), and with them the order of
a set of objects that have no hash of their own: tensors, modules. `personality(2)`; standard
library only. As a program it says by its exit code whether that is allowed here: a container may
forbid it.
"""

from __future__ import annotations

import ctypes
import sys

NAME = "fixed-addresses"
"""The setting."""
SAME = 0x0040000
"""ADDR_NO_RANDOMIZE."""
ASKED = 0xFFFFFFFF
"""Changes nothing: the answer is what holds."""


def fix() -> bool:
    """Let what this process starts lie at the same addresses; say whether it will."""
    personality = ctypes.CDLL(None).personality
    personality(personality(ASKED) | SAME)
    return bool(personality(ASKED) & SAME)


if __name__ == "__main__":
    sys.exit(not fix())
