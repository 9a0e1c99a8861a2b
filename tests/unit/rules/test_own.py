"""Data of one's own as their rule asks for them."""

from __future__ import annotations

import re
from types import SimpleNamespace

import yaml

from workflows.common.paths import ROOT
from workflows.experiment.model import Experiment
from workflows.rules.own import Own

DIGEST = "0f" * 32


def own(**data: object) -> Own:
    config = yaml.safe_load((ROOT / "config" / "try.yaml").read_text())
    return Own(Experiment.model_validate({**config, "data": data}))


def test_only_data_of_ones_own_are_asked_for() -> None:
    found = own(cifar10="a b", mine={"path": "a b", "sha256": DIGEST}, yours={"sha256": DIGEST})
    for name, expected in {"mine": True, "yours": True, "cifar10": False, "min": False}.items():
        assert bool(re.fullmatch(found.names, name)) is expected
    assert not re.fullmatch(own(cifar10=None).names, "cifar10")
    mine, yours = SimpleNamespace(dataset="mine"), SimpleNamespace(dataset="yours")
    assert (found.sha256(mine), found.place(mine)) == (DIGEST, "--source 'a b'")
    assert (found.sha256(yours), found.place(yours)) == (DIGEST, "")
