"""The matrix from checked-in real records: letters, verdicts, and every form of it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from tests.support import finished, real
from tests.support.schemas import schema
from workflows.common.errors import UserError
from workflows.common.files import write_json
from workflows.common.paths import ROOT
from workflows.compare.letters import letter, letters
from workflows.experiment.planned import Planned
from workflows.matrix.cells import spread
from workflows.matrix.collect import collect
from workflows.matrix.model import Matrix
from workflows.matrix.show import csv as as_csv
from workflows.matrix.show import markdown, render

CATALOGUE, planned = finished.CATALOGUE, finished.planned
SEEDED = "runs/cpu/cpu/toy/seeded/baseline/0.json"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with nine real runs and their control."""
    return finished.records(tmp_path)


def matrix(results: Path) -> Matrix:
    return collect(planned(), results, CATALOGUE)


def prints(results: Path, *lines: str) -> None:
    """Have the repeats of the seeded cell print other lines."""
    for repeat, line in enumerate(lines):
        path = results / SEEDED.replace("0.json", f"{repeat}.json")
        write_json(path, json.loads(path.read_text()) | {"printed": [line]})


def test_noise_is_a_note_and_any_other_line_is_shown(results: Path) -> None:
    prints(results, "done, 3.5s", "done, 4.5s", "done, 4.5s")
    found = matrix(results)
    text = "identical; printed lines differ in: a duration (line 1)"
    assert text in markdown(found) and text not in markdown(matrix(finished.records(results)))
    prints(results, "node n1", "node n2", "node n2")
    found = matrix(results)
    assert found.cells[1].verdict == "differs"
    assert "printed (line 1): 'node n1' against 'node n2' (toy, seeded" in markdown(found)
    own = planned().experiment.model_copy(update={"noise": {"the node": r"n\d+"}})
    mine = planned().model_copy(update={"experiment": own})
    cell = collect(mine, results, CATALOGUE).cells[1]
    assert (cell.verdict, cell.classes) == ("identical", ["A", "A", "A"])
    assert cell.notes == ["printed lines differ in: the node (line 1)"]


def test_verdicts_and_letters_of_real_runs(results: Path) -> None:
    unseeded, seeded, strict = matrix(results).cells
    assert (unseeded.verdict, unseeded.classes, unseeded.distinct) == (
        "differs",
        ["B", "C", "D"],
        3,
    )
    assert (seeded.verdict, seeded.classes) == ("identical", ["A", "A", "A"])
    assert (strict.verdict, strict.classes) == ("identical", ["A", "A", "A"])
    assert str(unseeded.first_difference) == "initial weights (0.weight)"
    assert unseeded.published is None, "an unseeded run is not held against the published one"
    assert seeded.published is not None and seeded.published.digits is not None
    assert seeded.published.digits > 5
    assert unseeded.final_loss is not None and seeded.final_loss is not None
    assert unseeded.final_loss.standard_deviation > 0 == seeded.final_loss.standard_deviation


@pytest.mark.parametrize("column", range(4))
def test_a_planted_bit_gets_a_letter_of_its_own(results: Path, column: int) -> None:
    finished.plant(results, "cpu/cpu/toy/seeded/baseline/1", 42, column)
    seeded = matrix(results).cells[1]
    assert seeded.verdict == "prints-alike"
    assert seeded.classes[0] == seeded.classes[2] == "A" != seeded.classes[1]
    assert seeded.first_difference is not None and seeded.first_difference.step == 42


def test_a_caught_control_makes_the_matrix_valid(results: Path) -> None:
    found = matrix(results)
    assert found.validity == "valid"
    control, *others = found.controls
    assert (control.outcome, str(control.found)) == ("caught", "weights at step 50")
    assert [each.outcome for each in others] == ["not-run"] * 3, "the toy has nothing of the kind"
    said = "The one negative control was caught; nothing to flip in toy (buffer, optimizer, gen"
    assert said in markdown(found)
    assert all(cell.variation != "bit-flip" for cell in found.cells), "a control is no cell"


def test_a_missed_control_makes_the_matrix_invalid(results: Path) -> None:
    folder = results / "runs/cpu/cpu/toy/strict"
    record = json.loads((folder / "bit-flip/0.json").read_text())
    shutil.copy(folder / "baseline/0.npz", folder / "bit-flip/0.npz")
    untouched = json.loads((folder / "baseline/0.json").read_text())
    record |= {"trace": untouched["trace"], "printed": untouched["printed"]}
    write_json(folder / "bit-flip/0.json", record)
    found = matrix(results)
    assert found.validity == "invalid"
    assert markdown(found).splitlines()[2].startswith("- INVALID: cpu/cpu/toy/strict/bit-flip/0")
    write_json(results / "matrix.json", found.model_dump(mode="json"))
    command = [sys.executable, "-m", "workflows.report.show", str(results / "matrix.json")]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 1 and "no verdict below can be trusted" in shown.stderr


