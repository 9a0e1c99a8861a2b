"""What a run leaves in its working folder is in its record, part by part where that is known."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from random import random
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.harness import files, packed
from tests.torch.runner import Runner
from workflows.compare.difference import first_difference


def write(path: Path, value: float) -> None:
    """Write a number as a file of the kind that its name says."""
    if path.suffix in (".pt", ".pth"):
        torch.save({"a": torch.ones(2), "b": {"c": [torch.tensor(value)]}}, path)
    elif path.suffix == ".npz":
        np.savez(path, a=np.ones(2), b=np.array(value))
    elif path.suffix == ".npy":
        np.save(path, np.array(value))
    elif path.suffix == ".safetensors":
        about = {"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}
        header = json.dumps(about).encode()
        path.write_bytes(len(header).to_bytes(8, "little") + header + np.float64(value).tobytes())
    elif path.suffix == ".json":
        path.write_text(json.dumps({"a": 1, "b": value}))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo("a", (1980 + int(random() * 100), 1, 1, 0, 0, 0)), "1")
            archive.writestr("b", str(value))
    elif path.suffix in (".tar", ".tgz") or ".tar." in path.name.lower():
        write_tar(path, value)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(str(value).encode(), mtime=int(random() * 1e9)))
    else:
        path.write_text(f"a\n{value}\n")


def write_tar(path: Path, value: float) -> None:
    """Pack a file, a folder and links, each with a time of its own."""
    mode: Any = {".tar": "w", ".tgz": "w:gz"}.get(path.suffix, f"w:{path.suffix[1:]}")
    with tarfile.open(path, mode) as archive:
        for name, kind in (("a", tarfile.DIRTYPE), ("/etc/l", tarfile.SYMTYPE), ("../b", b"0")):
            member = tarfile.TarInfo(name)
            member.type, member.mtime = kind, int(random() * 1e9)
            member.linkname = "/etc/passwd" if kind == tarfile.SYMTYPE else ""
            content = str(value).encode() if kind == b"0" else b""
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


KINDS = {
    "x.pt": ["a", "b.c[0]"], "x.pth": ["a", "b.c[0]"], "x.npz": ["a", "b"], "x.npy": ["content"],
    "x.safetensors": ["a"], "x.json": ["a", "b"], "x.csv": ["lines"], "x.txt": ["lines"],
    "x.zip": ["a", "b"], "x.gz": ["content"],
    **{f"x.{end}": ["a", "/etc/l", "../b"] for end in ("tar", "TAR.gz", "tgz", "tar.bz2")},
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_a_known_kind_is_taken_apart(tmp_path: Path, name: str) -> None:
    found = []
    for folder, value in (("0", 1.0), ("1", 1.0), ("2", 2.0)):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / name, value)
        seen, unwatched = files.left(tmp_path / folder)
        assert unwatched == [] and [*seen] == [name]
        found.append(seen[name]["parts"])
    one, again, other = found
    assert one == again and [*one] == KINDS[name]
    assert [part for part in one if one[part] != other[part]] == KINDS[name][-1:]


def test_other_bytes_of_equal_parts_are_equal_parts(tmp_path: Path) -> None:
    one, other = tmp_path / "1.json", tmp_path / "2.json"
    one.write_text('{"a": 1, "b": [2]}')
    other.write_text('{"b":[2],"a":1}')
    left = [files.described(path) for path in (one, other)]
    assert left[0]["parts"] == left[1]["parts"] and left[0]["sha256"] != left[1]["sha256"]


HIDING = {
    "x.json": b'{"a": 1, "a": 2}',
    "y.json": b"{",
    "x.pt": b"cos\nsystem\n(S'touch planted'\ntR.",
    "x.npy": b"no array",
    "x.dat": b"1",
}


@pytest.mark.parametrize("name", HIDING)
def test_of_what_cannot_be_taken_apart_the_bytes_count(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(HIDING[name])
    seen = files.described(tmp_path / name)
    assert (seen["kind"], seen["parts"]) == (None, None) and seen["size"] == len(HIDING[name])
    assert not (tmp_path / "planted").exists()


def test_two_tensors_of_one_path_do_not_hide_each_other(tmp_path: Path) -> None:
    torch.save({"a.b": torch.ones(1), "a": {"b": torch.ones(1)}}, tmp_path / "x.pt")
    assert files.described(tmp_path / "x.pt")["parts"] is None


def test_bounds_are_said_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILES", 2)
    monkeypatch.setattr(files, "LARGE", 3)
    for name, text in (("a.txt", "1"), ("b.txt", "12345"), ("c.txt", "1")):
        (tmp_path / name).write_text(text)
    (tmp_path / "link").symlink_to(tmp_path / "a.txt")
    seen, unwatched = files.left(tmp_path)
    assert unwatched == ["2 of 4 files in its working folder"] and [*seen] == ["a.txt", "b.txt"]
    assert seen["a.txt"]["parts"] and not seen["b.txt"]["parts"], "control"


def test_a_tar_that_holds_too_much_counts_by_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("a", "b"):
            member = tarfile.TarInfo(name)
            member.size = 6000
            archive.addfile(member, io.BytesIO(b"0" * 6000))
    assert files.described(path)["parts"], "control"
    monkeypatch.setattr(packed, "MOST", 10_000)
    assert not files.described(path)["parts"]


def test_where_a_link_in_a_tar_leads_counts(tmp_path: Path) -> None:
    parts = []
    for target in ("a", "b"):
        with tarfile.open(tmp_path / "x.tar", "w") as archive:
            member = tarfile.TarInfo("link")
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
        parts.append(files.described(tmp_path / "x.tar")["parts"])
    assert parts[0] != parts[1]


def test_a_link_counts_by_its_target_and_an_empty_folder_by_its_name(tmp_path: Path) -> None:
    seen = []
    for name, target in (("0", "0/deep/a.pt"), ("1", "1/deep/a.pt"), ("2", "2/deep/b.pt")):
        (tmp_path / name / "deep" / "none").mkdir(parents=True)
        (tmp_path / name / "best.pt").symlink_to(tmp_path / target)
        (tmp_path / name / "deep" / "up").symlink_to("..")
        seen.append(files.left(tmp_path / name)[0])
    assert [*seen[0]] == ["best.pt", "deep/none", "deep/up"]
    assert seen[0] == seen[1], "the run's own folder is no difference"
    assert seen[0]["best.pt"]["parts"] == {"target": "= deep/a.pt"} != seen[2]["best.pt"]["parts"]
    assert {**seen[0], "best.pt": None} == {**seen[2], "best.pt": None}, "control"


def test_each_run_begins_in_an_empty_folder_of_its_own(run: Runner) -> None:
    body = "print(os.getcwd()); assert t or not os.listdir(); os.makedirs('deep', exist_ok=True); "
    body += "torch.save(w.data + ADD, 'deep/w.pt'); open('0.json', 'w').write('{}')"
    one, again, other = (run("own", body=body.replace("ADD", add)) for add in "001")
    assert one.record.status == "completed", one.record.reason
    assert [*one.record.files] == ["0.json", "deep/w.pt"]
    assert first_difference(one, again) is None
    assert str(first_difference(one, other)) == "files (deep/w.pt: content)"
    assert sorted(path.name for path in run.last.parent.iterdir()) == ["0.json", "0.npz"]


def test_a_plain_value_of_a_checkpoint_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save({"time": 1795723717.5, "note": "n" * 300, "epoch": 3, "w": torch.ones(1)}, path)
    found = files.described(path)["parts"]
    assert (found["time"], found["epoch"]) == ("= 1795723717.5", "= 3")
    assert len(found["note"]) == len(found["w"]) == 64, "a long one is its SHA-256"
