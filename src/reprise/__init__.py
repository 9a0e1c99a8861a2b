"""The way in: the console script `reprise` of a clone, and of an installed copy.

An installed copy carries the whole suite as data, in `suite/` beside this file: so its packages
are never on the path of another program.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_CARRIED = _HERE / "suite"


def run() -> None:
    """Carry out the command line."""
    sys.path.insert(0, str(_CARRIED if _CARRIED.is_dir() else _HERE.parents[1]))
    from workflows.__main__ import run as verb

    verb()
