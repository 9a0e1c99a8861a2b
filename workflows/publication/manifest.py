"""`publication.json`: what a publication is, so that a reader knows how to take it."""

from __future__ import annotations

import subprocess
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.errors import command
from workflows.files import load_model, write_json
from workflows.places import ROOT
from workflows.sums import SUMS

NAME, SIGNATURE = "publication.json", f"{SUMS}.sig"
CARRIED = "revision.json"
"""The revision of a copy of the code that was carried to another machine, in its root."""
VERSION = 2

Traces = Literal["whole", "brief"]


class Revision(BaseModel):
    """The code that made it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    commit: str | None = Field(description="None outside a git clone")
    edited: bool = Field(description="tracked files differed from that commit")


class Manifest(BaseModel):
    """What a publication holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1, 2] = 2
    made_by: Literal["reprise"] = "reprise"
    traces: Traces = Field(
        description="whole: every record with its trace; brief: of each identical cell the first "
        "repeat, with some steps of its trace"
    )
    revision: Revision
    code: str | None = Field(
        None, description="SHA-256 over the code that planned, judged and drew; version 1: unknown"
    )
    tools: str | None = Field(
        None, description="SHA-256 over the versions of the programs that it drew with"
    )


SCHEMA = ROOT / "workflows" / "schemas" / "publication.json"


def revision() -> Revision:
    """Return the commit of this code, and whether it was edited since."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    # A copy that lies inside another project's clone is not of that project's commit.
    if git("rev-parse", "--show-prefix") != "":
        carried = ROOT / CARRIED
        if carried.is_file():
            return load_model(Revision, carried, "revision")
        return Revision(commit=None, edited=False)
    commit = git("rev-parse", "HEAD")
    return Revision(commit=commit, edited=bool(git("status", "--porcelain", "-uno")))


if __name__ == "__main__":
    command(lambda: write_json(SCHEMA, Manifest.model_json_schema()))
