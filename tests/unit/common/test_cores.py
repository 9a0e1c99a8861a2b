"""The cores that are left: by affinity, and by quotas of control groups of both versions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workflows.common.cores import cores

MANY = set(range(16))


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of sixteen cores without any quota."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: MANY)
    return tmp_path


def found(groups: Path, membership: str, files: dict[str, str]) -> int:
    """Return the cores that are found with these files of control groups."""
    for name, text in {**files, "self": membership}.items():
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_text(text)
    return cores(groups, groups / "self")


V1 = "cpu/{}cpu.cfs_{}_us"


@pytest.mark.parametrize(
    ("membership", "files", "expected"),
    [
        ("0::/\n", {}, 16),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 16),
        ("0::/\n", {"cpu.max": "350000 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/a/b\n", {"a/cpu.max": "200000 100000\n", "a/b/cpu.max": "max 100000\n"}, 2),
        ("0::/a\n", {"b/cpu.max": "200000 100000\n"}, 16),  # somebody else's
        ("4:cpu,cpuacct:/\n", {V1.format("", "quota"): "-1\n", V1.format("", "period"): "1\n"}, 16),
        (
            "5:memory:/x\n4:cpu,cpuacct:/outside\n0::/\n",  # as a container sees it
            {V1.format("", "quota"): "400000\n", V1.format("", "period"): "100000\n"},
            4,
        ),
    ],
)
def test_quotas_are_kept(
    groups: Path, membership: str, files: dict[str, str], expected: int
) -> None:
    assert found(groups, membership, files) == expected


def test_affinity_is_kept(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5})
    assert found(groups, "0::/\n", {"cpu.max": "350000 100000\n"}) == 2
