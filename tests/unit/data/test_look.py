"""What anybody's file or folder holds, by the digest that `sha256sum` says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.data.look import look

RECIPE = "find -L . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"


def by_hand(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files that a folder and a locale sort in other ways, and a link to a third."""
    made = tmp_path / "mine"
    (made / "a").mkdir(parents=True)
    for name in ("a/x y", "a.b", "B", "é"):
        (made / name).write_text(f"contents of {name}\n")
    (tmp_path / "elsewhere").write_bytes(b"\0" * (3 << 20))
    (made / "linked").symlink_to(tmp_path / "elsewhere")
    return made


def test_digests_are_those_of_sha256sum(folder: Path) -> None:
    found = look(folder)
    assert found.sha256 == by_hand(RECIPE, folder)
    assert len(found.files) == 5 and found.bytes > 3 << 20
    assert look(folder / "a.b").sha256 == by_hand("sha256sum a.b", folder)


@pytest.mark.parametrize("change", ["byte", "name", "more", "fewer"])
def test_any_change_is_another_digest(folder: Path, change: str) -> None:
    before = look(folder)
    os.utime(folder / "B", (1, 1))
    (folder / "empty").mkdir()
    assert look(folder) == before  # neither times nor empty folders are contents
    if change == "byte":
        (folder / "B").write_text("contents of C\n")
    elif change == "name":
        (folder / "B").rename(folder / "C")
    elif change == "more":
        (folder / "none").touch()
    else:
        (folder / "B").unlink()
    assert look(folder).sha256 != before.sha256


def test_a_copy_holds_the_same_and_nobody_may_write_to_it(folder: Path, tmp_path: Path) -> None:
    found = look(folder, tmp_path / "copy")
    assert look(tmp_path / "copy") == found
    assert not (tmp_path / "copy" / "linked").is_symlink()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "copy").rglob("?*.?")} == {0o444}


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (lambda f: (f / "more").symlink_to(f / "a"), r"/more: a link to a folder"),
        (lambda f: (f / "more").symlink_to(f / "none"), r"/more: no plain file"),
        (lambda f: os.mkfifo(f / "more"), r"/more: no plain file"),
        (lambda f: (f / "mo\nre").touch(), r"mo\\nre'?: expected a name"),
        (lambda f: (f / os.fsdecode(b"\xff")).touch(), r"\\xff'?: expected a name"),
    ],
)  # fmt: skip
def test_what_is_no_plain_file_is_refused(folder: Path, plant: object, said: str) -> None:
    plant(folder)  # type: ignore[operator]
    with pytest.raises(UserError, match=said) as caught:
        look(folder)
    assert "\n" not in str(caught.value)


def test_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none: no such file or folder"):
        look(tmp_path / "none")
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    with pytest.raises(UserError, match="empty: holds no file"):
        look(tmp_path / "empty")
