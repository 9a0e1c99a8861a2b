"""Tampered copies of a real publication, each refused with a clear line; the control passes."""

from __future__ import annotations

import stat
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.support import finished
from tests.support.tampering import RECORD, assert_refused, flip, zipped
from workflows.common.errors import UserError
from workflows.common.sums import sha256
from workflows.publication.archive import write_sums
from workflows.publication.check import unpack as unpacking
from workflows.publication.check.opened import opened
from workflows.publication.manifest import Traces


@pytest.mark.parametrize("traces", ["whole", "brief"])
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_an_untouched_one_passes(traces: Traces, form: str, tmp_path: Path) -> None:
    folder = finished.publication(tmp_path, traces)
    source = folder if form == "folder" else folder.with_suffix(".zip")
    found = opened(source, tmp_path / "opened", None)
    assert len(found.records) == (13 if traces == "whole" else 2)
    assert found.signed == "not signed"


@pytest.mark.parametrize("name", [RECORD, "matrix.json", "locks/cpu.lock", "report.html"])
def test_a_flipped_bit(name: str, copy: Path, tmp_path: Path) -> None:
    flip(copy / name)
    assert_refused(zipped(copy), tmp_path, f"{name}: is not what SHA256SUMS says")


def test_a_flipped_bit_in_a_trace(copy: Path, tmp_path: Path) -> None:
    trace = sorted((copy / "traces").glob("*.npz"))[0]
    flip(trace)
    assert_refused(zipped(copy), tmp_path, f"traces/{trace.name}: is not what SHA256SUMS says")
    write_sums(copy)  # a thorough forger makes the sums anew
    assert_refused(zipped(copy), tmp_path, f"traces/{trace.name}: missing, or is not the trace of")


def test_a_zip_packed_in_a_strange_way(copy: Path, tmp_path: Path) -> None:
    source = copy.with_suffix(".zip")
    with zipfile.ZipFile(source, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("matrix.json", bytes(10**6))
    assert_refused(source, tmp_path, "is packed in a strange way")


def test_a_trace_that_unpacks_or_lies(tmp_path: Path) -> None:
    folder = finished.publication(tmp_path, "brief")
    trace = sorted((folder / "traces").glob("*.npz"))[0]
    with np.load(trace) as arrays:
        content = dict(arrays)
    np.savez_compressed(trace, **content)
    write_sums(folder)
    assert_refused(zipped(folder), tmp_path, "its arrays are packed")
    head = b"{'descr': '<u8', 'fortran_order': False, 'shape': (1000000000000000,), }"
    with zipfile.ZipFile(trace, "w") as archive:
        for name in content:
            lie = np.lib.format.magic(1, 0) + len(head).to_bytes(2, "little") + head
            archive.writestr(f"{name}.npy", lie)
    write_sums(folder)
    assert_refused(zipped(folder), tmp_path, "its size is not what its head says")
    trace.write_bytes(b"no zip")
    write_sums(folder)
    assert_refused(zipped(folder), tmp_path, "is not a trace")
    trace.unlink()
    write_sums(folder)
    assert_refused(zipped(folder), tmp_path, "is not a trace")


def test_a_folder_that_lies_where_it_is_unpacked(copy: Path) -> None:
    for folder in (copy, copy / "runs", copy.parent):
        with pytest.raises(UserError, match="lies where it would be unpacked"):
            unpacking.unpack(copy, folder)
    assert (copy / "matrix.json").exists(), "nothing is lost"


@pytest.mark.parametrize("name", ["../outside.json", "/etc/outside", "a\\b", "a/../../b", "a\nb"])
def test_a_path_out_of_the_folder(name: str, copy: Path, tmp_path: Path) -> None:
    source = zipped(copy)
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), "outside")
    assert_refused(source, tmp_path, "is no name that a publication may hold; refused")
    assert not (tmp_path / "outside.json").exists() and not (tmp_path / "opened").exists()


