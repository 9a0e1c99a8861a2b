"""The suite's own modules inside of another program's interpreter, hidden from that program.

It may well have a package `benchmarks` of its own: ours is there only while ours is at work.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parents[2]
_kept: dict[str, ModuleType] = {}


@contextmanager
def own() -> Iterator[None]:
    """Let `import benchmarks` mean the suite's package, and afterwards the program's again."""
    theirs = _taken()
    if not _kept:
        name = "benchmarks"
        spec = spec_from_file_location(
            name, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"no package in {FOLDER}")
        _kept[name] = module_from_spec(spec)
        spec.loader.exec_module(_kept[name])
    sys.modules.update(_kept)
    try:
        yield
    finally:
        _kept.update(_taken())
        sys.modules.update(theirs)


def _taken() -> dict[str, ModuleType]:
    """Take all modules of a package `benchmarks` out."""
    names = [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]
    return {name: sys.modules.pop(name) for name in names}
