"""The committed merge of real and simulated machines, made again from its publications."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.published import MERGED, OPERATORS, VENDORS, XEON
from workflows.common.errors import UserError
from workflows.publication import archive
from workflows.publication.merge.__main__ import check_merged
from workflows.publication.merge.fingerprints import fingerprints
from workflows.publication.merge.merged import merge
from workflows.publication.merge.sources import Source, read_all
from workflows.publication.merge.text import alone, compared

NAMES = ("xeon", "haswell", "epyc-rome")


def opened(folder: Path) -> list[Source]:
    return read_all([str(MERGED / f"{name}.zip") for name in NAMES], folder, None)


def test_it_is_what_its_sources_give(tmp_path: Path) -> None:
    check_merged(MERGED, merge(opened(tmp_path)))


@pytest.mark.parametrize("name", ["merged.json", "merged.md", "merged.html"])
def test_another_merge_of_them_is_refused(name: str, tmp_path: Path) -> None:
    merged = merge(opened(tmp_path))
    shutil.copytree(MERGED, tmp_path / "copy")
    text = (tmp_path / "copy" / name).read_text()
    (tmp_path / "copy" / name).write_text(text.replace("Haswell", "Hazwell"))
    with pytest.raises(UserError, match=rf"{name}: "):
        check_merged(tmp_path / "copy", merged)


def test_what_is_told_of_its_sources(tmp_path: Path) -> None:
    for source in opened(tmp_path):
        told = str(source.publication.account)
        assert "9 identical cells of the matrix made again from one record each: equal" in told
        assert "only claimed: how many repeats there were, their times, and what is noted" in told
        changed = {cell.split("/")[3] for cell in source.publication.meanings}
        assert changed <= {"strict", "portable", "portable-sse"}, "these hold more settings since"


def test_what_it_says(tmp_path: Path) -> None:
    merged = merge(opened(tmp_path))
    assert [machine.simulated for machine in merged.machines] == [False, True, True]
    assert merged.conclusion[0] == "3 machines, 2 of them simulated by QEMU."
    differ = {each.configuration: each.differ for each in merged.fingerprints}
    assert differ["portable"] == []
    assert {"matmul", "conv2d"} <= set(differ["strict"])
    for table in merged.tables:
        assert "portable" in table.agree


@pytest.mark.parametrize(("operator", "told"), [(4, ["softmax"]), (None, [])])
def test_a_planted_operator_is_named(operator: int | None, told: list[str], tmp_path: Path) -> None:
    """One bit of one operator's fingerprint on one of the machines; without it they agree."""
    _, haswell, epyc = opened(tmp_path)
    if operator is not None:
        folder = epyc.publication.folder
        record = epyc.publication.records["host/cpu/operators/portable/baseline/0"]
        path = folder / "traces" / f"{record.trace.sha256}.brief.npz"
        with np.load(path) as arrays:
            changed = dict(arrays)
        changed["steps"][operator, 0] ^= np.uint64(1)
        np.savez(path, **changed)
        archive.write_sums(folder)
    [found] = [f for f in fingerprints([haswell, epyc]) if f.configuration == "portable"]
    assert found.differ == told


SOURCES = {
    VENDORS: [XEON, VENDORS / "epyc.zip"],
    OPERATORS: [*(MERGED / f"{name}.zip" for name in NAMES), OPERATORS / "epyc.zip"],
}


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_two_vendors_agree_in_the_portable_tiers_alone(folder: Path, tmp_path: Path) -> None:
    merged = merge(read_all([str(path) for path in SOURCES[folder]], tmp_path, None))
    check_merged(folder, merged)
    real = {machine.name for machine in merged.machines if not machine.simulated}
    assert real == {"Intel(R) Xeon(R) Processor, AVX512", "AMD EPYC, AVX512"}
    tiers = {"portable", "portable-sse"} if folder == VENDORS else {"portable"}
    for table in merged.tables:
        if table.variation == "baseline" and table.environment != "cuda":
            assert (set(table.agree), set(table.part)) == (tiers, {"seeded", "strict"})
            assert table.other == [], "they were asked the same"


def test_columns_and_tables_of_one_machine_are_lines(tmp_path: Path) -> None:
    merged = merge(read_all([str(path) for path in SOURCES[VENDORS]], tmp_path, None))
    columns = {name for table in compared(merged) for name in table.configurations}
    assert columns == {"seeded", "strict", "portable", "portable-sse"}, "both ran these"
    lines = alone(merged)
    toy = "Intel(R) Xeon(R) Processor, AVX512 alone: toy, cpu on cpu: 1000 steps"
    assert f"{toy}, unseeded, cudnn and article" in lines
    assert not any("cuda on cuda" in line for line in lines), "what no machine ran is no line"
    assert sum(len(table.machines) for table in compared(merged)) == 2 * 6, "as many as before"
