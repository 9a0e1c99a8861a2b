"""The experiment: what the config file asks for, typed, and checked before anything runs.

`python -m workflows.experiment` writes `config/schema.json` from these models.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workflows import environments
from workflows.catalogue import Catalogue, Variation
from workflows.errors import UserError, command
from workflows.files import write_json
from workflows.places import ROOT

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Names = Annotated[list[Name], Field(min_length=1)]
Repeats = Annotated[int, Field(ge=2, le=10_000)]


class Strict(BaseModel):
    """Refuses unknown keys and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class BenchmarkChoice(Strict):
    """How a benchmark is run."""

    steps: int | None = Field(None, ge=1, description="training steps; default: the article's")
    options: dict[str, Any] = Field({}, description="the benchmark's own options")


class Limits(Strict):
    """What a single run may use before it is ended and recorded as failed."""

    minutes: float = Field(60, gt=0, description="wall time of one run")
    memory_gb: float | None = Field(None, gt=0, description="memory of one run, in GiB")


class Experiment(Strict):
    """Axes and repeats of an experiment."""

    engine: Literal["auto", "docker", "podman", "venv", "host"] = Field(
        "auto", description="how runs are contained; auto: the first of docker, podman, venv"
    )
    seed: int = Field(3, ge=0, lt=2**32, description="the seed that seeding settings use")
    environments: Names = Field(description="pinned software stacks: folders of containers/")
    devices: Annotated[list[Literal["cpu", "cuda"]], Field(min_length=1)] = Field(
        description="where the tensors live"
    )
    benchmarks: dict[Name, BenchmarkChoice] = Field(
        min_length=1, description="files of benchmarks/, with steps and options"
    )
    configurations: Annotated[list[Name | dict[Name, list[Name]]], Field(min_length=1)] = Field(
        description="names, or {a new name: [settings]}"
    )
    variations: Annotated[list[Name | dict[Name, Variation]], Field(min_length=1)] = Field(
        ["baseline"], description="names, or {a new name: {threads, options, settings}}"
    )
    repeats: dict[Name, Repeats] = Field(
        description="runs of each combination, per benchmark; one run cannot show that it repeats"
    )
    limits: Limits = Limits()
    data: dict[Name, str | None] = Field(
        {}, description="a local copy or archive of a data set, by its name"
    )


def schema() -> dict[str, Any]:
    """Return the experiment's JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Experiment.model_json_schema(),
    }


def nearest(wrong: object, names: Iterable[str]) -> str:
    """Return ` (did you mean X?)` for the nearest valid name, else the empty string."""
    close = difflib.get_close_matches(str(wrong), list(names), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def refuse(key: str, value: object, expected: str) -> UserError:
    """Return the error for a wrong value of a key of the config."""
    return UserError(f"config: {key} = {value!r}: expected {expected}")


# pydantic names the branch of a union in an error's location; people do not write it.
BRANCH = re.compile(r"constrained-str|dict\[.*|str|Variation|\[key\]")
EXPECTED = {
    "too_short": "at least one",
    "string_pattern_mismatch": "a name of lower-case letters, digits, - and _",
}


def explain(error: ValidationError) -> UserError:
    """Turn the first of pydantic's findings into one line."""
    errors = error.errors()
    start = errors[0]["loc"][:2]
    # An item that fits no form of a union has an error for each: the deepest is what was meant.
    first = max((e for e in errors if e["loc"][:2] == start), key=lambda e: len(e["loc"]))
    path = [str(part) for part in first["loc"] if not BRANCH.fullmatch(str(part))]
    key = ".".join(path)
    if first["type"] == "extra_forbidden":
        models: dict[int, type[BaseModel]] = {1: Experiment, 2: Limits, 3: BenchmarkChoice}
        model = models.get(len(path), Variation)
        names = list(model.model_fields)
        return UserError(
            f"config: {key}: unknown key{nearest(path[-1], names)}; allowed: {', '.join(names)}"
        )
    if first["type"] == "missing":
        return UserError(f"config: {key}: missing; see config/config.yaml for an example")
    message = EXPECTED.get(first["type"], first["msg"].removeprefix("Input should be "))
    allowed = first.get("ctx", {}).get("expected", "").replace(" or ", ",").split(",")
    return refuse(
        key, first["input"], message + nearest(first["input"], [a.strip("' ") for a in allowed])
    )


