"""A small pinned environment of two tiny wheels, for tests that need no PyTorch."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from workflows.environments.definition import Environment, Pin


def _line(name: str, text: str) -> str:
    value = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{name},sha256={value},{len(text)}\n"


def wheel(folder: Path, name: str, version: str = "1.0", text: str = "VALUE = {1, 2}\n") -> Path:
    """Write a wheel of one module and one command; equal arguments give equal bytes."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-tool = {name}:main\n",
    }
    record = "".join(_line(path, content) for path, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in files.items():
            archive.writestr(zipfile.ZipInfo(inside, (2020, 1, 1, 0, 0, 0)), content)
    return path


def environment(folder: Path, wheels: list[Path]) -> Environment:
    """Write the lock of some wheels into a new environment's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for path in wheels:
        name, version = path.name.split("-")[:2]
        value = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{value}\n")
    (folder / "requirements.in").write_text("")
    (folder / "requirements.lock").write_text("".join(lines))
    return Environment(folder.name, folder)


def pin(name: str, *wheels: Path) -> Pin:
    """Return a pin that some wheels may stand for."""
    hashes = (hashlib.sha256(path.read_bytes()).hexdigest() for path in wheels)
    return Pin(name, "1.0", frozenset(hashes))
