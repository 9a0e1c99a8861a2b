"""The scrontab, and one campaign on every kind of node, as far as no cluster is needed for that."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.support.documented import fences
from workflows.common.paths import ROOT
from workflows.history.schedule import BUSY, alone

FOLDER = ROOT / "workflows" / "history" / "cron"
CLUSTER = ROOT / "docs" / "how-to" / "cluster.md"
CONFIGURATION = """ClusterName=none
SlurmctldHost=localhost
NodeName=node1
PartitionName=cpu Nodes=node1
"""
"""Enough for Slurm's commands to read their options; none of them is answered."""


def scrontab() -> tuple[list[str], str]:
    """Return the options of the scrontab's one entry, and the entry."""
    lines = (FOLDER / "scrontab").read_text().splitlines()
    options = [line.removeprefix("#SCRON ") for line in lines if line.startswith("#SCRON ")]
    [entry] = [line for line in lines if line[:1] != "#"]
    return options, entry


@pytest.fixture
def sbatch(need: Need, tmp_path: Path) -> dict[str, str]:
    """Return an environment in which sbatch reads its options."""
    need(
        "slurm",
        None if shutil.which("sbatch") else "sbatch: not installed: apt-get install slurm-wlm",
    )
    path = tmp_path / "slurm.conf"
    path.write_text(CONFIGURATION)
    return {**os.environ, "SLURM_CONF": str(path)}


def read(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sbatch", *words], env=environment, capture_output=True, text=True, check=False
    )


def test_sbatch_knows_the_options(sbatch: dict[str, str]) -> None:
    """What `#SCRON` takes is what sbatch takes: scrontab(1)."""
    options, _ = scrontab()
    assert read(sbatch, *options, "--help").returncode == 0
    for wrong in ("--chdirs=/srv/reprise", "--time=20x"):
        assert read(sbatch, wrong, "--help").returncode != 0, "the check can fail"


def folder(where: Path) -> Path:
    """Return a folder with an experiment, and this code's `reprise` where a clone has it."""
    (where / "config").mkdir(parents=True)
    shutil.copy(ROOT / "config" / "config.yaml", where / "config")
    program = where / ".venv" / "bin" / "reprise"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m workflows "$@"\n')
    program.chmod(0o755)
    return where


@pytest.mark.parametrize(("changed", "code"), [("--keep", BUSY), ("--keeps", 2)])
def test_the_entry_is_a_command_that_reprise_takes(changed: str, code: int, tmp_path: Path) -> None:
    """Carried out as it stands, up to the lock, which another campaign holds."""
    _, entry = scrontab()
    [nightly] = [line for line in (FOLDER / "crontab").read_text().splitlines() if line[:2] == "30"]
    assert entry.split()[:5] == nightly.split()[:5]
    with alone(folder(tmp_path) / "results", wait=False):
        done = subprocess.run(
            ["/bin/sh", "-c", entry.split(None, 5)[5].replace("--keep", changed)],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == code, done.stderr


def test_a_kind_of_node_is_what_sbatch_takes_for_a_constraint(sbatch: dict[str, str]) -> None:
    for more, expected in (({"SBATCH_CONSTRAINT": "rome"}, True), ({}, False)):
        said = read({**sbatch, **more}, "-vv", "--test-only", "--wrap=true").stderr
        found = [line for line in said.splitlines() if "constraint" in line and "rome" in line]
        assert bool(found) is expected, said


def test_the_recipe_for_kinds_of_nodes_does_what_it_says(tmp_path: Path) -> None:
    """Its lines, as they stand, with a stand-in that tells where and how it was called."""
    [recipe] = [
        fence.body for fence in fences(CLUSTER.read_text()) if "SBATCH_CONSTRAINT" in fence.body
    ]
    program = tmp_path / "bin" / "reprise"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\necho "$(basename "$PWD") ${SBATCH_CONSTRAINT-any}: $*" >> '
        f"{tmp_path}/called\n"
        'case "$1" in publish) mkdir -p results; touch results/publication.zip;; esac\n'
    )
    program.chmod(0o755)
    (tmp_path / "clone").mkdir()
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    subprocess.run(["/bin/sh", "-ec", recipe], cwd=tmp_path / "clone", env=environment, check=True)
    matrix = "matrix --profile slurm --configfile ../../config/config.yaml"
    assert (tmp_path / "called").read_text().splitlines() == [
        f"skylake skylake: {matrix}", "skylake any: publish",
        f"rome rome: {matrix}", "rome any: publish",
        "clone any: merge nodes/rome/results/publication.zip nodes/skylake/results/publication.zip",
    ]  # fmt: skip
