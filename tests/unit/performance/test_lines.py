"""The table: each line with its figures, its target, and whether that was met."""

from __future__ import annotations

from pathlib import Path

from performance.__main__ import LINES
from performance.lines import Line, Place, measured, table
from performance.measure import FailedError, SkippedError
from workflows.common.errors import UserError


def absent(_place: Place) -> list[float]:
    raise SkippedError("no GPU is here")


def broken(_place: Place) -> list[float]:
    raise FailedError("snakemake … ended with 1: error: no space")


def refused(_place: Place) -> list[float]:
    raise UserError("docker build of cpu ended with exit code 1")


def test_a_line_is_met_where_its_median_is_within_its_target(tmp_path: Path) -> None:
    lines = [
        Line("noop", "nothing to do: s", 4, lambda _: [3.0, 4.0, 9.0]),
        Line("dry", "a plan: s", 60, lambda _: [59.0, 61.0, 70.0], "{:.0f}"),
        Line("gpu", "a GPU", 1, absent),
        Line("loop", "a loop", 1, broken),
        Line("image", "an image", 1, refused),
    ]
    rows = [measured(line, Place(tmp_path, 3)) for line in lines]
    cells = [[cell.strip() for cell in text.split("|")[1:-2]] for text in table(rows).splitlines()]
    assert cells[2:7] == [
        ["noop", "nothing to do: s", "3.00", "4.00", "9.00", "4.00", "yes"],
        ["dry", "a plan: s", "59", "61", "70", "60", "no"],
        ["gpu", "a GPU", "", "", "", "1.00", "skipped"],
        ["loop", "a loop", "", "", "", "1.00", "failed"],
        ["image", "an image", "", "", "", "1.00", "failed"],
    ]
    assert table(rows).splitlines()[-3:] == [
        "gpu: skipped: no GPU is here",
        "loop: failed: snakemake … ended with 1: error: no space",
        "image: failed: docker build of cpu ended with exit code 1",
    ]
    assert [row.failed for row in rows] == [False, False, False, True, True]


def test_each_line_is_measured_in_an_empty_folder_of_its_own(tmp_path: Path) -> None:
    found: list[Path] = []

    def look(place: Place) -> list[float]:
        assert list(place.folder.iterdir()) == []
        found.append(place.folder)
        return [1.0]

    for name in ("a", "b"):
        measured(Line(name, "", 1, look), Place(tmp_path, 1))
    assert found == [tmp_path / "a", tmp_path / "b"]


def test_lines_are_asked_for_by_name() -> None:
    assert all(name == line.name and line.limit > 0 for name, line in LINES.items())
    assert {"loop", "floor", "trace", "noop", "records"} <= set(LINES)
    assert not LINES["commit"].asked, "an hour and more"
