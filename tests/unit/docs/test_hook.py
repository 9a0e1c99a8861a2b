"""The site: it builds, loads nothing from elsewhere, and a dead link stops it."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.workflow.project import SKIPPED
from workflows.common.paths import ROOT


@pytest.fixture
def copy(need: Need, tmp_path: Path) -> Path:
    """A copy of the project, with what the site takes of the published results."""
    need("mkdocs", None if importlib.util.find_spec("mkdocs") else "not installed: make docs")
    folder = tmp_path / "project"
    shutil.copytree(ROOT, folder, ignore=SKIPPED)
    published = shutil.ignore_patterns("*.zip")
    shutil.copytree(ROOT / "results/published", folder / "results/published", ignore=published)
    shutil.copy(ROOT / "results" / "README.md", folder / "results")
    return folder


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build"]  # as make does: --quiet counts no warnings
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_control_the_site_builds_and_loads_nothing_from_elsewhere(copy: Path) -> None:
    done = build(copy)
    assert done.returncode == 0, done.stderr
    pages = [path for path in (copy / "site").rglob("*.html") if "published" not in path.parts]
    assert len(pages) > 30
    for page in pages:
        text = page.read_text()
        loaded = re.findall(r"<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=\"?(\S+)", text)
        assert not [address for address in loaded if address.startswith(("http", "//"))], page


def test_dead_links_stop_the_build_and_are_named(copy: Path) -> None:
    dead = ("absent.md", "reference/absent.md", "reference/settings.md#absent")
    with (copy / "docs" / "tutorial.md").open("a") as page:
        page.write("".join(f"\n[x]({link})\n" for link in dead))
    done = build(copy)
    assert done.returncode != 0
    assert not [link for link in dead if link not in done.stderr], done.stderr