def assert_one_failed(results: Path, why: str, path: str = SEEDED) -> None:
    """The cell of the record `path` has failed for that reason, and nothing else is touched."""
    whole, found = finished.judged(), matrix(results)
    assert list(found.unusable) == [path]
    assert why in found.unusable[path]
    for cell, before in zip(found.cells, whole.cells, strict=True):
        if path in cell.records:
            assert cell.verdict == "failed"
            assert cell.reason is not None and cell.reason.startswith("1 of 3: ")
            assert why in cell.reason
        else:  # its cause may rest on that cell
            unmoved = {"cause": before.cause}
            assert cell.model_copy(update=unmoved) == before
    assert found.validity == whole.validity


def test_a_record_of_another_run_is_one_failed_run(results: Path) -> None:
    folder = results / "runs" / "cpu" / "cpu" / "toy"
    shutil.copy(folder / "strict/baseline/1.json", folder / "seeded/baseline/0.json")
    shutil.copy(folder / "strict/baseline/1.npz", folder / "seeded/baseline/0.npz")
    assert_one_failed(results, "is the record of another run, cpu/cpu/toy/strict/baseline/1")


def test_a_record_from_another_image_is_one_failed_run(results: Path) -> None:
    path = results / SEEDED
    record = json.loads(path.read_text())
    assert matrix(results).cells[1].verdict == "identical", "control: the image that is named"
    write_json(path, {**record, "image": {**record["image"], "content_digest": "1" * 64}})
    assert_one_failed(results, "ran in image 111111111111, cpu is now 000000000000")
    write_json(path, {**record, "image": None})
    assert_one_failed(results, "ran in image none, cpu is now 000000000000")


def test_a_record_of_other_code_is_one_failed_run(results: Path) -> None:
    path = results / SEEDED
    record = json.loads(path.read_text())
    assert matrix(results).cells[1].verdict == "identical", "control: the code that there is"
    for other in ("1" * 64, None):
        write_json(path, {**record, "identity": other})
        assert_one_failed(results, "ran other code or settings than there are now")


def test_repeats_of_two_machines_are_named(results: Path) -> None:
    assert all(len(cell.machines) == 1 for cell in matrix(results).cells), "control"
    path = results / "runs/cpu/cpu/toy/seeded/baseline/0.json"
    record = json.loads(path.read_text())
    record["held"]["processor"]["model"] = "Another CPU"
    write_json(path, record)
    assert "repeats of several machines: Another CPU, " in markdown(matrix(results))


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_run_that_diverged_does_not_break_the_matrix(loss: float) -> None:
    runs = real.runs("unseeded")
    losses = np.append(runs[0].losses[:-1], loss)
    runs[0] = replace(runs[0], losses=losses)
    assert spread(runs) is None
    assert spread(runs[1:]) is not None


def test_a_broken_plan_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(
        UserError, match=r"plan\.json: not a plan: experiment: .*; remove it and run snakemake"
    ):
        Planned.load(tmp_path / "plan.json")


def test_written_forms_agree(results: Path) -> None:
    found = matrix(results)
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [row["verdict"] for row in rows] == [cell.verdict for cell in found.cells]
    assert rows[0]["classes"] == "B C D"
    assert rows[0]["first_difference"] == "initial weights (0.weight)"
    text = markdown(found)
    assert "| unseeded" in text and "differs B C D" in text and "identical A" in text
    assert "toy: 100 steps, 3 repeats; identical: fewer than 64 % of runs deviate" in text
    again = Matrix.model_validate_json(found.model_dump_json())
    assert render(again, "rounded_outline") == render(found, "rounded_outline")


def test_a_matrix_fits_its_schema(results: Path) -> None:
    value = json.loads(matrix(results).model_dump_json())
    jsonschema.validate(value, schema("matrix"))
    needed = {"environment", "device", "benchmark", "configuration", "variation", "verdict"}
    assert needed | {"repeats", "classes", "first_difference"} <= set(value["cells"][0])


@pytest.mark.parametrize("configuration", ["seeded", "unseeded", "strict"])
def test_real_records_fit_their_schema(configuration: str) -> None:
    record = json.loads(real.path(configuration, 0).read_text())
    jsonschema.validate(record, schema("run-record"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**record, "status": "fine"}, schema("run-record"))


def test_letters_go_to_the_most_frequent_first() -> None:
    unseeded, seeded = real.runs("unseeded"), real.runs("seeded")
    named = letters([unseeded[0], *seeded, unseeded[1]])
    assert named[seeded[0].record.run.path] == "A"
    assert named[unseeded[0].record.run.path] == "B"
    assert named[unseeded[1].record.run.path] == "C"


def test_baselines_come_before_variations() -> None:
    unseeded, seeded = real.runs("unseeded"), real.runs("seeded")
    run = seeded[0].record.run.model_copy(update={"variation": "threads-2"})
    varied = [real.change(each, run=run) for each in seeded]
    named = letters([*varied, unseeded[0]])
    assert (named[unseeded[0].record.run.path], named[run.path]) == ("A", "B")


def test_names_of_letters() -> None:
    assert [letter(i) for i in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]