def test_a_link_in_a_zip(copy: Path, tmp_path: Path) -> None:
    source = zipped(copy)
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert_refused(source, tmp_path, "'link' is no plain file; refused")


def test_a_link_in_a_folder(copy: Path, tmp_path: Path) -> None:
    (copy / "link").symlink_to("/etc/passwd")
    assert_refused(copy, tmp_path, "'link' is a link or no plain file; refused")


def test_a_bomb(copy: Path, tmp_path: Path) -> None:
    source = zipped(copy)
    with zipfile.ZipFile(source, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", bytes(unpacking.ONE + 1))
    assert source.stat().st_size < 2**20, "a small file that grows"
    assert_refused(source, tmp_path, "'bomb.json' unpacks to more than 64 MiB; refused")
    assert not (tmp_path / "opened").exists(), "nothing of it is left"


def test_many_small_bombs(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "ALL", 2**20)
    source = zipped(copy)
    with zipfile.ZipFile(source, "a", zipfile.ZIP_DEFLATED) as archive:
        for index in range(3):
            archive.writestr(f"bomb{index}.json", bytes(2**19))
    assert_refused(source, tmp_path, "unpacks to more than")


@pytest.mark.parametrize("name", [RECORD, "matrix.json", "SHA256SUMS", "publication.json"])
def test_a_missing_file(name: str, copy: Path, tmp_path: Path) -> None:
    (copy / name).unlink()
    assert_refused(zipped(copy), tmp_path, f"{name}: missing")
    if name == RECORD:
        write_sums(copy)
        assert_refused(zipped(copy), tmp_path, f"{name}: missing; get the publication again")


def test_an_added_file(copy: Path, tmp_path: Path) -> None:
    (copy / "extra.txt").write_text("hello")
    assert_refused(zipped(copy), tmp_path, "extra.txt: SHA256SUMS does not name it: added")


def test_no_zip_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_text("PK no zip")
    assert_refused(path, tmp_path, "not a zip that can be read")
    assert_refused(tmp_path / "none.zip", tmp_path, "no such file or folder; name a publication")


def allowed(key: Path, folder: Path) -> Path:
    path = folder / "allowed"
    path.write_text(f"someone@example.org {key.with_suffix('.pub').read_text()}")
    return path


def test_signatures(key: Path, tmp_path: Path) -> None:
    folder = finished.publication(tmp_path, key=key)
    signers = allowed(key, tmp_path)
    source = folder.with_suffix(".zip")
    assert "someone@example.org" in opened(source, tmp_path / "opened", signers).signed
    assert "whose key it is was not checked" in opened(source, tmp_path / "opened", None).signed
    before = sha256(source)
    finished.publication(tmp_path, key=key)
    assert sha256(source) == before, "an Ed25519 signature is the same each time"
    (folder / "README.md").write_text("forged")
    write_sums(folder)
    for known in (signers, None):
        assert_refused(zipped(folder), tmp_path, "SHA256SUMS.sig: does not sign these sums", known)


def test_a_signature_of_somebody_else(key: Path, copy: Path, tmp_path: Path) -> None:
    signers = allowed(key, tmp_path)
    assert_refused(zipped(copy), tmp_path, "SHA256SUMS.sig: missing, but SIGNERS names", signers)
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    folder = finished.publication(tmp_path / "o", key=other)
    assert_refused(folder.with_suffix(".zip"), tmp_path, "made by a key that", signers)


def test_a_brief_trace_that_is_cut_short(tmp_path: Path) -> None:
    folder = finished.publication(tmp_path, "brief")
    trace = sorted((folder / "traces").glob("*.npz"))[0]
    with np.load(trace) as arrays:
        cut = {**arrays, "at": arrays["at"][:-1]}
    np.savez(trace, **cut)
    write_sums(folder)
    assert_refused(zipped(folder), tmp_path, "its arrays do not fit the record")
