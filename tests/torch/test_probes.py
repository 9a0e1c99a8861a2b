"""Probes with real PyTorch: the fast and sure ones show their source, and their cure holds."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from workflows.common.paths import ROOT
from workflows.compare.outcome import outcome
from workflows.experiment.catalogue import Catalogue, Side
from workflows.runs.record import read

pytestmark = pytest.mark.late

CATALOGUE = Catalogue.read()


@pytest.mark.parametrize(
    "name",
    [
        "initial_weights", "dropout", "worker_numpy", "hash_seed", "uninitialised_memory",
        "list_index", "control", "unseeded_generator", "order_of_arrival", "spawned_process",
    ],
)  # fmt: skip
def test_a_probe_shows_what_it_declares(name: str, tmp_path: Path, torch_python: Path) -> None:
    probe = CATALOGUE.benchmarks[name].probe
    assert probe is not None and probe.against is None

    def shown(side: Side, wanted: str) -> str:
        """Run a side twice; where it is to differ, again: on a busy machine two may agree."""
        digests: set[str] = set()
        for repeat in range(8 if wanted == "differs" else 2):
            if len(digests) > 1:
                break
            command = [str(torch_python), "-m", "benchmarks.run", "--benchmark", name]
            command += ["--configuration", "probe", "--settings", ",".join(side.settings)]
            command += ["--options", json.dumps(side.options), "--threads", str(side.threads)]
            command += ["--output", str(tmp_path), "--repeat", str(repeat)]
            clean = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
            subprocess.run(command, cwd=ROOT, env=clean, check=True, capture_output=True)
            run = read(tmp_path / f"{repeat}.json")
            assert run.record.status == "completed", run.record.reason
            digests.add(outcome(run))
        return "identical" if len(digests) == 1 else "differs"

    wanted = probe.shows("cpu")
    found = shown(probe.unset, wanted[0]), shown(probe.set, wanted[1])
    assert found == wanted
