"""Archives in parts with sums, there and back: what is damaged or missing is refused."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.common.sums import SUMS
from workflows.offline import pack, parts
from workflows.offline import run as there
from workflows.offline.collect import home


def archive(folder: Path, name: str = "cifar10.tar.gz", size: int = 500) -> bytes:
    """Write an archive of one file of random bytes, in parts, with sums; return the bytes."""
    folder.mkdir(exist_ok=True)
    content = os.urandom(1000)
    (folder / "batch").write_bytes(content)
    with tarfile.open(folder / name, "w:gz") as tar:
        tar.add(folder / "batch", "cifar10/batch")
    (folder / "batch").unlink()
    parts.write_sums(folder, [path.name for path in parts.cut(folder / name, size)])
    return content


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """A folder of parts."""
    archive(tmp_path / "brought")
    return tmp_path / "brought"


def test_parts_are_small_and_join_to_the_same_bytes(tmp_path: Path) -> None:
    whole = os.urandom(2500)
    for size, count in ((1000, 3), (1250, 2), (2500, 1), (20, 125)):
        (tmp_path / "x").write_bytes(whole)
        made = parts.cut(tmp_path / "x", size)
        assert len(made) == count and not (tmp_path / "x").exists()
        assert all(path.stat().st_size <= size for path in made)
        parts.write_sums(tmp_path, [path.name for path in made])
        names = parts.archives(parts.read_sums(tmp_path))["x"]
        parts.join(tmp_path, names, tmp_path / "joined")
        assert (tmp_path / "joined").read_bytes() == whole
        for path in made:
            path.unlink()


def test_parts_may_come_in_several_calls(tmp_path: Path) -> None:
    content = archive(tmp_path / "all")
    first, work = tmp_path / "first", tmp_path / "work"
    first.mkdir()
    for name in (SUMS, "cifar10.tar.gz.00", "cifar10.tar.gz.02"):
        (tmp_path / "all" / name).rename(first / name)
    assert there.take(first, work) == ["cifar10.tar.gz.01"]
    (first / SUMS).rename(tmp_path / "all" / SUMS)
    assert there.take(tmp_path / "all", work) == []
    assert (work / "cache" / "data" / "cifar10" / "batch").read_bytes() == content
    (tmp_path / "all" / "cifar10.tar.gz.01").unlink()
    assert there.take(tmp_path / "all", work) == [], "what is unpacked is not asked for again"


def test_a_damaged_part_is_refused_in_one_line(brought: Path, tmp_path: Path) -> None:
    part = brought / "cifar10.tar.gz.01"
    content = bytearray(part.read_bytes())
    content[7] ^= 1
    part.write_bytes(content)
    with pytest.raises(UserError, match=r"cifar10.tar.gz.01: sha256 .*, expected .*bring it again"):
        there.take(brought, tmp_path / "work")
    assert not (tmp_path / "work" / "cache").exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "No such file"),
        ("nonsense\n", "'nonsense' is not a sum and a name; bring it again"),
        (f"{'0' * 64}  ../x.00\n", "'../x.00': expected a plain file's name"),
        (f"{'0' * 64}  x.tar.01\n", "names no x.tar.00"),
    ],
)
def test_a_list_of_sums_that_is_none_is_refused(
    tmp_path: Path, text: str | None, problem: str
) -> None:
    if text is not None:
        (tmp_path / SUMS).write_text(text)
    with pytest.raises(UserError, match=problem):
        there.take(tmp_path, tmp_path / "work")


def test_nothing_is_unpacked_outside(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.add(tmp_path / "evil", "../evil-outside")
    with pytest.raises(UserError, match=r"x.tar: cannot be unpacked: .*outside"):
        parts.unpack(tmp_path / "x.tar", tmp_path / "in" / "side")
    assert not (tmp_path / "in" / "evil-outside").exists()


def test_a_part_that_did_not_come_home_is_named(brought: Path, tmp_path: Path) -> None:
    (brought / "cifar10.tar.gz.01").unlink()
    with pytest.raises(UserError, match=r"cifar10.tar.gz.01: missing; bring it too"):
        home(brought, tmp_path / "home")


def test_home_overwrites_no_folder_of_yours(brought: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis").write_text("x")
    archive(brought, "results.tar.gz")
    with pytest.raises(UserError, match="is not empty, and not from here"):
        home(brought, mine)
    with pytest.raises(UserError, match="is not empty, and no pack"):
        pack.pack(ROOT / "config" / "gpu.yaml", "3.12", parts.MB, mine)
    assert (mine / "thesis").exists()


def test_another_python_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "python").write_text("3.6")
    with tarfile.open(tmp_path / "tools.tar", "w") as tar:
        tar.add(tmp_path / "tools" / "python", "python")
    parts.write_sums(tmp_path, [p.name for p in parts.cut(tmp_path / "tools.tar", parts.MB)])
    with pytest.raises(UserError, match=r"the tools were packed for 3.6; at home: reprise pack"):
        there.take(tmp_path, tmp_path / "work")
