"""The commit of this code, and whether it was edited since."""

from __future__ import annotations

from pydantic import Field

from workflows.common import program
from workflows.common.errors import UserError
from workflows.common.models import Model, load_model
from workflows.common.paths import ROOT

VERSION = "0.1.0"
"""Of this code: pyproject.toml and CITATION.cff have the same."""
CARRIED = "revision.json"
"""The revision of a copy of the code that was carried to another machine, in its root."""


class Revision(Model):
    """The code that made it."""

    commit: str | None = Field(description="None outside a git clone")
    edited: bool = Field(description="tracked files differed from that commit")


def revision() -> Revision:
    """Return the commit of this code, and whether it was edited since."""

    def git(*arguments: str) -> str | None:
        try:
            return program.output(["git", *arguments], cwd=ROOT)
        except UserError:
            return None

    # A copy that lies inside another project's clone is not of that project's commit.
    if git("rev-parse", "--show-prefix") != "":
        carried = ROOT / CARRIED
        if carried.is_file():
            return load_model(Revision, carried, "revision")
        return Revision(commit=None, edited=False)
    commit = git("rev-parse", "HEAD")
    return Revision(commit=commit, edited=bool(git("status", "--porcelain", "-uno")))
