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

    def shown(side: Side, repeats: int = 2) -> str:
        digests = set()
        for repeat in range(repeats):
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

    assert (shown(probe.unset), shown(probe.set)) == probe.shows("cpu")
