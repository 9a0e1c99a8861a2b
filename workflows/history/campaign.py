"""`python -m workflows.history.campaign`: one campaign in short, appended to the history.

A campaign is one execution of an experiment on one machine. Its file is named by its time and its
contents and never written again: the same results are the same campaign.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

from pydantic import Field

from workflows.common.errors import UserError, command
from workflows.common.files import digest, write_json
from workflows.common.models import Model, load_model
from workflows.common.revision import Revision, revision
from workflows.compare.difference import Difference
from workflows.compare.outcome import outcome
from workflows.compare.verdict import VerdictName
from workflows.environments.images.record import ImageRecord
from workflows.experiment.reads import executed
from workflows.matrix.model import Matrix
from workflows.runs.machine import in_words
from workflows.runs.question import question
from workflows.runs.record import Run, read


class CampaignCell(Model):
    """What a campaign found in one cell."""

    verdict: VerdictName
    question: str = Field(description="SHA-256 of all that was asked, but the repeat")
    identity: str | None = Field(description="SHA-256 of the code, settings and data that ran")
    outcomes: list[str] = Field(description="digest of each completed repeat, distinct ones")
    repeats: int
    first_difference: Difference | None
    reason: str | None


class Campaign(Model):
    """One execution of an experiment on one machine at one time."""

    schema_version: Literal[1] = 1
    started: str = Field(description="when its last run started, ISO 8601")
    machine: dict[str, str]
    engine: str
    revision: Revision
    validity: str
    images: dict[str, ImageRecord]
    cells: dict[str, CampaignCell]

    @property
    def name(self) -> str:
        """The file's name: by time, and the same for the same results."""
        time = "".join(c for c in self.started[:19] if c.isdigit())
        found = self.model_dump(mode="json", exclude={"revision"})
        return f"{time[:8]}T{time[8:]}Z-{digest(found)[:8]}"


def of(matrix: Matrix, results: Path) -> Campaign:
    """Return the campaign of a finished matrix; raise `UserError` where nothing ran."""
    if matrix.started is None:
        raise UserError("results/matrix.json: no run started: there is no campaign to keep")
    cells, times = {}, [matrix.started]
    for cell in matrix.cells:
        runs = [read(results / path) for path in cell.records]
        completed = [run for run in runs if run.record.status == "completed"]
        times += [run.record.timing.started for run in completed if run.record.timing]
        cells[cell.folder] = CampaignCell(
            verdict=cell.verdict,
            question=watching(runs[0]),
            identity=executed(runs[0].record),
            outcomes=sorted({outcome(run) for run in completed}),
            repeats=len(completed),
            first_difference=cell.first_difference,
            reason=cell.reason,
        )
    return Campaign(
        started=max(times), machine=in_words(matrix.machine), engine=matrix.engine,
        revision=revision(), validity=matrix.validity, images=matrix.images, cells=cells,
    )  # fmt: skip


def watching(run: Run) -> str:
    """Return the digest of what was asked, and watched: outcomes of other phases are others."""
    asked = question(run)
    return digest([asked, run.record.trace.phases]) if run.record.schema_version > 2 else asked


def append(campaign: Campaign, history: Path) -> Path:
    """Add a campaign to the history, unless it is there; return its file."""
    path = history / f"{campaign.name}.json"
    if not path.exists():
        write_json(path, campaign.model_dump(mode="json"))
    return path


def main() -> None:
    """Keep the campaign of a finished matrix."""
    parser = argparse.ArgumentParser(prog="python -m workflows.history.campaign")
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--history", type=Path, default=Path("results/history"))
    parser.add_argument("--output", type=Path, help="says which campaign it is")
    args = parser.parse_args()
    matrix = load_model(Matrix, args.results / "matrix.json", "matrix")
    # Where nothing could run there is nothing to keep, and that is no failure; what is damaged is
    # made again first, as a campaign is kept for good.
    whole = matrix.started is not None and not matrix.unusable
    name = append(of(matrix, args.results), args.history).stem if whole else None
    if args.output:
        write_json(args.output, {"campaign": name})


if __name__ == "__main__":
    command(main)
