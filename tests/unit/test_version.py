"""The version is one, wherever it stands, and so is the day of its release."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml

from workflows.common.paths import ROOT

FILES = ("pyproject.toml", "CITATION.cff", "CHANGELOG.md")
HEADING = re.compile(
    r"^## (?P<version>\d+\.\d+\.\d+) \((?P<day>unreleased|\d{4}-\d\d-\d\d)\)$", re.M
)


def told(folder: Path) -> set[tuple[str, str]]:
    """Return what each file says of the newest version, and of the day when it was released."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((folder / "CITATION.cff").read_text())
    newest = HEADING.search((folder / "CHANGELOG.md").read_text())
    assert newest, "CHANGELOG.md: a heading such as ## 1.2.3 (unreleased), or (2026-01-31)"
    day = str(citation.get("date-released", "unreleased"))
    return {
        (project["version"], newest["day"]),
        (newest["version"], newest["day"]),
        (str(citation["version"]), day),
    }


def test_every_file_says_the_same() -> None:
    assert len(told(ROOT)) == 1


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("pyproject.toml", r'^version = ".*"', 'version = "9.9.9"'),
        ("CITATION.cff", r"^version: .*", "version: 9.9.9"),
        ("CITATION.cff", r"^version: ", "date-released: 1999-01-01\nversion: "),
        ("CHANGELOG.md", r"^## \S+", "## 9.9.9"),
        ("CHANGELOG.md", r"^## (\S+) .*", r"## \1 (1999-01-01)"),
    ],
)
def test_one_that_says_otherwise_is_seen(
    file: str, before: str, after: str, tmp_path: Path
) -> None:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    assert len(told(tmp_path)) == 1, "control"
    text = (tmp_path / file).read_text()
    changed = re.sub(before, after, text, count=1, flags=re.M)
    assert changed != text
    (tmp_path / file).write_text(changed)
    assert len(told(tmp_path)) > 1
