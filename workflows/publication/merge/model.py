"""The merged matrix: what is written as merged.json."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.verdict import VerdictName

OPERATORS = "operators"
"""The benchmark that computes one operator a step and prints its name."""


class MachineRow(Model):
    """Where a row comes from."""

    name: str = Field(description="unique; it says where QEMU simulates the machine")
    processor: str = Field(description="model and instruction set, and the GPU, by its records")
    simulated: bool = Field(description="by its own records an emulator, not a real processor")
    engine: str
    started: str | None
    signed: str
    packages: dict[str, str] = Field(description="torch of each environment")


class Entry(Model):
    """One configuration on one machine."""

    machine: str
    configuration: str
    verdict: VerdictName
    letters: list[str] = Field(description="distinct ones of the published runs")
    question: str | None = Field(description="SHA-256 of what was asked; None: nothing published")
    reason: str | None


class Table(Model):
    """One benchmark in one place under one variation: machines by configurations."""

    benchmark: str
    environment: str
    device: str
    variation: str
    steps: int
    entries: list[Entry]
    agree: list[str] = Field(description="configurations with one letter on two machines or more")
    part: list[str] = Field(description="configurations that repeat on each but not across them")
    other: list[str] = Field(description="configurations that were not asked the same everywhere")
    beside: dict[str, list[str]] = Field(
        {}, description="by `A against B`, two machines, what else differs between their runs"
    )

    @property
    def machines(self) -> list[str]:
        """The names of its rows."""
        return list(dict.fromkeys(entry.machine for entry in self.entries))

    @property
    def configurations(self) -> list[str]:
        """The names of its columns."""
        return list(dict.fromkeys(entry.configuration for entry in self.entries))

    def ran(self, configuration: str) -> list[Entry]:
        """Return a column without the machines that could not run it."""
        column = [entry for entry in self.entries if entry.configuration == configuration]
        return [entry for entry in column if entry.verdict != "not-run"]


class Fingerprint(Model):
    """The operators under one configuration, machine by machine."""

    configuration: str
    environment: str
    device: str
    operators: list[str]
    letters: dict[str, list[str]] = Field(
        description="of each machine one letter for each operator: equal ones are equal bits"
    )

    @property
    def differ(self) -> list[str]:
        """The operators that do not give the same bits on all of these machines."""
        columns = zip(self.operators, zip(*self.letters.values(), strict=True), strict=True)
        return [operator for operator, column in columns if len(set(column)) > 1]


class Merged(Model):
    """The matrix of many machines."""

    schema_version: Literal[1] = 1
    machines: list[MachineRow]
    conclusion: list[str] = Field(description="what it says, in sentences")
    tables: list[Table]
    fingerprints: list[Fingerprint]
