"""The matrix: what `matrix.json` holds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.close_look import Closer
from workflows.compare.controls import ControlResult, Validity
from workflows.environments.images.record import ImageRecord
from workflows.experiment.model import Experiment
from workflows.matrix.cells import Cell
from workflows.matrix.probes import Probing
from workflows.matrix.variations import Kept
from workflows.runs.held import Held
from workflows.studies.ablation.result import Ablation
from workflows.studies.costs.result import Costs
from workflows.studies.cures.result import Cures


class Matrix(Model):
    """All cells of an experiment on one machine."""

    schema_version: Literal[1] = 1
    experiment: Experiment
    engine: str
    why: str = Field(description="why that engine was taken")
    left_out: list[str] = Field(description="combinations that were not planned, and why")
    started: str | None = Field(description="when the first run started, ISO 8601")
    machine: Held | None = Field(description="what held in the first completed run")
    images: dict[str, ImageRecord]
    validity: Validity = Field(description="invalid: a negative control was missed")
    controls: list[ControlResult]
    cells: list[Cell]
    kept: list[Kept] = Field(description="which variations keep the letter of their baseline")
    probes: list[Probing]
    differences: dict[str, Closer] = Field(description="first differences, closely, by pair")
    ablations: list[Ablation] = Field(description="the fewest settings that keep runs identical")
    cures: list[Cures] = Field(
        [], description="searches for a cure of baselines that differ, and of lost letters"
    )
    costs: list[Costs] = Field(description="what each configuration costs, by place and benchmark")
    unusable: dict[str, str] = Field(
        {}, description="files that are damaged or stale, below the results folder, and why"
    )
    sum: str | None = Field(None, description="SHA-256 of its canonical JSON without this")

    @property
    def failed(self) -> list[str]:
        """Where runs failed, with the reason: in cells, in probes, in controls."""
        cells = [
            f"{cell.records[0].rpartition('/')[0]}: {cell.reason}"
            for cell in self.cells
            if cell.verdict == "failed"
        ]
        probes = [
            f"probe {each.probe}, {each.environment} on {each.device}: {each.reason}"
            for each in self.probes
            if each.finding == "failed"
        ]
        controls = [
            f"negative control: {each.reason}" for each in self.controls if each.outcome == "failed"
        ]
        return [*cells, *probes, *controls]
