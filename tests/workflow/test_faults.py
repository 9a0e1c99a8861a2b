"""One bad benchmark file is out, by file and line; the others are run and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import own
from tests.workflow.project import Project

pytestmark = pytest.mark.late

BAD = {
    "computed": ("STEPS = 5", "STEPS = 5 * 2", 6, "STEPS = 5 * 2: expected a plain literal"),
    "silent": ("yield Step((), loss)", "pass", None, "the benchmark trained 0 of 5 steps"),
    "loose": ("yield Step((), loss)", "yield Step(w, loss)", 22, "the batch is of the type Tensor"),
}


def test_the_others_run_and_the_matrix_says_why_it_is_out(
    tmp_path: Path, torch_python: Path
) -> None:
    project = Project.copy(
        tmp_path,
        benchmarks={"toy": {"steps": 20}, **{name: {} for name in BAD}},
        configurations=["seeded"],
        repeats=dict.fromkeys(["toy", *BAD], 2),
    )
    text = own.TEXT.replace("BODY", "pass")
    for name, (right, wrong, _, _) in BAD.items():
        assert text.count(right) == 1
        (tmp_path / "benchmarks" / f"{name}.py").write_text(text.replace(right, wrong))
    done = project.snakemake()
    assert project.cell("toy", "seeded")["verdict"] == "identical"
    assert done.returncode != 0
    page = (tmp_path / "results" / "matrix.md").read_text()
    for name, (_, _, line, words) in BAD.items():
        said = f"benchmarks/{name}.py:{line or ''}"
        shown = [each for each in page.splitlines() if said in each and words in each]
        assert shown, (name, page)
    out = "out: benchmark computed: benchmarks/computed.py:6: STEPS = 5 * 2"
    assert out in done.stdout + done.stderr
    assert project.cell("silent", "seeded")["verdict"] == "failed"

    (tmp_path / "benchmarks" / "computed.py").write_text(text)
    project.experiment["benchmarks"] = {"toy": {"steps": 20}, "computed": {}}
    project.experiment["repeats"] = {"toy": 2, "computed": 2}
    assert project.snakemake().returncode == 0
    assert project.cell("computed", "seeded")["verdict"] == "identical", "control: repaired"
