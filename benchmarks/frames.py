"""Frames of the program's own files, and how a place in them is named."""

from __future__ import annotations

import linecache
import sysconfig
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).parents[1]
INSTALLED = ("site-packages", "dist-packages")
# What carries out a run, and is no part of the program.
OURS = (
    "harness/", "run.py", "setting.py", "settings.py", "outside.py", "contract.py", "weights.py",
    "flow.py", "frames.py", "entropy.py", "arrival.py", "spawned/",
)  # fmt: skip
_LIBRARY = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib")})


@cache
def is_own(filename: str) -> bool:
    """Say whether a file is the program's own: not installed, not ours, and a file at all."""
    if not filename.endswith(".py") or any(part in filename for part in INSTALLED):
        return False
    if is_standard(filename):
        return False
    return not filename.startswith(tuple(f"{ROOT}/benchmarks/{name}" for name in OURS))


def is_standard(filename: str) -> bool:
    """Say whether a file is of Python's own library."""
    return filename.startswith(_LIBRARY) and not any(part in filename for part in INSTALLED)


def nearest(frame: FrameType | None, through: tuple[str, ...] | None = None) -> FrameType | None:
    """Return the innermost frame of the program's own from `frame` on outwards, or None.

    `through`: names of the only files of others that may lie between; None: whatever may.
    """
    while frame is not None and not is_own(frame.f_code.co_filename):
        if through is not None and Path(frame.f_code.co_filename).name not in through:
            return None
        frame = frame.f_back
    return frame


def place(code: CodeType, line: int) -> str:
    """Return FILE:LINE in FUNCTION; the file by its path in the project where it lies in it."""
    return named(code.co_filename, line, getattr(code, "co_qualname", code.co_name))


def named(filename: str, line: int, function: str) -> str:
    """Return FILE:LINE in FUNCTION."""
    path = Path(filename)
    file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    return f"{file}:{line} in {function}"


def within(folder: Path) -> str:
    """Return what the names of files begin with that lie in a folder."""
    return f"{folder.relative_to(ROOT).as_posix()}/" if folder.is_relative_to(ROOT) else ""


def call_text(frame: FrameType) -> str:
    """Return, in one line, the text of the call that a frame is in the middle of."""
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    first, last, begin, end = positions
    lines = linecache.getlines(frame.f_code.co_filename)
    if not (first and last) or begin is None or end is None or last > len(lines):
        return shortened(linecache.getline(frame.f_code.co_filename, frame.f_lineno))
    text = [line.encode() for line in lines[first - 1 : last]]
    text[-1] = text[-1][:end]
    text[0] = text[0][begin:]
    return shortened(b"".join(text).decode(errors="replace"))


def shortened(text: str) -> str:
    """Return a text in one line, cut to 80 characters."""
    text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:79]}…"
