"""Ways to tamper with a publication, and to see it refused with one clear line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.common.files import sealed
from workflows.publication.archive import pack, write_sums
from workflows.publication.check.opened import opened

RECORD = "runs/cpu/cpu/toy/seeded/baseline/0.json"


def zipped(folder: Path) -> Path:
    target = folder.with_suffix(".zip")
    pack(folder, target)
    return target


def assert_refused(source: Path, tmp_path: Path, words: str, signers: Path | None = None) -> None:
    with pytest.raises(UserError) as error:
        opened(source, tmp_path / "opened", signers)
    assert words in str(error.value) and "\n" not in str(error.value)


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite(path: Path, change: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(sealed(value) if value.get("sum") else value))


def forged(change: Callable[[dict], None], copy: Path) -> Path:  # type: ignore[type-arg]
    """Change one cell of the matrix, the unseeded one, and make the sums anew."""

    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        change(next(c for c in matrix["cells"] if c["configuration"] == "unseeded"))

    rewrite(copy / "matrix.json", forge)
    write_sums(copy)
    return zipped(copy)
