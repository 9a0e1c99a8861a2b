"""Imported by Python itself where this folder is first on PYTHONPATH: how a command is reached.

Inert without its variable. It imports nothing early, so that a program's own variables still
count: all that it does it does right after the program's first `import torch`. The
`sitecustomize` that it hides is imported all the same.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location

TYPE_CHECKING = False  # `typing` costs every process of a program some milliseconds
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

VARIABLE = "REPRISE_UNCHANGED"
"""The folder in which a run's order lies, and in which its processes leave their traces."""
STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn")
"""Audit events of a program that is started: its path first, its words next, its variables last."""
IGNORES = {*"IES"}
"""Options with which Python takes no `PYTHONPATH`, or no `sitecustomize`."""
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (pathlib is not here yet)
_HARNESS = os.path.dirname(_HERE)  # noqa: PTH120
_FOLDER = os.environ.get(VARIABLE)


class Finder:
    """Answers for torch alone, once: as it is found without it, with something to do afterwards."""

    def __init__(self, folder: str) -> None:
        """Let what is done find its order in `folder`."""
        self._folder, self._done = folder, False

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        """Return torch's own specification; None for any other module."""
        if name != "torch" or self._done:
            return None
        self._done = True
        sys.meta_path.remove(self)  # type: ignore[arg-type]
        from importlib.util import find_spec

        found = find_spec(name)
        if found is not None and found.loader is not None:
            self._afterwards(found.loader)
        return found

    def _afterwards(self, loader: object) -> None:
        carry_out = loader.exec_module  # type: ignore[attr-defined]

        def and_begin(module: object) -> None:
            del loader.exec_module  # type: ignore[attr-defined]
            carry_out(module)
            begin(self._folder)

        loader.exec_module = and_begin  # type: ignore[attr-defined]


def begin(folder: str) -> None:
    """Watch this process from now on; where that fails, say so in the folder and let it go on."""
    try:
        spec = spec_from_file_location("_reprise_ours", os.path.join(_HARNESS, "ours.py"))  # noqa: PTH118
        ours = module_from_spec(spec)  # type: ignore[arg-type]
        spec.loader.exec_module(ours)  # type: ignore[union-attr]
        with ours.own():
            from benchmarks.harness.unchanged.begin import begin as watch

            watch(folder)
    except Exception as error:
        note(folder, "fault", f"{type(error).__name__}: {error}")


def hear(event: str, args: tuple[Any, ...]) -> None:
    """Leave a line about a program that watching will not reach, as it is started."""
    if event not in STARTS or not _FOLDER:
        return
    try:
        program, arguments, *_, variables = args
        words = [os.fsdecode(word) for word in arguments]
        if not reaches(os.environ if variables is None else variables, words):
            name = os.path.basename(os.fsdecode(program or words[0]))  # noqa: PTH119
            said = [os.path.basename(word) or word for word in words[1:3]]  # noqa: PTH119
            note(_FOLDER, "outside", " ".join([name, *said]))
    except Exception as error:  # it is the program's own start, which must not fail of this
        note(_FOLDER, "fault", f"{type(error).__name__}: {error}")


def reaches(variables: Mapping[Any, Any], words: list[str]) -> bool:
    """Say whether a program that is started so begins here, if it is Python."""
    found = {os.fsdecode(name): os.fsdecode(value) for name, value in variables.items()}
    path = found.get("PYTHONPATH", "").split(os.pathsep)
    return VARIABLE in found and _HERE in path and not ("python" in words[0] and shuts_out(words))


def shuts_out(words: list[str]) -> bool:
    """Say whether Python's own options do, those before its program."""
    before = ""
    for word in words[1:]:
        valued = before in ("-W", "-X")
        if not valued and (not word.startswith("-") or word in ("-m", "-c")):
            return False
        if not valued and not word.startswith(("-W", "-X")) and IGNORES & {*word[1:]}:
            return True
        before = word
    return False


def note(folder: str, kind: str, text: str) -> None:
    """Leave a line about this process."""
    try:
        with open(os.path.join(folder, f"{kind}-{os.getpid()}"), "a", encoding="utf-8") as file:  # noqa: PTH118, PTH123
            file.write(f"{' '.join(text.split())}\n")
    except OSError:  # whoever asked is gone
        return


def _hidden() -> None:
    """Import the `sitecustomize` that Python would have found without this one."""
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != _HERE]  # noqa: PTH100
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(module)


if _FOLDER:
    note(_FOLDER, "python", sys.executable)
    sys.meta_path.insert(0, Finder(_FOLDER))  # type: ignore[arg-type]
    sys.addaudithook(hear)
_hidden()
