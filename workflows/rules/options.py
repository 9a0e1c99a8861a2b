"""What `--config` can say beside the experiment: how to publish, what to verify, and so on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from workflows.common.errors import UserError
from workflows.common.models import Model, fault
from workflows.environments.images.share import NOT_SHARED


class Options(Model):
    """Options of `snakemake publish`, `verify` and of images; no part of an experiment."""

    traces: Literal["whole", "brief"] = "whole"
    sign: str | None = None
    report: str | None = None
    cells: str = "*"
    only_steps: int | None = None
    signers: str | None = None
    images: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9._:/-]*$")

    @property
    def sharing(self) -> str:
        """How other nodes are to get an image: `archive`, a registry's address, or `none`."""
        return self.images or NOT_SHARED

    def publishing(self) -> str:
        """Return the options of `workflows.publication.publish`, quoted for a shell."""
        words = ["--traces", self.traces]
        if self.sign:
            words += ["--sign", str(Path(self.sign).expanduser())]
        return shlex.join(words)

    def verifying(self) -> str:
        """Return the options of `workflows.publication.verify`; raise `UserError` without one."""
        if not self.report:
            raise UserError("config: report: missing; snakemake verify --config report=FILE.zip")
        words = [self.report, "--cells", *self.cells.split()]
        if self.only_steps:
            words += ["--steps", str(self.only_steps)]
        if self.signers:
            words += ["--signers", self.signers]
        return shlex.join(words)


def split(config: Mapping[str, Any]) -> tuple[dict[str, Any], Options]:
    """Return the experiment's part of a config, and the options beside it."""
    beside = {name: value for name, value in config.items() if name in Options.model_fields}
    try:
        options = Options.model_validate(beside)
    except ValidationError as error:
        raise UserError(f"config: {fault(error)}") from None
    return {name: value for name, value in config.items() if name not in beside}, options
