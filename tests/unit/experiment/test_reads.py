"""A record is fresh while its code, settings and the files that it read are as they were."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import real
from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.common.sums import sha256
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.reads import asked, edited, fresh, now, union
from workflows.runs.claim import MARK
from workflows.runs.launch import adopt

STATIC = "5" * 64


@dataclass
class Kept:
    """What a record says of itself."""

    identity: str | None = STATIC
    read: dict[str, str] | None = field(default_factory=dict)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """A record whose run read one file, and missed another."""
    (tmp_path / "table.csv").write_text("1\n")
    return Kept(read={"table.csv": sha256(tmp_path / "table.csv"), "none.csv": "absent"})


def test_a_touched_file_changes_nothing(kept: Kept, tmp_path: Path) -> None:
    os.utime(tmp_path / "table.csv", (0, 0))
    assert fresh(kept, STATIC, tmp_path) and edited(kept.read, tmp_path) == []


@pytest.mark.parametrize("name", ["table.csv", "none.csv"])
def test_an_edited_file_and_one_that_appears_make_it_stale(
    kept: Kept, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("2\n")
    assert not fresh(kept, STATIC, tmp_path) and edited(kept.read, tmp_path) == [name]
    (tmp_path / "table.csv").write_text("1\n")
    (tmp_path / "none.csv").unlink(missing_ok=True)
    assert fresh(kept, STATIC, tmp_path), "control: as it was"


def test_a_file_that_is_gone_makes_it_stale(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "table.csv").unlink()
    assert not fresh(kept, STATIC, tmp_path)


def test_other_code_makes_it_stale_whatever_it_read(kept: Kept, tmp_path: Path) -> None:
    for identity in ("6" * 64, None, "", f"{'6' * 64}:{STATIC}"):
        kept.identity = identity
        assert not fresh(kept, STATIC, tmp_path)
    kept.identity = f"{STATIC}:more"
    assert fresh(kept, STATIC, tmp_path)


def test_a_run_whose_file_was_edited_under_way_does_not_count(tmp_path: Path) -> None:
    run = real.run().record.run
    source, target = tmp_path / "source", tmp_path / "results" / "0.json"

    def leave(read: dict[str, str]) -> None:
        shutil.copytree(real.path("seeded", 0).parent, source, dirs_exist_ok=True)
        (source.parent / MARK).touch()
        record = json.loads((source / "0.json").read_text())
        (source / "0.json").write_text(json.dumps({**record, "read": read}))
        adopt(source, run, target, {"identity": STATIC}, Catalogue.read())

    target.parent.mkdir()
    licence = sha256(ROOT / "LICENSE")
    with pytest.raises(UserError, match="LICENSE was edited while this was under way"):
        leave({"LICENSE": "0" * 64})
    assert not target.exists()
    leave({"LICENSE": licence, "benchmarks/toy.py": "0" * 64})
    assert json.loads(target.read_text())["read"] == {"LICENSE": licence}, "toy.py: see identity"


def test_runs_that_read_unequally_are_stale_together(kept: Kept, tmp_path: Path) -> None:
    other = Kept(read={**(kept.read or {}), "more.csv": "absent"})
    assert union([kept, other, Kept(read=None)]) == other.read
    assert fresh(Kept(read=union([kept, other])), STATIC, tmp_path), "control"
    later = Kept(read={"table.csv": "7" * 64})
    for order in ([kept, later, kept], [later, kept, later]):
        assert edited(union(order), tmp_path) == ["table.csv"]


def test_an_old_record_is_fresh_by_its_code_alone(tmp_path: Path) -> None:
    assert fresh(Kept(read=None), STATIC, tmp_path)


def test_a_job_is_asked_for_again_exactly_after_an_edit(kept: Kept, tmp_path: Path) -> None:
    """Plan, run and plan again, as Snakemake does with each change of what a job is given."""
    record, table = tmp_path / "0.json", tmp_path / "table.csv"
    assert asked(record, STATIC, tmp_path) == STATIC, "nothing is there"
    given = []
    for text in ("1\n", "2\n", "1\n", "2\n"):
        table.write_text(text)
        given.append(asked(record, STATIC, tmp_path))
        assert asked(record, STATIC, tmp_path) == given[-1], "the same whoever plans"
        read = now(["table.csv", "none.csv"], tmp_path)
        record.write_text(json.dumps({"identity": given[-1], "read": read}))
        os.utime(table)
        assert asked(record, STATIC, tmp_path) == given[-1], "nothing to be done"
    assert len(set(given)) == 4 and all(each.partition(":")[0] == STATIC for each in given)
    assert asked(record, "6" * 64, tmp_path) == "6" * 64, "other code"


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"identity": null}', '{"identity": 3}'])
def test_what_is_no_record_is_asked_for_by_its_code(tmp_path: Path, text: str) -> None:
    (tmp_path / "0.json").write_text(text)
    assert asked(tmp_path / "0.json", STATIC, tmp_path) == STATIC


@pytest.mark.parametrize("identity", ["$(touch x)", f"{STATIC}:$(touch x)", f"{STATIC}:a b", ""])
def test_no_identity_but_digests_is_taken_from_a_file(identity: str, tmp_path: Path) -> None:
    """It becomes a word of a command."""
    path = tmp_path / "0.json"
    path.write_text(json.dumps({"identity": f"{STATIC}:{'a' * 64}"}))
    assert asked(path, STATIC, tmp_path) == f"{STATIC}:{'a' * 64}", "control"
    path.write_text(json.dumps({"identity": identity}))
    assert asked(path, STATIC, tmp_path) == STATIC


def test_a_name_that_is_none_is_absent(tmp_path: Path) -> None:
    assert now(["a\0b"], tmp_path) == {"a\0b": "absent"}
