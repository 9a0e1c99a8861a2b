"""Ten tampered copies of a real publication, each refused with a clear line; the control passes."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests import finished
from workflows.errors import UserError
from workflows.files import sha256
from workflows.publication.archive import pack, write_sums
from workflows.publication.manifest import Traces
from workflows.verification import unpack as unpacking
from workflows.verification.verify import opened

RECORD = "runs/cpu/cpu/toy/seeded/baseline/0.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole publication."""
    return finished.publication(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh SSH key."""
    path = tmp_path_factory.mktemp("key") / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def zipped(folder: Path) -> Path:
    target = folder.with_suffix(".zip")
    pack(folder, target)
    return target


def assert_refused(source: Path, tmp_path: Path, words: str, signers: Path | None = None) -> None:
    with pytest.raises(UserError) as error:
        opened(source, tmp_path / "opened", signers)
    assert words in str(error.value) and "\n" not in str(error.value)


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("traces", ["whole", "brief"])
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_an_untouched_one_passes(traces: Traces, form: str, tmp_path: Path) -> None:
    folder = finished.publication(tmp_path, traces)
    source = folder if form == "folder" else folder.with_suffix(".zip")
    found = opened(source, tmp_path / "opened", None)
    assert len(found.records) == (10 if traces == "whole" else 2)
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


def rewrite(path: Path, change: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def test_a_forged_verdict(copy: Path, tmp_path: Path) -> None:
    """The sums are made anew, but the records still tell the truth."""

    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        cell = next(c for c in matrix["cells"] if c["configuration"] == "unseeded")
        cell |= {"verdict": "identical", "classes": ["B"] * 3, "distinct": 1}

    rewrite(copy / "matrix.json", forge)
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, "letter B stands for unequal outcomes")


def test_a_verdict_without_its_letters(copy: Path, tmp_path: Path) -> None:
    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        next(c for c in matrix["cells"] if c["configuration"] == "unseeded")["verdict"] = (
            "identical"
        )

    rewrite(copy / "matrix.json", forge)
    write_sums(copy)
    assert_refused(
        zipped(copy), tmp_path, "unseeded/baseline: identical: its records say otherwise"
    )


def forged(change: Callable[[dict], None], copy: Path) -> Path:  # type: ignore[type-arg]
    """Change one cell of the matrix, the unseeded one, and make the sums anew."""

    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        change(next(c for c in matrix["cells"] if c["configuration"] == "unseeded"))

    rewrite(copy / "matrix.json", forge)
    write_sums(copy)
    return zipped(copy)


OWN = "runs/cpu/cpu/toy/unseeded/baseline"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"records": [RECORD]}, "which is not a record of its own"),
        ({"records": [f"{OWN}/0.json"] * 3}, "names no record, or one twice"),
        ({"records": []}, "names no record, or one twice"),
        ({"records": [f"{OWN}/0.json", f"{OWN}/1.json"]}, "leaves out its record"),
        ({"steps": 50}, "answers another question"),
        ({"environment": "/etc"}, "'/etc' is not a plain name; refused"),
        ({"environment": "other"}, "has no image of other"),
        ({"variation": "a\x1b[2J"}, "is not a plain name; refused"),
        ({"configuration": "seeded", "records": [RECORD]}, "leaves out its record"),
    ],
)
def test_a_cell_that_is_not_of_its_records(
    change: dict[str, object], words: str, copy: Path, tmp_path: Path
) -> None:
    assert_refused(forged(lambda cell: cell.update(change), copy), tmp_path, words)


def test_a_cell_that_is_there_twice(copy: Path, tmp_path: Path) -> None:
    rewrite(copy / "matrix.json", lambda matrix: matrix["cells"].append(matrix["cells"][0]))
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, "is in it twice")


@pytest.mark.parametrize("records", [[], ["runs/cpu/cpu/toy/seeded/baseline/7.json"]])
def test_an_identical_cell_without_its_record(records: list[str], tmp_path: Path) -> None:
    folder = finished.publication(tmp_path, "brief")

    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        next(c for c in matrix["cells"] if c["configuration"] == "seeded")["records"] = records

    rewrite(folder / "matrix.json", forge)
    write_sums(folder)
    assert_refused(zipped(folder), tmp_path, "record")


@pytest.mark.parametrize("held", [{"processor": "x"}, {"processor": {"model": 3}}, {"gpu": "x"}])
def test_an_account_of_another_form(held: dict[str, object], copy: Path, tmp_path: Path) -> None:
    rewrite(copy / RECORD, lambda record: record["held"].update(held))
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, "expected")


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


def test_html_in_a_name(copy: Path, tmp_path: Path) -> None:
    def name(record: dict) -> None:  # type: ignore[type-arg]
        record["run"]["configuration"] = "<img src=x onerror=alert(1)>"

    rewrite(copy / RECORD, name)
    write_sums(copy)
    assert_refused(
        zipped(copy), tmp_path, "'<img src=x onerror=alert(1)>' is not a plain name; refused"
    )


def test_a_variable_that_leads_elsewhere(copy: Path, tmp_path: Path) -> None:
    def lead(record: dict) -> None:  # type: ignore[type-arg]
        record["run"]["conditions"] = {"variables": {"LD_PRELOAD": "x.so"}}

    rewrite(copy / RECORD, lead)
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, "conditions.variables.LD_PRELOAD: not one")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"threads": 10**6}, "threads = 1000000: expected 1 to 256"),
        ({"steps": 10**12}, "steps = 1000000000000: expected 1 to"),
        ({"dense": [1]}, "dense = 1: expected 0 to 0"),
        ({"resume": 10**15}, "resume = 1000000000000000: expected 1 to 100"),
        ({"options": {"workers": 100_000}}, "options.workers = '100000': refused"),
        ({"options": {"x": ["a"]}}, "options.x"),
        ({"traced": False}, "traced = False: its steps were only timed"),
        ({"conditions": {"variables": {"TZ": "a\x1b[31m"}}}, "conditions.variables.TZ"),
        ({"conditions": {"cpu": "max,-g 1234"}}, "'max,-g 1234' is not a plain name"),
        ({"options": {"--output": "x"}}, "'--output' is not a plain name"),
        ({"settings": ["../x"]}, "'../x' is not a plain name"),
    ],
)
def test_a_run_that_asks_too_much(
    change: dict[str, object], words: str, copy: Path, tmp_path: Path
) -> None:
    rewrite(copy / RECORD, lambda record: record["run"].update(change))
    write_sums(copy)
    assert_refused(zipped(copy), tmp_path, words)


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
        assert_refused(zipped(copy), tmp_path, "its record is not in the publication")


def test_an_added_file(copy: Path, tmp_path: Path) -> None:
    (copy / "extra.txt").write_text("hello")
    assert_refused(zipped(copy), tmp_path, "extra.txt: SHA256SUMS does not name it: added")


def test_a_newer_schema(copy: Path, tmp_path: Path) -> None:
    rewrite(copy / "publication.json", lambda value: value.update(schema_version=2, new="thing"))
    write_sums(copy)
    assert_refused(
        zipped(copy), tmp_path, "schema_version = 2: this Reprise knows up to 1; update it"
    )


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
