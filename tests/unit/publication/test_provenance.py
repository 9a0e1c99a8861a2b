"""One action a run in the crate: what it says is what the record says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support import finished
from tests.support.images import image
from workflows.publication import crate
from workflows.runs.record import RunRecord

SEEDED = "cpu/cpu/toy/seeded/baseline/0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished.publication(tmp_path_factory.mktemp("crate"))


@pytest.fixture(scope="module")
def records(folder: Path) -> list[RunRecord]:
    found = [RunRecord.parse(path.read_bytes()) for path in (folder / "runs").rglob("*.json")]
    return sorted(found, key=lambda record: record.run.path)


def entities(
    folder: Path, records: Iterable[RunRecord], engine: str = "venv"
) -> dict[str, dict[str, Any]]:
    """Return the crate that is made of these records, by the ids of its entities."""
    matrix = finished.judged()
    used = {"cpu": image(engine=engine, tag="localhost/reprise/cpu:0123", content_digest="4" * 64)}
    matrix = matrix.model_copy(update={"images": used})
    found = crate.metadata(folder, matrix, "said", [*records], brief=False)
    return {entity["@id"]: entity for entity in found["@graph"]}


def values(found: dict[str, dict[str, Any]], action: dict[str, Any], key: str) -> dict[str, str]:
    named = [found[each["@id"]] for each in action[key]]
    assert {each["@type"] for each in named} == {"PropertyValue"}
    return {each["name"]: each["value"] for each in named}


def test_an_action_a_run_that_was_started(folder: Path, records: list[RunRecord]) -> None:
    found = entities(folder, records)
    started = {f"#run/{r.run.path}" for r in records if r.status != "not-run"}
    assert {name for name in found if name.startswith("#run/")} == started
    assert 0 < len(started) < len(records), "one could not be"
    mentioned = {each["@id"] for each in found["./"]["mentions"]}
    assert mentioned == {"#campaign", *started}
    assert found["Snakefile"]["hasPart"] == [{"@id": "#program/toy"}]


def test_it_says_what_the_record_says(folder: Path, records: list[RunRecord]) -> None:
    [record] = [each for each in records if each.run.path == SEEDED]
    found = entities(folder, records)
    action = found[f"#run/{SEEDED}"]
    assert record.held and record.timing
    assert values(found, action, "environment") == record.held.variables
    assert values(found, action, "object") == record.settings
    assert action["startTime"] == record.timing.started <= action["endTime"]
    assert action["result"] == [
        {"@id": f"runs/{SEEDED}.json"}, {"@id": f"traces/{record.trace.sha256}.npz"},
    ]  # fmt: skip
    assert action["actionStatus"].endswith("/CompletedActionStatus") and "error" not in action
    assert "containerImage" not in action, "a virtual environment is no image"


def test_a_run_that_failed_is_not_said_to_be_completed(
    folder: Path, records: list[RunRecord]
) -> None:
    changed = [
        each.model_copy(update={"status": "refused", "reason": "no deterministic kernel"})
        if each.run.path == SEEDED
        else each
        for each in records
    ]
    action = entities(folder, changed)[f"#run/{SEEDED}"]
    assert action["actionStatus"].endswith("/FailedActionStatus")
    assert action["error"] == "no deterministic kernel"


@pytest.mark.parametrize(("engine", "kind"), [("docker", "DockerImage"), ("apptainer", "SIFImage")])
def test_the_image_with_its_digest(
    engine: str, kind: str, folder: Path, records: list[RunRecord]
) -> None:
    changed = []
    for each in records:
        used = each.image and each.image.model_copy(
            update={"engine": engine, "content_digest": "4" * 64}
        )
        changed.append(each.model_copy(update={"image": used}))
    found = entities(folder, changed, engine)
    said = found[found[f"#run/{SEEDED}"]["containerImage"]["@id"]]
    assert (said["registry"], said["name"], said["tag"]) == ("localhost", "reprise/cpu", "0123")
    assert said["sha256"] == "4" * 64 and said["additionalType"]["@id"].endswith(f"#{kind}")


def test_where_nothing_ran_it_is_no_provenance_run_crate(
    folder: Path, records: list[RunRecord]
) -> None:
    for given, expected in ((records, True), ([], False)):
        said = json.dumps(entities(folder, given)["./"]["conformsTo"])
        assert ("wfrun/provenance" in said) is expected
