"""Files of text: the line or the cell that differs, and noise that does not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.check.texts import part, with_texts
from workflows.runs.watched import FileLeft


def parts(folder: Path, name: str, text: str) -> dict[str, str]:
    path = folder / name
    path.write_text(text)
    return with_texts(path, FileLeft(sha256="", size=len(text))).parts or {}


def differing(folder: Path, name: str, a: str, b: str) -> list[str]:
    left, right = parts(folder, name, a), parts(folder, name, b)
    return [key for key in {**left, **right} if left.get(key) != right.get(key)]


@pytest.mark.parametrize(
    ("name", "a", "b", "expected"),
    [
        ("a.txt", "x\nloss 1.5\n", "x\nloss 1.6\n", ["line 2"]),
        ("a.csv", "epoch,loss,seconds\n1,2.5,0.31\n", "epoch,loss,seconds\n1,2.5,0.92\n", []),
        ("a.csv", "epoch,loss,seconds\n1,2.5,0.3\n", "epoch,loss,seconds\n1,2.6,0.3\n",
         ["line 2, loss"]),
        ("a.json", '{"a": [1, {"loss": 2}]}', '{"a": [1, {"loss": 3}]}', ["a[1].loss"]),
        ("a.json", '{"time": "2026-11-26 10:00:01"}', '{"time": "2026-11-26 10:00:09"}', []),
        ("a.json", "no json 1", "no json 2", ["line 1"]),
        ("a.log", "took 1.5s", "took 2.5s", []),
    ],
)  # fmt: skip
def test_the_part_that_differs(
    tmp_path: Path, name: str, a: str, b: str, expected: list[str]
) -> None:
    assert differing(tmp_path, name, a, b) == expected


def test_a_part_is_shown_as_it_was_written(tmp_path: Path) -> None:
    parts(tmp_path, "a.csv", "epoch,loss\n1,2.5\n")
    assert part(tmp_path / "a.csv", "line 2, loss") == "loss: 2.5"
    assert part(tmp_path / "absent.csv", "line 2, loss") is None


def test_bytes_that_are_no_text_have_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\x00")
    assert with_texts(path, FileLeft(sha256="", size=2)).parts is None
