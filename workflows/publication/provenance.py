"""One action a run, in a crate: Provenance Run Crate 0.5 (https://w3id.org/ro/wfrun/provenance).

An action says which program trained, when, how it ended, under which settings and environment
variables, in which image, and which files it left.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from workflows.environments.images.record import ImageRecord
from workflows.runs.record import RunRecord

PROFILE = {"https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate"}
_TERMS = "https://w3id.org/ro/terms/workflow-run#"
_USED = ("ContainerImage", "containerImage", "environment", "registry", "sha256", "tag")
_IMAGES = {"docker": "DockerImage", "podman": "DockerImage", "apptainer": "SIFImage"}
"""What an engine runs, in the profile's words; the others run no image."""


def words() -> dict[str, str]:
    """Return the terms beside RO-Crate's, written out: whoever reads them needs no network."""
    return {name: _TERMS + name for name in _USED}


def describe(
    crate: ROCrate, workflow: Entity, images: Mapping[str, ImageRecord],
    left: list[tuple[RunRecord, list[Entity]]],
) -> list[Entity]:  # fmt: skip
    """Add programs, steps of the workflow, and the actions of the runs; return the actions.

    `images`: by environment; `left`: each run that was started, and its files in the crate.
    """
    programs = {
        name: _entity(crate, f"program/{name}", "SoftwareSourceCode", name=name)
        for name in sorted({record.run.benchmark for record, _ in left})
    }
    workflow["hasPart"] = [*programs.values()]
    workflow["step"] = [
        _entity(crate, f"step/{name}", "HowToStep", name=f"train {name}", workExample=program)
        for name, program in programs.items()
    ]
    found = []
    for record, files in sorted(left, key=lambda each: each[0].run.path):
        action = _entity(crate, f"run/{record.run.path}", "CreateAction", **_said(record))
        action["instrument"] = programs[record.run.benchmark]
        action["object"] = _values(crate, "setting", record.settings)
        action["environment"] = _values(crate, "variable", _variables(record))
        action["result"] = files
        if image := _image(crate, images.get(record.run.environment), record):
            action["containerImage"] = image
        found.append(action)
    return found


def _entity(crate: ROCrate, key: str, kind: str, **properties: Any) -> Entity:
    """Return the entity of that key; the first call makes it."""
    found = crate.get(f"#{quote(key)}")
    if found is None:
        about = {"@type": kind, **properties}
        found = crate.add(ContextEntity(crate, f"#{quote(key)}", properties=about))
    return found


def _said(record: RunRecord) -> dict[str, str]:
    """Return what a record says of a run by itself: its name, its times, how it ended."""
    run, completed = record.run, record.status == "completed"
    found = {
        "name": run.path,
        "description": f"{run.benchmark} under {run.configuration}, {run.variation}, seed "
        f"{run.seed}: {record.status}, {record.trace.steps} of {run.steps} steps traced",
        "actionStatus": f"http://schema.org/{'Completed' if completed else 'Failed'}ActionStatus",
    }
    if record.reason and not completed:
        found["error"] = record.reason
    if record.timing:
        found["startTime"] = record.timing.started
    if end := ended(record):
        found["endTime"] = end
    return found


def ended(record: RunRecord) -> str | None:
    """Return when a run ended, in ISO 8601 with seconds; None where it is not known."""
    timing = record.timing
    if timing is None or timing.seconds is None:
        return None
    end = datetime.fromisoformat(timing.started) + timedelta(seconds=timing.seconds)
    return end.isoformat(timespec="seconds")


def _variables(record: RunRecord) -> dict[str, str]:
    """Return the environment variables that the run really had, as far as they change anything."""
    return record.held.variables if record.held else {}


def _values(crate: ROCrate, kind: str, given: Mapping[str, str]) -> list[Entity]:
    """Return named values, each once in the crate."""
    return [
        _entity(crate, f"{kind}/{name}={value}", "PropertyValue", name=name, value=value)
        for name, value in sorted(given.items())
    ]


def _image(crate: ROCrate, image: ImageRecord | None, record: RunRecord) -> Entity | None:
    """Return the image that the run was in, where its engine runs one."""
    if not (image and record.image and record.image.engine in _IMAGES):
        return None
    registry, _, path = image.tag.partition("/")
    name, _, tag = path.rpartition(":")
    return _entity(
        crate, f"image/{record.run.environment}", "ContainerImage",
        name=name, registry=registry, tag=tag, sha256=record.image.content_digest,
        additionalType={"@id": _TERMS + _IMAGES[record.image.engine]},
        description="sha256 is taken over names, modes, types and hashes of all contents: the same "
        "in every engine, and not the digest that a registry gives",
    )  # fmt: skip
