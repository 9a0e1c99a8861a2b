"""The table of the doctor, its JSON, its exit code."""

from __future__ import annotations

import json

import pytest

from workflows.environments import doctor
from workflows.environments.checkup.finding import SIGNS, Finding, State

FOUND = [
    Finding("docker", State.WORKS, "docker 28 ran a container"),
    Finding("slurm", State.ABSENT, "no sbatch here"),
    Finding("memory", State.POOR, "2 GB free", "run fewer"),
]
FULL = Finding("disk", State.BLOCKS, "1 GB free", "free some")


@pytest.mark.parametrize(("more", "code"), [([], 0), ([FULL], 1)])
def test_only_what_blocks_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: list[Finding],
    code: int,
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: [*FOUND, *more])
    assert doctor.main([]) == code
    *lines, empty, last = capsys.readouterr().out.splitlines()
    assert [line[0] for line in lines] == [SIGNS[each.state] for each in (*FOUND, *more)]
    assert lines[2] == "! memory  2 GB free; run fewer"
    assert (empty, last) == ("", "in the way of reprise matrix: disk" if code else "ready")
    assert doctor.main(["--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert told["works"] == (not code)
    assert told["findings"][2] == {
        "name": "memory", "state": "poor", "said": "2 GB free", "fix": "run fewer",
    }  # fmt: skip


def test_everything_is_looked_at_once() -> None:
    found = doctor.examine()
    names = [each.name for each in found]
    assert len(set(names)) == len(names)
    assert {
        "docker", "podman", "apptainer", "venv", "host", "engine", "python", "programs", "cores",
        "memory", "shared memory", "cifar10", "gpu", "slurm", "qemu", "disk",
    } <= set(names)  # fmt: skip
    assert all("\n" not in each.told for each in found)
