"""A folder of wheels for one Python, filled by pip: each is accepted by its SHA-256 alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_wheel_filename,
)

from workflows.common.errors import UserError
from workflows.common.guarded import Process, guarded
from workflows.common.sums import sha256
from workflows.common.underway import MB, size, underway
from workflows.environments.definition import Pin


@dataclass(frozen=True)
class Wheelhouse:
    """The wheels in `folder`, for a Python such as 3.12 on Linux x86-64, whatever Python this is.

    `glibc`: the minor version of the newest glibc 2 that they may ask for.
    """

    folder: Path
    python: str
    glibc: int

    def find(self, pin: Pin) -> Path | None:
        """Return the wheel in the house that has one of a pin's hashes."""
        named = (path for path in sorted(self.folder.glob("*.whl")) if is_of(path, pin))
        return next((path for path in named if sha256(path) in pin.hashes), None)

    def bring(self, pin: Pin, *options: str, label: str | None = None) -> Path:
        """Download the wheel of a pin as pip is configured here, and with further `options`.

        `label` shows how far it is. Raises `UserError` with pip's last complaint.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        # Beside the wheels, for the last step is a rename and /tmp may be too small.
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".fetch-") as name:
            problem = pip(
                "download", pin, Path(name), "--dest", name, "--only-binary", ":all:",
                "--implementation", "cp", "--python-version", self.python,
                *(f"--platform={platform}" for platform in platforms(self.glibc)), *options,
                label=label,
            )  # fmt: skip
            wheel = next(Path(name).glob("*.whl"), None)
            if problem or wheel is None or sha256(wheel) not in pin.hashes:
                raise UserError(problem or "pip gave no wheel")
            return settle(wheel, self.folder)


def is_of(wheel: Path, pin: Pin) -> bool:
    """Say whether a file is called like a wheel of a pin."""
    try:
        name, version, _, _ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename:
        return False
    wanted = canonicalize_version(pin.version, strip_trailing_zero=False)
    return (name, str(version)) == (canonicalize_name(pin.name), wanted)


def settle(wheel: Path, folder: Path) -> Path:
    """Move a wheel into a folder, readable to all; return where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel.chmod(0o644)
    return wheel.rename(folder / wheel.name)


def platforms(glibc: int) -> list[str]:
    """Return the platforms whose wheels work with a glibc; the oldest have names of their own."""
    numbered = [f"manylinux_2_{minor}_x86_64" for minor in range(glibc, 4, -1)]
    return numbered + [f"manylinux{name}_x86_64" for name in ("2014", "2010", "1")]


def pip(verb: str, pin: Pin, folder: Path, *options: str, label: str | None = None) -> str | None:
    """Let pip bring one pin into `folder`, by its hashes; return its last complaint, or None."""
    requirement, log = folder / "requirement.txt", folder / "log"
    hashes = " ".join(f"--hash=sha256:{value}" for value in sorted(pin.hashes))
    # `===` compares the whole version: 2.13.0 is not 2.13.0+cpu.
    requirement.write_text(f"{pin.name}==={pin.version} {hashes}\n", encoding="utf-8")
    arguments = [
        sys.executable, "-m", "pip", verb, "--quiet", "--no-deps", "--require-hashes", *options,
        "--requirement", str(requirement),
    ]  # fmt: skip
    start = Process(arguments, {**os.environ, "TMPDIR": str(folder)}, Path.cwd())
    with log.open("wb") as output, guarded(start, output) as process:
        code = _watched(process, folder, label) if label else process.wait()
    lines = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line]
    return (lines or ["pip said nothing"])[-1] if code else None


def _watched(process: subprocess.Popen[bytes], folder: Path, label: str) -> int:
    """Show how far a download is, and in one line at its end how much it was."""

    def so_far() -> str:
        return f"{label}: {size(folder)[1] / MB:.1f} MB"

    start = time.monotonic()
    with underway(lambda _: so_far()):
        code = process.wait()
    if code == 0:
        print(f"{so_far()} in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return code
