"""Two launches of one run: the later has its place, the earlier leaves nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.common.files import write_text
from workflows.common.interrupt import Interrupted
from workflows.runs.claim import claimed, leave
from workflows.runs.record import dense

TAKEN = r"0\.json: a later launch of the same run has taken its place"


def made(folder: Path, text: str) -> Path:
    """Leave a record and its trace in a launch's folder."""
    source = folder / "0.json"
    source.write_text(text)
    source.with_suffix(".npz").write_text(text)
    return source


def there(target: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in target.parent.iterdir()}


@pytest.fixture(params=["absolute", "relative"])
def target(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record's place, named in both ways: the pipeline's is relative."""
    monkeypatch.chdir(tmp_path)
    return (tmp_path if request.param == "absolute" else Path()) / "runs" / "0.json"


def test_a_launch_alone_leaves_record_and_trace(target: Path) -> None:
    with claimed(target) as folder:
        made(folder, "whole").with_suffix(".dense.npz").write_text("dense")
        leave(folder, folder / "0.json", target)
    assert there(target) == {"0.json": "whole", "0.npz": "whole", "0.dense.npz": "dense"}
    with claimed(target) as folder:
        leave(folder, made(folder, "again"), target)
    assert there(target) == {"0.json": "again", "0.npz": "again"}, "no tensors of another run"


@pytest.mark.parametrize("umask", [0o077, 0o022, 0o002])
def test_record_and_trace_have_the_mode_of_every_file(target: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with claimed(target) as folder:
            source = made(folder, "whole")
            dense(source).write_text("dense")
            for path in (source.with_suffix(".npz"), dense(source)):
                path.chmod(0o604)  # as another umask, in a container or of a benchmark's own, does
            write_text(source, "again")
            leave(folder, source, target)
        modes = {path.stat().st_mode & 0o777 for path in target.parent.iterdir()}
        assert modes == {0o666 & ~umask}
        assert len(there(target)) == 3
    finally:
        os.umask(before)


def test_the_earlier_launch_leaves_nothing(target: Path) -> None:
    with pytest.raises(UserError, match=TAKEN), claimed(target) as earlier:
        source = made(earlier, "earlier")
        with claimed(target) as later:
            assert not earlier.exists()
            leave(later, made(later, "later"), target)
        leave(earlier, source, target)
    assert there(target) == {"0.json": "later", "0.npz": "later"}


def test_a_folder_made_again_is_not_the_place(target: Path) -> None:
    with pytest.raises(UserError, match=TAKEN), claimed(target) as earlier:
        with claimed(target) as later:
            leave(later, made(later, "later"), target)
        earlier.mkdir()  # as what writes a record whole does
        leave(earlier, made(earlier, "earlier"), target)
    assert there(target) == {"0.json": "later", "0.npz": "later"}


@pytest.mark.parametrize("moment", [0, 1])
def test_nothing_is_mixed_where_the_place_goes_in_between(
    target: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, moves = Path.replace, []

    def late(self: Path, where: Path) -> Path:
        if self.is_file() and where.parent == target.parent and "earlier" in self.read_text():
            moves.append(self)
            if len(moves) == moment + 1:
                with claimed(target) as later:
                    leave(later, made(later, "later"), target)
        return replace(self, where)

    monkeypatch.setattr(Path, "replace", late)
    with pytest.raises(UserError, match=TAKEN), claimed(target) as earlier:
        leave(earlier, made(earlier, "earlier"), target)
    assert there(target) == {"0.json": "later", "0.npz": "later"}


def test_another_run_is_left_alone(target: Path) -> None:
    with claimed(target) as folder, claimed(target.with_name("10.json")) as other:
        assert folder.exists()
        assert other.exists()


def test_what_a_killed_launch_left_is_removed(target: Path) -> None:
    with claimed(target) as killed:
        kept = shutil.copytree(killed.parent, target.parent / ".0.killed")
        (kept / "half").touch()
    with claimed(target) as folder:
        assert list(target.parent.resolve().iterdir()) == [folder.parent.resolve()]


def test_other_errors_are_told_as_they_are(target: Path) -> None:
    with pytest.raises(UserError, match="of its own"), claimed(target):
        raise UserError("an error of its own")


def test_a_signal_while_its_folder_is_removed_leaves_nothing(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shutil.rmtree

    def interrupted(folder: Path, **given: bool) -> None:
        monkeypatch.setattr(shutil, "rmtree", whole)
        (folder / "run").rmdir()  # half of it
        raise Interrupted(15)

    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(Interrupted), claimed(target) as folder:
        leave(folder, made(folder, "whole"), target)
    assert there(target) == {"0.json": "whole", "0.npz": "whole"}
