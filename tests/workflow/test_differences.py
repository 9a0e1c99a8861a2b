"""First differences, closely: found, named, sized and seen again, or honestly not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Need
from tests.workflow.project import Project
from workflows.common.files import sealed
from workflows.common.sums import sha256
from workflows.compare.difference import Difference
from workflows.compare.growth import LATER

# The backward of list indexing adds up with atomics: on two threads it differs in every process,
# unless these take turns, as on a busy machine they may, in two runs alike: hence nine times over.
INDEXED = '''"""Adds 400,000 gradients up in 16 rows; `scale` is nearer the loss, and repeats."""
import torch
from benchmarks.contract import Start, Step

STEPS = 3
OPTIONS = {}
DATA = None
PUBLISHED = None


def train(device, steps, data):
    index = torch.randint(16, (400_000,))
    g = torch.randn(400_000, 4)
    w = torch.rand(16, 4, requires_grad=True)
    scale = torch.ones(1, requires_grad=True)
    yield Start({"w": w, "scale": scale})
    for t in range(steps):
        w.grad = scale.grad = None
        loss = sum((w[index.roll(turn)] * g).sum() for turn in range(9)) * scale[0]
        loss.backward()
        with torch.no_grad():
            w -= 1e-5 * w.grad
            scale -= 1e-5 * scale.grad
        yield Step((index, g), loss)
'''
STEPS = 120
CELL = "cpu/cpu/toy"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished experiment with all its close looks."""
    made = Project.copy(
        tmp_path_factory.mktemp("project"),
        benchmarks={"toy": {"steps": STEPS}, "indexed": {}},
        configurations=["unseeded", "seeded"],
        variations=["baseline", "threads-2"],
        repeats={"toy": 3, "indexed": 2, "variations": 2},
        vary={"configurations": ["seeded"]},
    )
    (made.folder / "benchmarks" / "indexed.py").write_text(INDEXED)
    done = made.snakemake("differences")
    assert done.returncode == 0, done.stderr
    return made


@contextmanager
def full(*folders: Path) -> Iterator[None]:
    """Lay a disk without any room over folders."""
    for folder in folders:
        options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs"]
        subprocess.run(["mount", *options, str(folder)], check=True)
        (folder / "full").write_bytes(bytes(64 * 1024))
    try:
        yield
    finally:
        for folder in folders:
            subprocess.run(["umount", str(folder)], check=True)


def look(project: Project, pair: str) -> dict[str, Any]:
    path = project.folder / "results" / "differences" / f"{pair}.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_initial_weights_of_unseeded_repeats_are_named_and_grow(project: Project) -> None:
    found = look(project, f"repeats/{CELL}/unseeded/baseline")
    assert found["difference"] == at("initial weights", None, "0.weight")
    assert found["located"]["place"] == found["difference"]
    assert (found["located"]["differing"], found["located"]["tensors"]) == (4, 4)
    size = found["located"]["size"]
    assert size["elements"] == size["differing"] == 100
    assert size["ulp"] > 1000 and 0 < size["absolute"] <= 2
    again = found["rerun"]
    assert again["outcome"] == "shown again at the same place"
    assert (again["left_repeated"], again["right_repeated"]) == (False, False)
    steps = [step for step in LATER if step < STEPS] + [STEPS - 1]
    assert [row["step"] for row in found["growth"]] == steps
    assert [row["step"] for row in found["losses"]] == steps
    assert all(row["weights"]["differing"] == 301 for row in found["growth"])
    assert all(row["loss"]["ulp"] for row in found["growth"])
    assert all(row["loss"]["ulp"] is None for row in found["losses"]), "a trace knows no type"


def test_a_gradient_that_never_repeats_is_named_by_the_re_run(project: Project) -> None:
    found = look(project, "repeats/cpu/cpu/indexed/seeded/threads-2")
    assert found["difference"]["phase"] == "backward", "the trace alone knows no tensor"
    assert (found["difference"]["step"], found["difference"]["tensor"]) == (0, None)
    place = at("backward", 0, "w")
    assert found["located"]["place"] == place, "scale comes first in the backward, and repeats"
    assert (found["located"]["differing"], found["located"]["tensors"]) == (1, 2)
    assert 0 < found["located"]["size"]["relative"] < 1
    assert found["rerun"]["outcome"] == "shown again at the same place"
    assert found["rerun"]["left_repeated"] is False
    operator = found["operator"]["operator"]
    assert found["operator"]["kind"] == "operator" and operator["backward"]
    assert operator["operator"].startswith("aten.index_put")
    assert operator["text"] == "w[index.roll(turn)]"
    assert operator["place"].startswith("benchmarks/indexed.py:")


