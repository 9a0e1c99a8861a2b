"""Data of one's own as their rule asks for them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any, cast

from workflows.experiment.model import Experiment, OwnData, own_data


@dataclass(frozen=True)
class Own:
    """Those of one experiment; each is asked for by its wildcard `dataset`."""

    experiment: Experiment

    @property
    def names(self) -> str:
        """The regular expression of their names; without any it matches nothing."""
        names = (name for name in self.experiment.data if own_data(self.experiment, name))
        return "|".join(map(re.escape, names)) or "(?!)"

    def sha256(self, wildcards: Any) -> str:
        """Return the digest that they must have."""
        return self._said(wildcards).sha256

    def place(self, wildcards: Any) -> str:
        """Return the option that names where they lie, if the config says so."""
        path = self._said(wildcards).path
        return f"--source {shlex.quote(path)}" if path else ""

    def _said(self, wildcards: Any) -> OwnData:
        return cast(OwnData, self.experiment.data[wildcards.dataset])  # by the rule's constraint
