"""What a record says of a run's surroundings and times: typed where it is read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, model_serializer

from workflows.common.models import Model

MOST = 1e9
"""Seconds, or steps, that no run takes."""


class Account(Model, extra="allow", strict=True):
    """A part of a record of any age: what it says beside the fields is kept, and nothing added."""

    @model_serializer(mode="wrap")
    def as_said(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return what it says, without the defaults of what it does not say."""
        return {key: value for key, value in write(self).items() if key in self.model_fields_set}


class Processor(Account):
    """The CPU, by its own identification where an emulator stands in for it."""

    model: str
    flags: str = Field(description="instruction-set flags, sorted; none of an emulated one")
    cores: int | None = Field(None, description="logical ones that the run may use")
    emulator: str | None = None
    emulated: str | None = Field(None, description="the model that this run was given as a change")
    brand: str | None = Field(None, description="the emulated one's own name")

    @property
    def instructions(self) -> set[str]:
        """What it says that it offers."""
        return set(self.flags.split())


class Gpu(Account):
    """The GPU, and the driver's own line about itself."""

    name: str
    capability: str | None = None
    driver: str
    cuda: str | None = None
    cudnn: int | None = None

    def __str__(self) -> str:
        """Return what can change bits."""
        return f"{self.name}, {self.driver}"


class Process(Account):
    """Who ran it, and where."""

    user: int | None = None
    folder: str | None = Field(None, description="name of the working directory")


class Held(Account):
    """What really held in the interpreter that trained."""

    versions: dict[str, str] = Field({}, description="of Python and what it computes with")
    system: str | None = None
    libc: str | None = None
    processor: Processor
    process: Process = Process()
    gpu: Gpu | None = None
    flags: dict[str, Any] = Field({}, description="PyTorch's switches")
    variables: dict[str, str] = Field({}, description="those that can change what is computed")

    @property
    def capability(self) -> str:
        """The instruction set that PyTorch chose to compute with."""
        return str(self.flags.get("cpu_capability"))


def _time(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Number = Annotated[int | float, Field(ge=0, lt=MOST)]


class Timing(Account):
    """When a run started, and how long it and its steps took."""

    started: Annotated[str, AfterValidator(_time)] = Field(description="ISO 8601, UTC")
    seconds: Number | None = None
    step_seconds: Number | None = Field(None, description="mean of the steps; untraced: the median")
    median_step_seconds: Number | None = Field(None, description="without the warm-up")
    steps_timed: Number | None = None