def test_a_flipped_bit_is_found_in_its_tensor_at_one_ulp(project: Project) -> None:
    found = look(project, f"variation/{CELL}/seeded/bit-flip")
    place = at("weights", STEPS // 2, "0.weight")
    assert found["located"]["place"] == place
    assert (found["located"]["differing"], found["located"]["size"]["differing"]) == (1, 1)
    assert found["located"]["size"]["ulp"] == 1
    again = found["rerun"]
    assert again["outcome"] == "shown again at the same place"
    assert (again["left_repeated"], again["right_repeated"]) == (True, True)
    weights = [row["weights"]["differing"] for row in found["growth"]]
    assert weights[0] == 1 < weights[-1], "one weight spreads to the others"
    assert found["growth"][0]["loss"]["differing"] == 0, "the loss came before"


@pytest.mark.parametrize(
    "pair",
    [
        f"repeats/{CELL}/seeded/baseline",
        "repeats/cpu/cpu/indexed/seeded/baseline",
        f"variation/{CELL}/seeded/threads-2",
    ],
)
def test_control_equal_runs_have_no_difference_and_are_not_run_again(
    project: Project, pair: str
) -> None:
    found = look(project, pair)
    assert (found["difference"], found["reason"], found["left_out"]) == (None, None, [])
    assert found["right"] is not None and found["rerun"] is None
    assert not (project.folder / "results" / "reruns" / pair).exists()


def test_everything_is_done_once(project: Project) -> None:
    assert project.planned("differences") == []


def copy(source: Path, target: Path) -> Path:
    """Copy a record and its trace."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".json", ".npz"):
        shutil.copy(source.with_suffix(suffix), target.with_suffix(suffix))
    return target


def at(phase: Any, step: int | None, tensor: str | None) -> dict[str, Any]:
    """Return a place as files spell it."""
    return Difference(phase=phase, step=step, tensor=tensor).model_dump(mode="json")


def plant(record: Path, step: int, phase: str, **fields: Any) -> None:
    """Flip one bit of the fingerprint of one phase of a record's trace."""
    trace = record.with_suffix(".npz")
    with np.load(trace) as arrays:
        parts = {name: arrays[name].copy() for name in arrays.files}
    text = json.loads(record.read_text())
    parts["steps"][step, text["trace"]["phases"].index(phase)] ^= np.uint64(1)
    np.savez(trace, **parts)
    text["trace"]["sha256"] = sha256(trace)
    record.write_text(json.dumps(sealed({**text, **fields})))


def closer(project: Project, a: Path, b: Path, image: str = "cpu") -> tuple[dict[str, Any], str]:
    """Look closely at two records by hand; return the file and what was printed."""
    folder = b.parent / "reruns"
    output = b.parent / "closer.json"
    command = [sys.executable, "-m", "workflows.studies.differences.run", str(a), str(b), "--rerun"]
    command += ["--image-a", f"results/images/{image}.json", "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--output", str(output)], cwd=project.folder, env=project.environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(output.read_text()), done.stdout


def test_a_difference_that_does_not_come_again_is_kept_coarse(
    project: Project, tmp_path: Path
) -> None:
    a = project.record("toy", "seeded")
    b = copy(project.record("toy", "seeded", 1), tmp_path / "1.json")
    plant(b, 40, "gradients")
    found, text = closer(project, a, b)
    place = at("gradients", 40, None)
    assert found["difference"] == place and found["located"] is None
    again = found["rerun"]
    assert (again["outcome"], again["seen"], again["steps"]) == ("not shown again", [None], STEPS)
    assert (again["left_repeated"], again["right_repeated"]) == (True, False)
    assert again["right"] == place
    assert "not shown again: both sides agree over all 120 steps" in text


def test_a_difference_that_moved_is_named_where_it_now_is(project: Project, tmp_path: Path) -> None:
    sides = [
        project.record("indexed", "seeded").parents[1] / "threads-2" / f"{i}.json" for i in (0, 1)
    ]
    a, b = (copy(side, tmp_path / side.name) for side in sides)
    with np.load(a.with_suffix(".npz")) as arrays:
        equal = {name: arrays[name] for name in arrays.files}
    np.savez(b.with_suffix(".npz"), **equal)
    plant(b, 2, "weights")
    found, _ = closer(project, a, b)
    assert found["difference"] == at("weights", 2, None)
    assert found["rerun"]["outcome"] == "shown elsewhere"
    assert len(found["rerun"]["seen"]) == 2, "the first look kept step 2 alone"
    assert found["located"]["place"] == at("backward", 0, "w")
    assert [row["step"] for row in found["growth"]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"image": {"engine": "venv", "isolation": "", "content_digest": "0" * 64}},
            "ran in image",
        ),
        ({"identity": "0" * 64}, "ran other code or settings"),
        (
            {"held": {"processor": {"model": "Another", "flags": ""}, "flags": {}}},
            "it ran on Another",
        ),
    ],
    ids=["image", "code", "machine"],
)
def test_a_side_that_cannot_be_run_again_says_so(
    project: Project, tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    a = project.record("toy", "seeded")
    b = copy(a, tmp_path / "0.json")
    plant(b, 40, "gradients", **fields)
    found, text = closer(project, a, b)
    assert found["difference"] == at("gradients", 40, None)
    assert found["rerun"]["outcome"] == "not possible"
    assert reason in found["rerun"]["reason"] and reason in text
    assert len(found["losses"]) == 4, "what the traces tell is kept"


def test_a_run_that_did_not_complete_leaves_nothing_to_compare(
    project: Project, tmp_path: Path
) -> None:
    a = project.record("toy", "seeded")
    b = copy(a, tmp_path / "0.json")
    plant(b, 40, "gradients", status="failed", reason="killed by signal 9 (SIGKILL)")
    found, text = closer(project, a, b)
    assert found["difference"] is None and found["rerun"] is None
    assert "killed by signal 9" in found["reason"] and "nothing to compare" in text


def test_no_room_for_a_close_look_is_one_line_on_the_terminal(need: Need, project: Project) -> None:
    need("tmpfs", "only root mounts one" if os.getuid() else None)
    file = f"results/differences/repeats/{CELL}/seeded/baseline.json"
    log = Path(f"results/logs/differences/repeats/{CELL}/seeded/baseline.log")
    done = project.snakemake("-f", file)
    assert done.returncode == 0, "control"
    assert "no difference" in (project.folder / log).read_text()
    assert "no difference" not in done.stdout + done.stderr
    # Another look of the same job has a log as well, which would be shown.
    other = Path(f"results/logs/differences/variation/{CELL}/seeded")
    with full(*(project.folder / each for each in (Path(file).parent, log.parent, other))):
        done = project.snakemake("-f", file)
    line = f"error: {file}: No space left on device; free some room there"
    assert done.returncode != 0
    assert (done.stdout + done.stderr).count(line) == 1
