"""From a config file's values to a checked experiment, or to one line that says what is wrong."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workflows.common.errors import UserError
from workflows.common.models import Model
from workflows.environments import definition as environments
from workflows.environments import kinds
from workflows.experiment.catalogue import Catalogue, Variation
from workflows.experiment.check import check_experiment
from workflows.experiment.model import (
    AblationChoice,
    BenchmarkChoice,
    CostChoice,
    CuresChoice,
    Experiment,
    Limits,
    OwnData,
)
from workflows.experiment.resolve import nearest, refuse

# pydantic names the branch of a union in an error's location; people do not write it.
BRANCH = re.compile(r"constrained-str|constrained-int|Bound|dict\[.*|str|Variation|OwnData|\[key\]")
EXPECTED = {
    "too_short": "at least one",
    "string_pattern_mismatch": "a name of lower-case letters, digits, - and _",
}
SHA256 = "64 digits of 0 to 9 and a to f, as `reprise data` says them"


def explain(error: ValidationError) -> UserError:
    """Turn the first of pydantic's findings into one line."""
    errors = sorted(error.errors(), key=_late)
    start = errors[0]["loc"][:2]
    # An item that fits no form of a union has an error for each: the deepest is what was meant.
    first = max((e for e in errors if e["loc"][:2] == start), key=lambda e: len(e["loc"]))
    path = [str(part) for part in first["loc"] if not BRANCH.fullmatch(str(part))]
    key = ".".join(path)
    if first["type"] == "extra_forbidden":
        models: dict[int, type[Model]] = {1: Experiment, 2: Limits, 3: BenchmarkChoice}
        choices: dict[str, type[Model]] = {
            "ablation": AblationChoice,
            "costs": CostChoice,
            "cures": CuresChoice,
            "data": OwnData,
        }
        model = choices.get(path[0]) or models.get(len(path), Variation)
        names = list(model.model_fields)
        return UserError(
            f"config: {key}: unknown key{nearest(path[-1], names)}; allowed: {', '.join(names)}"
        )
    if first["type"] == "missing" and path[0] == "data":
        return UserError(f"config: {key}: missing; to see it: reprise data {path[1]} PATH")
    if first["type"] == "missing":
        return UserError(f"config: {key}: missing; see config/config.yaml for an example")
    message = (
        SHA256
        if path[-1] == "sha256"
        else EXPECTED.get(first["type"], first["msg"].removeprefix("Input should be "))
    )
    allowed = first.get("ctx", {}).get("expected", "").replace(" or ", ",").split(",")
    return refuse(
        key, first["input"], message + nearest(first["input"], [a.strip("' ") for a in allowed])
    )


def _late(found: ErrorDetails) -> int:
    """What is missing may only be misspelt: it comes last, and a key that nothing knows first."""
    if found["type"] == "missing":
        return 2
    return found["type"] != "extra_forbidden" or len(found["loc"]) > 1


def parse(config: dict[str, Any]) -> Experiment:
    """Check types, ranges and keys; raise `UserError` with one line for the first fault."""
    try:
        return Experiment.model_validate(config)
    except ValidationError as error:
        raise explain(error) from None


def load(config: dict[str, Any], catalogue: Catalogue) -> Experiment:
    """Return the checked experiment; raise `UserError` for the first thing wrong with it."""
    experiment = parse(config)
    check_experiment(experiment, catalogue, environments.names())
    if kinds.pins(experiment.engine) and kinds.HOST in experiment.environments:
        raise refuse("environments", kinds.HOST, "a pinned environment, or engine: host")
    found = kinds.environments(experiment.engine, experiment.environments)
    vary = experiment.vary
    if found != experiment.environments:  # the host's own stands for all of them
        vary = vary.model_copy(update={"environments": []})
    return experiment.model_copy(update={"environments": found, "vary": vary})
