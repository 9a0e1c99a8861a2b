"""What Snakemake, its catalog and GitHub look for, each where they look for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Need
from workflows.common.paths import ROOT
from workflows.experiment.model import Experiment
from workflows.rules.options import Options

TEMPLATES = sorted(
    path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config"
)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def missing(text: str, keys: set[str]) -> set[str]:
    """Return the keys that a text does not name."""
    return {key for key in keys if f"`{key}`" not in text and f"`{key}=" not in text}


def test_the_folder_of_experiments_says_what_each_key_is() -> None:
    keys = set(Experiment.model_fields) | set(Options.model_fields)
    text = (ROOT / "config" / "README.md").read_text()
    assert not missing(text, keys)
    assert missing(text.replace("`vary`", "vary"), keys) == {"vary"}


def test_the_catalog_is_told_how_the_workflow_is_used() -> None:
    usage = load(ROOT / ".snakemake-workflow-catalog.yml")["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment"}
    deployment = usage["software-stack-deployment"]
    assert set(deployment) == {"conda", "apptainer", "apptainer+conda", "report"}
    words = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in words and "workflow" in words


def test_nothing_is_a_symbolic_link_which_a_zip_would_break() -> None:
    folders = [path for path in ROOT.iterdir() if not path.name.startswith(".")]
    kept = [path for path in folders if path.name != "results"]
    found = [p for path in kept for p in (path, *path.rglob("*")) if p.is_symlink()]
    assert not found


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_both_places_of_the_workflow_give_the_matrix_and_find_the_profile(
    need: Need, snakefile: str
) -> None:
    need("venv")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--snakefile", snakefile]
    experiment = ["--config", "engine=venv", "environments=[cpu]", "devices=[cpu]"]
    done = subprocess.run(
        [*command, "--dry-run", "--forceall", *experiment],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "profiles/default" in said
    jobs = {line.split()[0] for line in said.splitlines() if line.strip()}
    assert {"run", "matrix", "report"} <= jobs  # of Snakemake's table


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_form_for_an_issue_has_what_forms_need(path: Path) -> None:
    form = load(path)
    assert {"name", "description", "body"} <= set(form)
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert fields and len({part["id"] for part in fields}) == len(fields)
    assert all(part["attributes"]["label"] for part in fields)
    for part in form["body"]:
        assert part["type"] in ("markdown", "input", "textarea", "dropdown", "checkboxes")
        assert part["type"] != "dropdown" or part["attributes"]["options"]


def test_control_there_are_three_forms() -> None:
    assert [path.stem for path in TEMPLATES] == ["bug", "question", "wrong-verdict"]
