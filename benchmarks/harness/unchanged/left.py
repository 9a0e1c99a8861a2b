"""`python -m benchmarks.harness.unchanged.left FOLDER WORK`: what stands in files, part by part.

WORK is the folder that they were written in, and were taken from. Their names come on standard
input, a JSON list; SHA-256, size, kind and parts go to standard output. For the interpreter of the
command itself: a checkpoint is read by the torch that wrote it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.harness.files import described


def main() -> None:
    """Describe them."""
    folder, work = map(Path, sys.argv[1:])
    print(json.dumps({name: described(folder / name, work) for name in json.load(sys.stdin)}))


if __name__ == "__main__":
    main()
