"""The commands and experiments that the documentation shows: none overlooked, the quick ones run.

Those that train are followed in tests/workflow/test_documented.py and tests/conformance/.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.documented import INSTALLED, QUICK, TRAINING, commands, fences, follow
from tests.workflow.project import SKIPPED
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
)
SMALL = {
    "environments": ["cpu"],
    "devices": ["cpu"],
    "benchmarks": {"toy": {}, "cifar10": {}},
    "configurations": ["unseeded", "strict"],
    "repeats": {"toy": 2, "cifar10": 2},
}


def text(page: str) -> str:
    return (ROOT / page).read_text()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, with the published results."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT, folder, ignore=SKIPPED)
    shutil.copytree(ROOT / "results" / "published", folder / "results" / "published")
    (tmp_path / "programs").mkdir()
    return folder


def test_each_page_with_commands_is_followed_here_or_there() -> None:
    assert {page for page in PAGES if commands(text(page))} == {*QUICK, *TRAINING, INSTALLED}


@pytest.mark.parametrize("page", QUICK)
def test_what_a_page_says_holds(page: str, project: Path) -> None:
    follow(text(page), project, project.parent / "programs", Path(sys.executable))


def test_experiments_that_are_shown_are_accepted() -> None:
    catalogue = Catalogue.read()
    shown = [
        yaml.safe_load(fence.body)
        for page in PAGES
        for fence in fences(text(page))
        if fence.language == "yaml" and fence.mark != "not run"
    ]
    for part in shown:
        load({**SMALL, **part}, catalogue)
    assert len(shown) >= 7


PAGE = """
Some words.

```sh
x=1
echo "a is $x, b is 2"
```

```text
a is …, b is 2
```

<!-- not run: because -->
```sh
false
```

```sh
echo "still $x" && reprise --help > /dev/null
```
"""


def test_control_a_page_that_holds_is_followed(project: Path) -> None:
    follow(PAGE, project, project.parent / "programs", Path(sys.executable))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('echo "a is', 'false; echo "a is', "line 4: exit code 1"),
        ("a is …, b is 2\n", "a is …, b is 3\n", "'a is …, b is 3' is not printed"),
        ('echo "still', 'grep -q y absent; echo "still', "line 18: exit code 2"),
        ("<!-- not run: because -->\n", "", "exit code 1"),
        ("```sh\nx=1", "```\nx=1", "a fence that is not seen"),
    ],
)
def test_a_page_that_does_not_hold_is_found_out(
    project: Path, old: str, new: str, said: str
) -> None:
    assert old in PAGE
    with pytest.raises(AssertionError, match=said):
        follow(
            PAGE.replace(old, new, 1), project, project.parent / "programs", Path(sys.executable)
        )
