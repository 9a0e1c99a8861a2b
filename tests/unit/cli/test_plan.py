"""`reprise plan`: runs, minutes and gigabytes, of what is there and of what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.cli.test_cli import reprise
from workflows.cli import plan as verb
from workflows.common.paths import ROOT
from workflows.environments import definition as environments
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.experiment.plan import make

CATALOGUE = Catalogue.read()


def account(name: str, *, gpu: bool = False, cores: int = 2, **changes: Any) -> str:
    config = yaml.safe_load((ROOT / "config" / name).read_text())
    experiment = load({**config, **changes}, CATALOGUE)
    plan = make(experiment, CATALOGUE, environments.devices())
    return "\n".join(verb.account(experiment, plan, CATALOGUE, cores, gpu=gpu))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache"


def test_runs_times_and_downloads_are_said() -> None:
    said = account("try.yaml")
    assert said.splitlines() == [
        "5 runs of 3 combinations: 5 toy",
        "then 3 close looks",
        "about 1 min on 2 cores, by stated times, without set-up",
        "0.2 GB to download: environment cpu 0.25",
    ]


def test_the_default_experiment_downloads_both_environments_and_the_data() -> None:
    said = account("config.yaml")
    assert "3.0 GB to download: environment cpu 0.25, environment cuda 2.6, cifar10 0.17" in said
    assert "of the runs need a GPU, which this machine has not: they are not-run" in said
    assert "need a GPU" not in account("config.yaml", gpu=True)


def test_what_is_in_the_cache_is_not_counted(cache: Path) -> None:
    (cache / "data" / "cifar10").mkdir(parents=True)
    (cache / "wheels").mkdir()
    for pin in environments.find("cpu").pins:
        name = pin.name.replace("-", "_")
        (cache / "wheels" / f"{name}-{pin.version}-py3-none-any.whl").touch()
    assert account("config.yaml").count("environment cuda 2.6") == 1
    assert "GB to download: environment cuda 2.6" in account("config.yaml")
    assert "nothing to download" in account("try.yaml")


def test_what_is_there_takes_no_time_and_says_how_long_the_rest_takes(tmp_path: Path) -> None:
    folder = tmp_path / "results/runs/cpu/cpu/toy/unseeded/baseline"
    folder.mkdir(parents=True)
    (folder / "0.json").write_text(json.dumps({"timing": {"step_seconds": 3.0}}))
    said = account("try.yaml", cores=1)
    assert "1 results are there already" in said
    assert "about 41 min on 1 cores, by runs timed here" in said  # four runs of 604 s


def test_studies_are_counted_and_take_their_time() -> None:
    with_costs = account("try.yaml", costs={"toy": {"rounds": 500}})
    assert "then 3 close looks and 1 studies" in with_costs
    assert "about 2.4 h on 2 cores" in with_costs, "with the machine to themselves"


def test_runs_of_cures_that_nobody_can_foresee_are_said_beside_the_time(tmp_path: Path) -> None:
    cures = {"toy": {"runs": 5}}
    line = (
        "up to 5 runs more, not in the time below: cures, where repeats differ, lose their letter"
    )
    assert line in account("try.yaml", cures=cures), "of seeded; that of unseeded is in the time"
    assert "runs more" not in account("try.yaml", cures=cures, configurations=["unseeded"])
    found = tmp_path / "results/cures/cpu/cpu/toy/seeded.json"
    found.parent.mkdir(parents=True)
    found.touch()
    assert "runs more" not in account("try.yaml", cures=cures), "it is there"


def test_the_command_names_the_file_and_runs_nothing(tmp_path: Path) -> None:
    done = reprise("plan", str(ROOT / "config" / "try.yaml"), "--cores", "3", folder=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith(f"{ROOT}/config/try.yaml\n5 runs of 3")
    assert "on 3 cores" in done.stdout and not (tmp_path / "results").exists()
