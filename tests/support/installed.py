"""The suite as a wheel, and an environment where it is installed; nothing is downloaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from workflows.common.paths import ROOT


def pip(*words: str) -> None:
    """Let pip do something without a network."""
    command = [sys.executable, "-m", "pip", *words, "--quiet", "--no-deps", "--no-index"]
    subprocess.run(command, check=True, capture_output=True)


def wheel(folder: Path) -> Path:
    """Make the wheel in a folder; return it."""
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    [made] = folder.glob("*.whl")
    return made


def home(folder: Path, made: Path, *others: Path | str, python: str = sys.executable) -> Path:
    """Make `venv` in a folder, where the wheel is the one thing installed; return the folder.

    `others`: folders of packages that it sees beside.
    """
    venv = folder / "venv"
    subprocess.run([python, "-m", "venv", "--without-pip", venv], check=True)
    pip("--python", str(venv / "bin" / "python"), "install", str(made))
    (packages(folder) / "others.pth").write_text("".join(f"{each}\n" for each in others))
    return folder


def packages(home: Path) -> Path:
    """Return the folder of the packages that are installed."""
    [found] = (home / "venv" / "lib").glob("python3*/site-packages")
    return found
