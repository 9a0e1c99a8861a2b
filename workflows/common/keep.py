"""Keep what comes by a pipe in a log: `… 2>&1 | python -m workflows.common.keep FILE`.

It is passed on as well, unless somebody follows the log and shows it from there.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from workflows.common.underway import FOLLOWED


def main() -> None:
    """Write until whoever writes into the pipe has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with who writes
    with Path(sys.argv[1]).open("wb", buffering=0) as log:
        while piece := os.read(0, 1 << 16):
            log.write(piece)
            if not os.environ.get(FOLLOWED):
                os.write(1, piece)


if __name__ == "__main__":
    main()
