"""Surroundings in real runs: a small benchmark prints where it is, and an emulator is no claim."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.workflow.project import Project
from workflows.compare.noise import counted
from workflows.runs.machine import machine
from workflows.runs.record import Run, read

pytestmark = pytest.mark.late

# The neighbours are the launch's other children, beside the guard of the run and of its parent; a
# container has no launch.
BODY = (
    "above = lambda pid: int(open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[1]); "
    "launch = above(above(os.getppid())) or 1; "
    "print(''.join(os.getcwd().partition('elsewhere')[1:]), os.getuid(), time.tzname[0], "
    "os.environ.get('LC_ALL'), os.environ.get('PYTHONHASHSEED'), "
    "len(open(f'/proc/{launch}/task/{launch}/children').read().split()) - 1, sep='|')"
)
USER = 23456
RANDOM = "hashseed-random"
VARIATIONS = ["baseline", "working-directory", "user", "time-zone", "locale", "contended"]


def project(folder: Path, engine: str, **changes: Any) -> Project:
    """Return a project with the benchmark that prints its surroundings."""
    base = {"configurations": ["seeded"], "repeats": {"own": 2, "variations": 2}}
    made = Project.copy(folder, engine=engine, benchmarks={"own": {}}, **{**base, **changes})
    made.own("own", BODY)
    return made


def carry_out(project: Project, *names: str) -> dict[str, Run]:
    """Carry out the first repeat of CONFIGURATION/VARIATION, each; return their records."""
    paths = {name: f"results/runs/cpu/cpu/own/{name}/0.json" for name in names}
    done = project.snakemake(*paths.values())
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: read(project.folder / path) for name, path in paths.items()}


def seen(run: Run) -> dict[str, str]:
    """Return what a completed run printed of its surroundings."""
    record = run.record
    assert record.status == "completed", record.reason
    names = ("folder", "user", "zone", "locale", "hash seed", "neighbours")
    return dict(zip(names, record.printed[-1].split("|"), strict=True))


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["venv", "docker", "podman"])
def test_a_run_sees_the_surroundings_that_were_asked_for(
    engine: str, tmp_path: Path, need: Need
) -> None:
    need(engine)
    place = project(
        tmp_path, engine,
        configurations=["seeded", {"hashed": ["torch-seed", "hash-seed"]}],
        variations=[*VARIATIONS, RANDOM],
    )  # fmt: skip
    runs = carry_out(
        place, *(f"seeded/{name}" for name in (*VARIATIONS, RANDOM)), f"hashed/{RANDOM}"
    )
    usual = seen(runs["seeded/baseline"])
    deeper = "elsewhere/much-deeper/than-the-usual/working-directory/work"  # each run has its own
    for variation, what, was, now in (
        ("working-directory", "folder", "", deeper),
        ("time-zone", "zone", "UTC", "FAR"),
        ("locale", "locale", "None", "C"),
        (RANDOM, "hash seed", "None", "random"),
    ):
        assert (usual[what], seen(runs[f"seeded/{variation}"])[what]) == (was, now)
    assert seen(runs[f"hashed/{RANDOM}"])["hash seed"] == "3", "settings win"
    user = runs["seeded/user"]
    if user.record.status == "not-run":  # where root's own Python is closed to all others
        assert engine == "venv"
        assert user.record.reason and user.record.reason.startswith(f"user: {USER}: ")
    else:
        assert (seen(user)["user"], usual["user"] == str(USER)) == (str(USER), False)
    if engine == "venv":  # a container shows its own processes only
        assert (usual["neighbours"], seen(runs["seeded/contended"])["neighbours"]) == ("0", "2")
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(place.folder) not in listed.stdout.replace("pytest", "")
    owners = {path.stat().st_uid for path in (place.folder / "results").rglob("*")}
    assert owners == {os.getuid()}


@pytest.mark.engine
@pytest.mark.usefixtures("qemu")
@pytest.mark.parametrize("engine", ["venv", "docker"])
def test_an_emulated_processor_is_what_pytorch_sees(
    engine: str, tmp_path: Path, need: Need
) -> None:
    need(engine)
    place = project(tmp_path, engine, variations=["cpu-haswell"])
    run = carry_out(place, "seeded/cpu-haswell")["seeded/cpu-haswell"]
    held = run.record.held
    assert held is not None, run.record.reason
    assert held.processor.emulated == "Haswell"
    assert held.processor.brand == "Intel Core Processor (Haswell)"
    assert held.flags["cpu_capability"] == "AVX2"
    assert "-cpu Haswell" in held.variables["REPRISE_EMULATOR"]
    assert machine(run) == "QEMU Haswell, AVX2"
    said = run.record.printed_errors
    assert any("TCG doesn't support" in line for line in said), "QEMU's own lines are kept,"
    assert [line.printed for line in counted(said, errors=True)] == [], "and do not count"


@pytest.mark.usefixtures("qemu", "torch_python")
def test_a_tier_does_not_run_below_itself_and_says_so(tmp_path: Path) -> None:
    tiers = ["portable", "portable-sse"]
    place = project(tmp_path, "venv", configurations=tiers, variations=["cpu-nehalem"])
    below, fits = carry_out(place, *(f"{tier}/cpu-nehalem" for tier in tiers)).values()
    assert below.record.status == "not-run"
    assert "has no AVX2, which these settings ask for" in str(below.record.reason)
    assert fits.record.status == "completed", fits.record.reason


BYPASS = '#!/bin/sh\n[ "$2" = help ] && exec {real} -cpu help\nshift 2\nexec "$@"\n'


@pytest.mark.usefixtures("qemu", "torch_python")
@pytest.mark.parametrize("fault", ["emulator", "new interpreter"])
def test_a_native_run_that_claims_to_be_emulated_is_refused(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = project(tmp_path / "project", "venv", variations=["cpu-haswell"])
    if fault == "emulator":
        fake = tmp_path / "bin" / "qemu-x86_64"
        fake.parent.mkdir()
        fake.write_text(BYPASS.format(real=shutil.which("qemu-x86_64")))
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    else:
        place.edit("benchmarks/run.py", '"REPRISE_EMULATOR"', '"REPRISE_NOTHING"')
    found = carry_out(place, "seeded/cpu-haswell")["seeded/cpu-haswell"].record
    assert found.status == "failed" and found.reason is not None
    assert found.reason.startswith("asked was an emulated Haswell, but the run held ")
    assert "QEMU" not in found.reason


def test_an_emulator_that_is_not_there_is_a_reason_and_not_a_failure(
    tmp_path: Path, torch_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Everything that is on PATH now, except the emulators.
    tools = tmp_path / "bin"
    tools.mkdir()
    for folder in os.get_exec_path():
        for tool in Path(folder).glob("*"):
            if not tool.name.startswith("qemu-") and not (tools / tool.name).is_symlink():
                (tools / tool.name).symlink_to(tool)
    monkeypatch.setenv("PATH", str(tools))
    place = project(tmp_path / "project", "venv", variations=["cpu-haswell"])
    found = carry_out(place, "seeded/cpu-haswell")["seeded/cpu-haswell"].record
    told = "qemu-x86_64 is not installed: apt-get install qemu-user qemu-user-static"
    assert (found.status, found.reason) == ("not-run", told)


def test_an_unknown_processor_is_one_line(tmp_path: Path, qemu: None, torch_python: Path) -> None:
    place = project(tmp_path, "venv", variations=[{"cpu-mine": {"cpu": "Hasswell"}}])
    done = place.snakemake("results/runs/cpu/cpu/own/seeded/cpu-mine/0.json")
    assert done.returncode != 0
    assert "'Hasswell': not a model of QEMU; did you mean Haswell?" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
