"""`publication.json`: what a publication is, so that a reader knows how to take it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.common.revision import Revision
from workflows.common.sums import SUMS

NAME, SIGNATURE = "publication.json", f"{SUMS}.sig"

VERSION = 2

Traces = Literal["whole", "brief"]


class Manifest(Model):
    """What a publication holds."""

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
