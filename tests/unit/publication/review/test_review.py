"""What reviewers and archives ask for: of its form, made of the records, refused where edited."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError
from referencing import Registry, Resource

from tests.support import finished
from tests.support.images import image
from tests.support.tampering import zipped
from workflows.environments.images.record import System
from workflows.matrix.model import Matrix
from workflows.publication.archive import write_sums
from workflows.publication.check.opened import opened
from workflows.publication.review.files import NAMES, sbom
from workflows.publication.review.measured import core_hours, over_seeds, runs, seconds
from workflows.publication.review.sbom import bom

SCHEMAS = Path(__file__).parents[3] / "fixtures" / "cyclonedx"
ALL = {*NAMES, sbom("cpu")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished.publication(tmp_path_factory.mktemp("reviewed"))


@pytest.fixture(scope="module")
def matrix(folder: Path) -> Matrix:
    return Matrix.model_validate_json((folder / "matrix.json").read_bytes())


def cyclonedx() -> Draft7Validator:
    """Return the validator of the official schema, with the two that it names."""
    schemas = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    found = [(each["$id"], Resource.from_contents(each)) for each in schemas.values()]
    return Draft7Validator(
        schemas["bom-1.6.schema.json"], registry=Registry().with_resources(found)
    )


def test_the_bill_of_materials_is_cyclonedx(folder: Path) -> None:
    said = json.loads((folder / sbom("cpu")).read_text())
    validate = cyclonedx().validate
    validate(said)
    libraries = {each["name"]: each for each in said["components"] if each["type"] == "library"}
    found = json.loads((folder / "images" / "cpu.json").read_text())
    assert {name: each["version"] for name, each in libraries.items()} == found["packages"]
    assert libraries["torch"]["purl"].startswith("pkg:pypi/torch@2.13.0%2Bcpu")
    lock = (folder / "locks" / "cpu.lock").read_text()
    for each in libraries.values():
        hashes = [h["content"] for h in each.get("hashes", [])]
        hashes += [p["value"] for p in each.get("properties", [])]
        assert hashes and all(f"sha256:{one}" in lock for one in hashes), each["name"]
    for broken in (
        said | {"specVersion": 16}, said | {"serialNumber": "1"}, said | {"more": 1},
        said | {"components": [{"type": "wheel", "name": "torch"}]},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            validate(broken)


def test_the_bill_of_materials_holds_the_packages_of_the_image() -> None:
    packages = {"libstdc++6:amd64": "12.2.0-14+deb12u1", "zlib1g:amd64": "1:1.2.13.dfsg-1"}
    held = System(vendor="debian", release="bookworm", packages=packages)
    without, with_them = (bom(image(system=each), []) for each in (None, held))
    cyclonedx().validate(with_them)
    added = with_them["components"][len(without["components"]) :]
    assert [each["purl"] for each in added] == [
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=bookworm",
        "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=bookworm",
    ]
    assert [each["name"] for each in added] == ["libstdc++6", "zlib1g"]


TEXT = {"type": "string", "minLength": 1}
LIST = {"type": "array", "items": TEXT}
ZENODO = {
    "type": "object", "additionalProperties": False,
    "required": ["title", "upload_type", "description", "creators", "access_right", "license"],
    "properties": {
        "title": TEXT, "description": TEXT, "version": TEXT, "license": {"const": "mit"},
        "upload_type": {"enum": ["publication", "dataset", "software", "other"]},
        "access_right": {"enum": ["open", "embargoed", "restricted", "closed"]},
        "keywords": {"type": "array", "items": TEXT},
        "publication_date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "creators": {
            "type": "array", "minItems": 1,
            "items": {"type": "object", "required": ["name"], "properties": {"name": TEXT}},
        },
    },
}  # fmt: skip
"""What Zenodo's REST API says of a deposit's metadata (https://developers.zenodo.org)."""
CODEMETA = {
    "type": "object", "additionalProperties": False, "required": ["@context", "type", "name"],
    "properties": {
        "@context": {"const": "https://w3id.org/codemeta/3.0"},
        "type": {"const": "SoftwareSourceCode"},
        "author": {"type": "array", "items": {"type": "object", "required": ["type", "name"]}},
        "license": {"type": "string", "pattern": "^https://spdx.org/licenses/"},
        "dateModified": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        **dict.fromkeys(("runtimePlatform", "softwareRequirements", "keywords"), LIST),
        **dict.fromkeys(("name", "description", "version"), TEXT),
        **dict.fromkeys(("programmingLanguage", "operatingSystem"), TEXT),
    },
}  # fmt: skip
"""The terms of CodeMeta 3.0 (https://codemeta.github.io/terms) that are used, with their types."""


@pytest.mark.parametrize(
    ("name", "schema"), [(".zenodo.json", ZENODO), ("codemeta.json", CODEMETA)]
)
def test_what_archives_read(folder: Path, name: str, schema: dict[str, Any]) -> None:
    said = json.loads((folder / name).read_text())
    validate = Draft202012Validator(schema).validate
    validate(said)
    with pytest.raises(ValidationError):
        validate(said | {"more": 1})


def test_the_checklist_answers_from_the_records(folder: Path, matrix: Matrix) -> None:
    page = (folder / "CHECKLIST.md").read_text()
    hours = f"{core_hours(matrix.cells):.2g}"
    for words in (
        "NeurIPS 8; ACL C1", f"{runs(matrix.cells)} runs, about {hours} hours", "seed 3 wherever",
        "toy: 3 runs of each cell: where equal, fewer than 64 % deviate, 95 % sure",
        "Intel(R) Xeon(R)", "`sbom/cpu.cdx.json`", "no data set", "over 3 seeds",
    ):  # fmt: skip
        assert words in page, words


def test_the_artifact_names_command_minutes_and_expected_line(folder: Path) -> None:
    page = (folder / "ARTIFACT.md").read_text()
    row = next(line for line in page.splitlines() if "toy under seeded" in line)
    assert "`reprise verify THIS.zip --cells 'cpu/cpu/toy/seeded/baseline'`" in row
    assert "`cpu/cpu/toy/seeded/baseline: reproduced bit for bit (100 steps compared)`" in row
    assert "unseeded" not in page.partition("## Claims")[2], "what differs is no claim"


def test_what_was_measured(matrix: Matrix) -> None:
    cell = matrix.cells[0].model_copy(update={"step_seconds": 0.5, "steps": 100})
    assert seconds(cell) == 55.0
    assert core_hours([cell, cell]) == pytest.approx(2 * 3 * 55 / 3600)
    [line] = over_seeds(matrix.cells, {"seeded", "strict"})
    assert line.startswith("toy: last loss ") and line.endswith(("lie within", "lie beyond"))
    assert over_seeds(matrix.cells, {"unseeded", "seeded", "strict"}) == []


def test_the_crate_lists_them(folder: Path) -> None:
    graph = json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    assert {each["@id"] for each in graph} >= ALL


def test_a_publication_of_before_has_none_of_them(folder: Path, tmp_path: Path) -> None:
    assert not opened(zipped(folder), tmp_path / "with", None).account.other  # type: ignore[union-attr]
    older = Path(shutil.copytree(folder, tmp_path / "older"))
    for name in ALL:
        (older / name).unlink()
    publication = json.loads((older / "publication.json").read_text()) | {"code": "0" * 64}
    (older / "publication.json").write_text(json.dumps(publication))
    write_sums(older)
    found = opened(zipped(older), tmp_path / "opened", None)
    assert found.account and not ALL & {*found.account.equal, *found.account.other}
