"""CIFAR-10 with one byte, one label or one name changed: every fault is refused."""

from __future__ import annotations

# ruff: noqa: S301 - pickles are the subject
import io
import json
import pickle
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support.cifar10_world import ROWS, World, archive, npm_members, official_members, sha
from workflows.data.cifar10 import bring
from workflows.data.digests import BASE, BATCHES, META


@pytest.mark.parametrize("kind", ["official", "npm"])
def test_a_flipped_byte_in_an_archive(world: World, kind: str) -> None:
    path: Path = getattr(world, kind)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    line = world.expect_refused(path, f"sha256 {sha(bytes(data))}, expected ")
    assert world.identity.official_archive in line
    assert world.identity.npm_archive in line


class Bomb:
    """Its pickle makes a file when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.marker,)


def test_an_unknown_pickle_is_refused_before_it_is_loaded(world: World, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    bomb = pickle.dumps(Bomb(marker))
    (world.pickles / BASE / BATCHES[0]).write_bytes(bomb)
    world.expect_refused(world.pickles, f"data_batch_1: sha256 {sha(bomb)}, expected .*; not read")
    assert not marker.exists()
    pickle.loads(bomb)
    assert marker.exists(), "control: loading it would have been seen"


def test_an_unknown_pickle_in_an_accepted_archive_is_refused_too(
    world: World, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    members = official_members() | {f"{BASE}/test_batch": pickle.dumps(Bomb(marker))}
    digest = archive(world.official, dict(members))
    world.expect_refused(world.official, "test_batch: sha256", official_archive=digest)
    assert not marker.exists()


def test_a_flipped_byte_in_a_pickle(world: World) -> None:
    path = world.pickles / BASE / BATCHES[4]
    data = path.read_bytes()
    path.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    world.expect_refused(world.pickles, "data_batch_5: sha256 .*; not read")


def test_a_missing_pickle(world: World) -> None:
    (world.pickles / BASE / "test_batch").unlink()
    world.expect_refused(
        world.pickles, "test_batch: No such file or directory; expected CIFAR-10's"
    )


@pytest.mark.parametrize(("split", "row"), [("train", 0), ("train", 9), ("test", 1)])
def test_one_wrong_label(world: World, split: str, row: int) -> None:
    members = npm_members()
    name = f"package/{split}_lables.json"
    labels = json.loads(members[name])
    labels[row] = (labels[row] + 1) % 10
    members[name] = json.dumps(labels).encode()
    digest = archive(world.npm, dict(members))
    world.expect_refused(
        world.npm, f"its {split} labels have sha256 .*, expected", npm_archive=digest
    )


def test_one_wrong_pixel(world: World) -> None:
    members = npm_members()
    with Image.open(io.BytesIO(members["package/data_batch_3.png"])) as image:
        image.putpixel((1023, ROWS - 1), (1, 2, 3))
        image.save(stream := io.BytesIO(), "png")
    members["package/data_batch_3.png"] = stream.getvalue()
    digest = archive(world.npm, dict(members))
    world.expect_refused(world.npm, "its train pixels have sha256", npm_archive=digest)


def test_right_content_in_other_bytes(world: World) -> None:
    files = dict(world.identity.files) | {META: "0" * 64}
    world.expect_refused(world.npm, "batches.meta: sha256 .* expected 000", files=files)


def test_no_path_from_an_archive_is_used(world: World, tmp_path: Path) -> None:
    members = {"../escaped": b"!", "/tmp/../escaped": b"!"} | official_members()  # noqa: S108
    members = {"../data_batch_1": b"!", f"{BASE}/../../../escaped": b"!"} | members
    digest = archive(world.official, dict(members))
    before = {path for path in tmp_path.rglob("*") if world.folder not in path.parents}
    bring(world.folder, replace(world.identity, official_archive=digest), world.official)
    after = {path for path in tmp_path.rglob("*") if world.folder not in path.parents}
    assert after - before == {world.folder, world.home}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_instead_of_a_file(world: World, tmp_path: Path, kind: bytes) -> None:
    link = tarfile.TarInfo(f"{BASE}/test_batch")
    link.type, link.linkname = kind, str(tmp_path / "pickles" / BASE / "test_batch")
    digest = archive(world.official, dict(official_members()) | {link.name: link})
    world.expect_refused(world.official, "test_batch is no plain file", official_archive=digest)


def test_an_archive_that_lacks_a_file(world: World) -> None:
    members = official_members()
    del members[f"{BASE}/data_batch_2"]
    digest = archive(world.official, dict(members))
    world.expect_refused(world.official, f"lacks {BASE}/data_batch_2", official_archive=digest)
