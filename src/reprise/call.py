"""`python -m reprise.call FILE MODULE.NAME`: calls a function of a file, as its tests would.

Standard library only, so that nothing is imported before the program does.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

PATH = "REPRISE_CALL_PATH"
"""The variable with the folders of modules, those of the working folder as seen from there."""


def main() -> None:
    """Import the file under its module's name; call the function."""
    file, names = sys.argv[1:]
    module, _, name = names.rpartition(".")
    found = [str(Path.cwd() / each) for each in os.environ.pop(PATH, "").split(os.pathsep) if each]
    sys.path[:0] = [each for each in found if each not in sys.path]
    spec = importlib.util.spec_from_file_location(module, Path(file).absolute())
    if spec is None or spec.loader is None:
        sys.exit(f"error: {file}: expected a file of Python")
    made = sys.modules[module] = importlib.util.module_from_spec(spec)
    sys.argv = [file]
    spec.loader.exec_module(made)
    getattr(made, name)()


if __name__ == "__main__":
    main()
