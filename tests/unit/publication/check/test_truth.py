"""Publications whose sums fit but whose matrix or records do not tell the truth: refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import finished
from tests.support.tampering import RECORD, assert_refused, forged, rewrite, zipped
from workflows.publication.archive import write_sums


def test_a_forged_verdict(copy: Path, tmp_path: Path) -> None:
    """The sums are made anew, but the records still tell the truth."""

    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        cell = next(c for c in matrix["cells"] if c["configuration"] == "unseeded")
        cell |= {"verdict": "identical", "classes": ["B"] * 3, "distinct": 1}

    rewrite(copy / "matrix.json", forge)
    write_sums(copy)
    assert_refused(
        zipped(copy), tmp_path, "unseeded/baseline]: verdict: identical, its records say differs"
    )


def test_a_verdict_without_its_letters(copy: Path, tmp_path: Path) -> None:
    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        next(c for c in matrix["cells"] if c["configuration"] == "unseeded")["verdict"] = (
            "identical"
        )

    rewrite(copy / "matrix.json", forge)
    write_sums(copy)
    assert_refused(
        zipped(copy), tmp_path, "unseeded/baseline]: verdict: identical, its records say differs"
    )


OWN = "runs/cpu/cpu/toy/unseeded/baseline"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"records": [RECORD]}, "which is not a record of its own"),
        ({"records": [f"{OWN}/0.json"] * 3}, "names no record, or one twice"),
        ({"records": []}, "names no record, or one twice"),
        ({"records": [f"{OWN}/0.json", f"{OWN}/1.json"]}, "unseeded/baseline]: records: ["),
        ({"steps": 50}, "steps: 50, its records say 100"),
        ({"environment": "/etc"}, "'/etc' is not a plain name; refused"),
        ({"environment": "other"}, "has no image of other"),
        ({"variation": "a\x1b[2J"}, "is not a plain name; refused"),
        (
            {"configuration": "seeded", "records": [RECORD]},
            "is in it 2 times, its records say once",
        ),
    ],
)
def test_a_cell_that_is_not_of_its_records(
    change: dict[str, object], words: str, copy: Path, tmp_path: Path
) -> None:
    assert_refused(forged(lambda cell: cell.update(change), copy), tmp_path, words)


def test_a_cell_that_is_there_twice(copy: Path, tmp_path: Path) -> None:
    rewrite(copy / "matrix.json", lambda matrix: matrix["cells"].append(matrix["cells"][0]))
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, "is in it 2 times, its records say once")


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "names no record, or one twice"),
        (["runs/cpu/cpu/toy/seeded/baseline/7.json"], "seeded/baseline/7.json: missing"),
    ],
)
def test_an_identical_cell_without_its_record(
    records: list[str], words: str, tmp_path: Path
) -> None:
    folder = finished.publication(tmp_path, "brief")

    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        next(c for c in matrix["cells"] if c["configuration"] == "seeded")["records"] = records

    rewrite(folder / "matrix.json", forge)
    write_sums(folder)
    assert_refused(zipped(folder), tmp_path, words)


@pytest.mark.parametrize("held", [{"processor": "x"}, {"processor": {"model": 3}}, {"gpu": "x"}])
def test_an_account_of_another_form(held: dict[str, object], copy: Path, tmp_path: Path) -> None:
    rewrite(copy / RECORD, lambda record: record["held"].update(held))
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, "not of the form it must have")


def test_html_in_a_name(copy: Path, tmp_path: Path) -> None:
    def name(record: dict) -> None:  # type: ignore[type-arg]
        record["run"]["configuration"] = "<img src=x onerror=alert(1)>"

    rewrite(copy / RECORD, name)
    write_sums(copy)
    assert_refused(
        zipped(copy), tmp_path, "'<img src=x onerror=alert(1)>' is not a plain name; refused"
    )


def test_a_variable_that_leads_elsewhere(copy: Path, tmp_path: Path) -> None:
    def lead(record: dict) -> None:  # type: ignore[type-arg]
        record["run"]["conditions"] = {"variables": {"LD_PRELOAD": "x.so"}}

    rewrite(copy / RECORD, lead)
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, "conditions.variables.LD_PRELOAD: not one")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"threads": 10**6}, "threads = 1000000: expected 1 to 256"),
        ({"steps": 10**12}, "steps = 1000000000000: expected 1 to"),
        ({"dense": [1]}, "dense = 1: expected 0 to 0"),
        ({"resume": 10**15}, "resume = 1000000000000000: expected 1 to 100"),
        ({"options": {"workers": 100_000}}, "options.workers = '100000': refused"),
        ({"options": {"x": ["a"]}}, "options.x"),
        ({"traced": False}, "traced = False: its steps were only timed"),
        ({"conditions": {"variables": {"TZ": "a\x1b[31m"}}}, "conditions.variables.TZ"),
        ({"conditions": {"cpu": "max,-g 1234"}}, "'max,-g 1234' is not a plain name"),
        ({"options": {"--output": "x"}}, "'--output' is not a plain name"),
        ({"settings": ["../x"]}, "'../x' is not a plain name"),
    ],
)
def test_a_run_that_asks_too_much(
    change: dict[str, object], words: str, copy: Path, tmp_path: Path
) -> None:
    rewrite(copy / RECORD, lambda record: record["run"].update(change))
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, words)


def test_a_newer_schema(copy: Path, tmp_path: Path) -> None:
    rewrite(copy / "publication.json", lambda value: value.update(schema_version=3, new="thing"))
    write_sums(copy)
    assert_refused(
        zipped(copy), tmp_path, "schema_version = 3: this Reprise knows up to 2; update it"
    )
