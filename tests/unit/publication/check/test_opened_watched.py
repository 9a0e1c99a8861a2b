"""A publication of records of version 3: whole and brief it passes, and no part can be forged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import finished
from tests.support.forging import MATRIX, TOY, Forge, asked, json_of, of_cell, of_record
from tests.support.tampering import assert_refused, zipped
from workflows.common.sums import sha256
from workflows.publication.archive import write_sums
from workflows.publication.check.account import OLD
from workflows.publication.check.opened import opened
from workflows.publication.manifest import Traces


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[Traces, Path]:
    """A whole publication and a brief one."""
    kinds: tuple[Traces, Traces] = ("whole", "brief")
    return {
        kind: finished.publication(tmp_path_factory.mktemp(kind), kind, watched=True)
        for kind in kinds
    }


def of_trace(path: str, **change: Callable[[np.ndarray], np.ndarray]) -> Forge:
    """Change arrays of one record's trace, hash and all."""

    def forge(folder: Path) -> None:
        record = json.loads((folder / f"runs/{TOY}/{path}.json").read_text())
        with np.load(folder / f"traces/{record['trace']['sha256']}.npz") as arrays:
            changed: dict[str, Any] = {
                n: change[n](arrays[n]) if n in change else arrays[n] for n in arrays.files
            }
        new = folder / "traces/new.npz"
        np.savez(new, **changed)
        digest = sha256(new)
        of_record(path, lambda value: value["trace"].update(sha256=digest))(folder)
        new.rename(folder / f"traces/{digest}.npz")

    return forge


def flipped(index: int) -> Callable[[np.ndarray], np.ndarray]:
    def change(ends: np.ndarray) -> np.ndarray:
        ends = ends.copy()
        ends[index] ^= np.uint64(1)
        return ends

    return change


def without_state(folder: Path) -> None:
    """Take the phase `state` out of a record, but not out of its trace."""
    of_record("strict/baseline/1", lambda r: r["trace"]["phases"].remove("state"))(folder)


def in_trace(**fields: Any) -> Forge:
    return of_record("strict/baseline/1", lambda record: record["trace"].update(fields))


def file(**fields: Any) -> Forge:
    return of_record("strict/baseline/1", lambda r: r["files"]["ckpt.pt"].update(fields))


WHOLE: list[tuple[str, Forge, str]] = [
    ("notes", of_cell("strict", notes=["all is well"]), "notes: ["),
    ("ended", of_cell("strict", ended_after=48), "ended_after: 48, its records say null"),
    ("phases", without_state, "its arrays do not fit the record of cpu/cpu/toy/strict/baseline/1"),
    ("ends", of_trace("strict/baseline/1", ends=lambda e: e[:6]), "its arrays do not fit the"),
    ("initial state", of_trace("strict/baseline/1", ends=flipped(5)), "verdict: identical, its"),
    ("final state", in_trace(final_state="0" * 64), "verdict: identical, its records say"),
    ("unwatched", in_trace(unwatched=["a thread"]), "notes: [], its records say"),
    ("part", file(parts={"w": "c" * 64}), "verdict: identical, its records say differs"),
    ("bytes", file(sha256="c" * 64), "notes: [], its records say"),
    ("errors", of_record("strict/baseline/1", lambda r: r.update(printed_errors=["0.5"])), "verd"),
    ("generator", of_trace("strict/baseline/1", ends=flipped(0)), "notes: [], its records say"),
    ("noise", asked(noise={"all": ".*"}), "config: noise.all = '.*': expected a regular"),
]


def forged(original: Path, forge: Forge, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(original, tmp_path / "forged"))
    forge(folder)
    write_sums(folder)
    return zipped(folder)


@pytest.mark.parametrize("kind", ["whole", "brief"])
def test_control_it_passes(kind: Traces, originals: dict[Traces, Path], tmp_path: Path) -> None:
    found = opened(originals[kind], tmp_path / "opened", None)
    run = found.reference("cpu/cpu/toy/strict/baseline/0").run
    assert run.record.schema_version == 3
    assert OLD not in str(found.account)
    assert run.steps.shape[1] == len(run.record.trace.phases) == 11 and len(run.ends) == 7


@pytest.mark.parametrize(("forge", "words"), [c[1:] for c in WHOLE], ids=[c[0] for c in WHOLE])
def test_a_forged_part_is_refused(
    forge: Forge, words: str, originals: dict[Traces, Path], tmp_path: Path
) -> None:
    assert_refused(forged(originals["whole"], forge, tmp_path), tmp_path, words)


def test_a_brief_one_must_note_what_its_record_says(
    originals: dict[Traces, Path], tmp_path: Path
) -> None:
    forge = of_record("strict/baseline/0", lambda r: r["trace"].update(unwatched=["a thread"]))
    source = forged(originals["brief"], forge, tmp_path)
    assert_refused(source, tmp_path, "notes: lack what its record says: not watched: a thread")


def test_words_of_other_code_may_be_others(originals: dict[Traces, Path], tmp_path: Path) -> None:
    def forge(folder: Path) -> None:
        json_of("publication.json", lambda manifest: manifest.update(code="0" * 64))(folder)
        json_of(MATRIX, lambda matrix: matrix["cells"][0].update(notes=["words"]))(folder)

    assert opened(forged(originals["whole"], forge, tmp_path), tmp_path / "opened", None)