def parse(config: dict[str, Any]) -> Experiment:
    """Check types, ranges and keys; raise `UserError` with one line for the first fault."""
    try:
        return Experiment.model_validate(config)
    except ValidationError as error:
        raise explain(error) from None


def check_names(experiment: Experiment, catalogue: Catalogue, pinned: Iterable[str]) -> None:
    """Check every name that an experiment uses; raise `UserError` for the first unknown one."""

    def known(key: str, value: str, names: Iterable[str]) -> None:
        if value not in (names := list(names)):
            raise refuse(key, value, f"one of {', '.join(names)}{nearest(value, names)}")

    for environment in experiment.environments:
        known("environments", environment, [*pinned, "host"])
    for name, choice in experiment.benchmarks.items():
        known("benchmarks", name, catalogue.benchmarks)
        check_options(f"benchmarks.{name}.options", choice.options, catalogue, [name])
        if name not in experiment.repeats:
            raise UserError(f"config: repeats.{name}: missing; say how often {name} is to run")
    for name in experiment.repeats:
        known("repeats", name, experiment.benchmarks)
    for name in experiment.data:
        known("data", name, {b.data for b in catalogue.benchmarks.values() if b.data})
    for key in ("environments", "devices", "configurations", "variations"):
        check_unique(key, getattr(experiment, key))
    for name, settings in own(experiment.configurations, "configurations", catalogue).items():
        for setting in settings:
            known(f"configurations.{name}", setting, catalogue.settings)
    for name, variation in own(experiment.variations, "variations", catalogue).items():
        for setting in variation.settings:
            known(f"variations.{name}.settings", setting, catalogue.settings)
        if variation.threads is not None and variation.threads < 1:
            raise refuse(f"variations.{name}.threads", variation.threads, "1 or more")
        options = f"variations.{name}.options"
        check_options(options, variation.options, catalogue, experiment.benchmarks)


def own(items: list[Any], key: str, catalogue: Catalogue) -> dict[str, Any]:
    """Return all chosen configurations or variations by name, standard and the user's own."""
    standard: dict[str, Any] = getattr(catalogue, key)
    chosen: dict[str, Any] = {}
    for item in items:
        if not item:
            raise refuse(key, item, "a name, or {a new name: …}")
        if isinstance(item, str):
            if item not in standard:
                names = ", ".join(standard)
                raise refuse(key, item, f"one of {names}{nearest(item, standard)}")
            chosen[item] = standard[item]
            continue
        for name, value in item.items():
            if name in standard:
                raise UserError(f"config: {key}.{name}: is a standard name; choose another")
            chosen[name] = value
    return chosen


def check_options(
    key: str, options: dict[str, Any], catalogue: Catalogue, benchmarks: Iterable[str]
) -> None:
    """Check options against the defaults that the benchmarks declare, by name and type."""
    known: dict[str, Any] = {}
    for benchmark in benchmarks:
        known.update(catalogue.benchmarks[benchmark].options)
    for name, value in options.items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise UserError(
                f"config: {key}.{name}: unknown option{nearest(name, known)}; allowed: {names}"
            )
        if type(value) is not type(known[name]):
            example = f"like the default {known[name]!r}"
            raise refuse(f"{key}.{name}", value, f"{type(known[name]).__name__}, {example}")


def check_unique(key: str, items: list[Any]) -> None:
    """Refuse an axis that names one thing twice."""
    names = [name for item in items for name in ([item] if isinstance(item, str) else item)]
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"config: {key}: {name} is named {names.count(name)} times; once is enough"
            )


def load(config: dict[str, Any], catalogue: Catalogue) -> Experiment:
    """Return the checked experiment; raise `UserError` for the first thing wrong with it."""
    experiment = parse(config)
    check_names(experiment, catalogue, environments.names())
    if experiment.engine == "host":
        # The host has one interpreter: it is the one environment, whatever else was named.
        return experiment.model_copy(update={"environments": ["host"]})
    if "host" in experiment.environments:
        raise refuse("environments", "host", "a pinned environment, or engine: host")
    return experiment


if __name__ == "__main__":
    command(lambda: write_json(ROOT / "config" / "schema.json", schema()))
