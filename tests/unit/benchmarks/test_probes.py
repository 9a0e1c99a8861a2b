"""The probes as they are declared: one source each, one cure each, every named source covered."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Benchmark, Catalogue, Probe, Side

CATALOGUE = Catalogue.read()
PROBES = {name: found for name, found in CATALOGUE.benchmarks.items() if found.probe}

SOURCES = {
    "cpu": {
        "initial weights", "shuffling", "dropout", "Python's random module, main process",
        "NumPy's global generator, main process", "Python's random module, workers",
        "NumPy's global generator, workers", "number of workers", "hash seed",
        "order of file listings", "uninitialised memory", "backward of list indexing",
        "index_put with accumulation", "thread-dependent reduction", "denormal numbers",
        "CPU instruction set, PyTorch's kernels", "CPU instruction set, oneDNN",
        "CPU instruction set, MKL", "a generator without a seed", "order of a loader's batches",
        "Python's random module, another process",
    },
    "cuda": {
        "convolution backward", "convolution autotuning", "index_add", "scatter_add",
        "embedding backward", "embedding bag backward", "interpolate backward",
        "cuBLAS workspace", "TF32", "attention backward", "CTC loss backward", "cumulative sum",
    },
}  # fmt: skip


def declared(found: Benchmark) -> Probe:
    assert found.probe is not None
    return found.probe


def changes(probe: Probe) -> list[str]:
    """Name what the two sides of a probe do differently."""
    unset, cured = probe.unset, probe.set
    options = {**unset.options, **cured.options}
    return [
        *sorted(set(unset.settings) ^ set(cured.settings)),
        *(n for n in options if unset.options.get(n) != cured.options.get(n)),
        *(["threads"] if unset.threads != cured.threads else []),
    ]


def test_every_file_of_the_folder_is_a_probe_or_serves_them() -> None:
    folder = ROOT / "benchmarks" / "probes"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "program", "augmented"}
    assert files == set(PROBES) and len(files) >= 18


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_every_source_has_a_probe(device: str) -> None:
    covered = {declared(f).source for f in PROBES.values() if device in declared(f).devices}
    assert covered >= SOURCES[device]


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_names_what_exists(name: str) -> None:
    found, probe = PROBES[name], declared(PROBES[name])
    against = probe.against.options if probe.against else {}
    for options in (probe.unset.options, probe.set.options, against):
        assert set(options) <= set(found.options)
    settings = {*probe.unset.settings, *probe.set.settings}
    assert settings <= set(CATALOGUE.settings)
    assert probe.devices and set(probe.devices) <= {"cpu", "cuda"}
    assert set(probe.controls) < set(probe.devices)
    for device in probe.devices:
        assert all(device in CATALOGUE.settings[setting].devices for setting in settings)
    assert found.data is None and found.published is None and 2 <= found.steps <= 10


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_has_one_cure(name: str) -> None:
    assert len(changes(declared(PROBES[name]))) == 1


def test_control_the_check_sees_a_second_change() -> None:
    probe = declared(PROBES["list_index"])
    assert changes(probe) == ["deterministic-algorithms"]
    two = Side(settings=[*probe.set.settings, "one-thread"], threads=1)
    planted = probe.model_copy(update={"set": two})
    assert changes(planted) == ["deterministic-algorithms", "one-thread", "threads"]


def test_a_probe_may_be_a_control_on_one_device() -> None:
    probe = declared(PROBES["interpolate"])
    assert probe.shows("cpu") == ("identical", "identical")
    assert probe.shows("cuda") == ("differs", "refused")
    assert declared(PROBES["control"]).shows("cuda") == ("identical", "identical")


@pytest.mark.parametrize(
    "planted",
    [
        {"unset": {"setings": []}},
        {"unset_shows": "same"},
        {"against": {"thread": 2}},
        {"set": {"threads": "2"}},
    ],
)
def test_a_wrong_declaration_is_refused(planted: dict[str, Any]) -> None:
    right: dict[str, Any] = {"source": "x", "unset": {}, "set": {}}
    assert Probe.model_validate(right).source == "x"
    with pytest.raises(ValidationError):
        Probe.model_validate({**right, **planted})
