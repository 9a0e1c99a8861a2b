"""The experiment file: what is right passes, what is wrong is refused with one helpful line."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.environments import definition as environments
from workflows.experiment.catalogue import Benchmark, Catalogue
from workflows.experiment.load import load
from workflows.experiment.model import Experiment, own_data, times

CATALOGUE = Catalogue.read()
DEFAULT: dict[str, Any] = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("config.yaml", ["cpu", "cuda"]),
        ("full.yaml", ["cpu", "cuda", "older"]),
        ("why.yaml", ["cpu", "cuda", "older"]),
    ],
)
def test_shipped_experiments_are_right(name: str, expected: list[str]) -> None:
    config = yaml.safe_load((ROOT / "config" / name).read_text())
    experiment = load(config, CATALOGUE)
    assert experiment.environments == expected
    assert set(experiment.repeats) >= {"toy", "cifar10"}


def test_full_is_the_articles_scale() -> None:
    experiment = load(yaml.safe_load((ROOT / "config" / "full.yaml").read_text()), CATALOGUE)
    assert experiment.benchmarks["cifar10"].steps == 2 * 12_500
    assert times(experiment, "toy") == 59 and times(experiment, "cifar10") == 5


@pytest.mark.parametrize(
    "name", ["config.yaml", "full.yaml", "processors.yaml", "why.yaml", "try.yaml"]
)
def test_shipped_experiments_fit_the_schema_file(name: str) -> None:
    import jsonschema

    written = json.loads((ROOT / "config" / "schema.json").read_text())
    jsonschema.validate(yaml.safe_load((ROOT / "config" / name).read_text()), written)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**DEFAULT, "repeatz": 1}, written)


TOY: dict[str, Any] = {"toy": {}, "cifar10": {}}

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"noise": {"node": "("}}, r"noise.node = '\(': expected a regular expression \(missing"),
    ({"noise": {"node": ".*"}}, r"noise.node = '\.\*': expected .* that matches some text"),
    ({"noise": {"node": "n" * 201}}, r"noise.node = 'n+': expected .* of 1 to 200 characters"),
    ({"noise": {"node": 1}}, r"noise.node = 1: expected a valid string"),
    ({"repeatz": 1}, r"repeatz: unknown key \(did you mean repeats\?\); allowed: engine, "),
    ({"seed": -1}, r"seed = -1: expected greater than or equal to 0"),
    ({"seed": 2**32}, r"seed = 4294967296: expected less than"),
    ({"seed": "3"}, r"seed = '3': expected a valid integer"),
    ({"seed": True}, r"seed = True: expected a valid integer"),
    ({"engine": "dokcer"}, r"engine = 'dokcer': expected .*\(did you mean docker\?\)"),
    ({"environments": []}, r"environments = \[\]: expected at least one"),
    ({"environments": None}, r"environments = None: expected a valid list"),
    ({"environments": ["cup"]}, r"environments = 'cup': .* cpu, cuda.*did you mean cpu"),
    ({"environments": ["cpu", "cpu"]}, r"environments: cpu is named 2 times"),
    ({"environments": ["host"]}, r"environments = 'host': .*engine: host"),
    ({"devices": ["gpu"]}, r"devices.0 = 'gpu': expected 'cpu' or 'cuda'"),
    ({"benchmarks": {}}, r"benchmarks = \{\}: expected at least one"),
    ({"benchmarks": {"toyy": {}}}, r"benchmarks = 'toyy': .*did you mean toy"),
    ({"benchmarks": {"toy": {"step": 3}}}, r"benchmarks.toy.step: unknown key .*steps"),
    ({"benchmarks": {"toy": {"steps": 0}}}, r"benchmarks.toy.steps = 0: expected greater"),
    ({"benchmarks": {**TOY, "cifar10": {"options": {"worker": 1}}}}, r"did you mean workers"),
    ({"benchmarks": {**TOY, "cifar10": {"options": {"workers": "2"}}}}, r"workers = '2': .*int"),
    ({"configurations": ["sedeed"]}, r"configurations = 'sedeed': .*did you mean seeded"),
    ({"configurations": [{"mine": ["torch-sed"]}]}, r"configurations.mine = .*torch-seed"),
    ({"configurations": [{"seeded": []}]}, r"configurations.seeded: is a standard name"),
    ({"configurations": [{"My Own": []}]}, r"expected a name of lower-case letters"),
    ({"configurations": [{}]}, r"configurations = \{\}: expected a name"),
    ({"configurations": [{"strict-own": 3}]}, r"configurations.0.strict-own = 3: expected"),
    ({"configurations": [3]}, r"configurations.0 = 3: expected"),
    (
        {"configurations": [{"a": ["deterministic-warn-only", "deterministic-algorithms"]}]},
        r"configurations.a = 'deterministic-algorithms': expected it without deterministic-warn-o",
    ),
    ({"configurations": [{"a": ["aten-avx2", "aten-default"]}]}, r"a = 'aten-default': .* aten-av"),
    (
        {"variations": [{"a": {"settings": ["cudnn-benchmark-off", "cudnn-benchmark-on"]}}]},
        r"variations.a.settings = 'cudnn-benchmark-on': expected it without cudnn-benchmark-off",
    ),
    ({"configurations": ["seeded", "seeded"]}, r"seeded is named 2 times"),
    ({"variations": ["thread-2"]}, r"variations = 'thread-2': .*did you mean threads-2"),
    ({"variations": [{"a": {"thread": 2}}]}, r"variations.0.a.thread: unknown key .*threads"),
    (
        {"variations": [{"a": {"variables": {"OMP_NUM_THREADS": "4"}}}]},
        r"variations.a.variables = 'OMP_NUM_THREADS': expected threads: N instead",
    ),
    ({"variations": [{"bit-flip": {"threads": 2}}]}, r"variations.bit-flip: the plan uses this"),
    ({"configurations": [{"unset": ["torch-seed"]}]}, r"configurations.unset: probes use this"),
    ({"probes": ["list_indx"]}, r"probes = 'list_indx': .*did you mean list_index"),
    ({"repeats": {"toy": {"below": 2.0}, "cifar10": 2}}, r"repeats.toy.below = 2.0: expected less"),
    ({"vary": {"configurations": ["portable-see"]}}, r"vary.configurations = 'portable-see'"),
    (
        {"variations": [{"a": {"threads": 0}}]},
        r"variations.0.a.threads = 0: expected greater than or equal to 1",
    ),
    ({"variations": [{"a": {"settings": ["x"]}}]}, r"variations.a.settings = 'x': expected one"),
    (
        {"repeats": {"toy": 1, "cifar10": 3}},
        r"repeats.toy = 1: expected greater than or equal to 2",
    ),
    ({"repeats": {"toy": 3}}, r"repeats.cifar10: missing"),
    ({"repeats": {"toy": 3, "cifar10": 3, "x": 2}}, r"repeats = 'x': expected one of toy, cifar10"),
    ({"limits": {"minute": 3}}, r"limits.minute: unknown key \(did you mean minutes"),
    ({"limits": {"minutes": 0}}, r"limits.minutes = 0: expected greater than 0"),
    ({"ablation": {"toyy": {}}}, r"ablation = 'toyy': .*did you mean toy"),
    ({"ablation": {"toy": {"step": 3}}}, r"ablation.toy.step: unknown key .*steps.*; allowed: s"),
    ({"ablation": {"toy": {"repeats": 1}}}, r"ablation.toy.repeats = 1: expected greater.* to 2"),
    ({"ablation": {"toy": {"threads": 0}}}, r"ablation.toy.threads = 0: expected greater"),
    ({"ablation": {"toy": {"start": "stict"}}}, r"toy.start = 'stict': .*did you mean strict"),
    ({"ablation": {"toy": {"options": {"a": 1}}}}, r"ablation.toy.options.a: unknown option"),
    ({"ablation": {"toy": 3}}, r"ablation.toy = 3: expected"),
    ({"cures": {"toyy": {}}}, r"cures = 'toyy': .*did you mean toy"),
    ({"cures": {"toy": {"run": 9}}}, r"cures.toy.run: unknown key .*runs.*; allowed: runs"),
    ({"cures": {"toy": {"runs": 3}}}, r"cures.toy.runs = 3: expected greater.* to 4"),
    ({"data": {"cifar100": "x"}}, r"data = 'cifar100': .*did you mean cifar10"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=[str(w) for w, _ in WRONG])
def test_wrong_values_are_refused_in_one_line(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        load({**DEFAULT, **wrong}, CATALOGUE)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("config: ")


READER = Benchmark(file="reader.py", steps=4, options={}, data="mine", published=None)
READERS = CATALOGUE.model_copy(update={"benchmarks": {**CATALOGUE.benchmarks, "reader": READER}})
READS: dict[str, Any] = {**DEFAULT, "benchmarks": {"reader": {}}, "repeats": {"reader": 2}}
DIGEST = "0f" * 32


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, r"data.mine: missing: reader reads it; data: \{ mine: \{ path: …, sha256: … \} \}"),
        ({"mine": None}, r"data.mine = None: expected \{path: …, sha256: …\}"),
        ({"mine": "x"}, r"data.mine = 'x': expected \{path: …, sha256: …\}"),
        ({"mine": {"path": "x"}}, r"data.mine.sha256: missing; to see it: reprise data mine PATH"),
        ({"mine": {"path": "x", "sha256": "0f"}}, r"data.mine.sha256 = '0f': expected 64 digits"),
        ({"mine": {"pth": "x", "sha256": DIGEST}}, r"data.mine.pth: unknown key .*mean path"),
        ({"mien": {"path": "x", "sha256": DIGEST}}, r"data = 'mien': .*did you mean mine"),
        ({"cifar10": {"path": "x", "sha256": DIGEST}}, r"data.cifar10 = .* its path alone"),
    ],
)
def test_own_data_have_a_digest(data: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"^config: {message}"):
        load({**READS, "data": data}, READERS)


def test_where_own_data_lie_is_kept_nowhere() -> None:
    experiment = load({**READS, "data": {"mine": {"path": "/x", "sha256": DIGEST}}}, READERS)
    own = own_data(experiment, "mine")
    assert own and (own.path, own.sha256) == ("/x", DIGEST)
    assert own_data(experiment, "cifar10") is None and own_data(experiment, None) is None
    kept = experiment.model_dump(mode="json", exclude_none=True)
    assert kept["data"] == {"mine": {"sha256": DIGEST}}
    assert own_data(load(kept, READERS), "mine") == own.model_copy(update={"path": None})


@pytest.mark.parametrize("key", ["environments", "devices", "benchmarks", "repeats"])
def test_missing_keys_are_named(key: str) -> None:
    config = {name: value for name, value in DEFAULT.items() if name != key}
    with pytest.raises(UserError, match=f"config: {key}: missing"):
        load(config, CATALOGUE)


def test_own_configurations_and_variations_are_accepted() -> None:
    config = {
        **DEFAULT,
        "configurations": ["seeded", {"mine": ["torch-seed", "hash-seed"]}],
        "variations": ["baseline", {"threads-4": {"threads": 4}}],
    }
    assert isinstance(load(config, CATALOGUE), Experiment)


def test_the_host_engine_has_one_environment() -> None:
    assert load({**DEFAULT, "engine": "host"}, CATALOGUE).environments == ["host"]


def test_pinned_environments_know_their_devices() -> None:
    assert environments.devices() == {
        "cpu": ["cpu"],
        "cuda": ["cpu", "cuda"],
        "older": ["cpu", "cuda"],
    }
