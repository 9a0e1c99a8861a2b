"""Manifests of data in a publication: of what is known here, and of the publisher's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from workflows.common.errors import UserError
from workflows.common.files import write_json
from workflows.common.paths import ROOT
from workflows.common.sums import sha256
from workflows.data.own import Manifest
from workflows.environments.definition import Image
from workflows.environments.images.record import Base, ImageRecord
from workflows.experiment.model import Experiment
from workflows.publication.check.software import check_data, check_images

DIGEST, OTHER = "0f" * 32, "f0" * 32
CONFIG: dict[str, Any] = yaml.safe_load((ROOT / "config" / "try.yaml").read_text())
EXPERIMENT = Experiment.model_validate({**CONFIG, "data": {"mine": {"sha256": DIGEST}}})
TOLD = Manifest(dataset="mine", sha256=DIGEST, files=2, bytes=4).model_dump()


def check(folder: Path, told: dict[str, Any], read: str | None = None) -> list[str]:
    path = folder / "data" / "mine.json"
    write_json(path, told)
    reads = {"benchmarks/helper.py": OTHER, "results/data/mine.json": read or sha256(path)}
    records: Any = {"cpu/a/0": SimpleNamespace(read=reads), "cpu/b/0": SimpleNamespace(read=None)}
    return check_data(folder, EXPERIMENT, records)


IMAGE = Image("registry.invalid/training", f"sha256:{'0f' * 32}")


def published(folder: Path, under: Image) -> Any:
    """Write what a publication says of an environment that is an image."""
    lock = folder / "locks" / "mine.lock"
    lock.parent.mkdir()
    lock.write_text(IMAGE.lock)
    record = ImageRecord(
        environment="mine", engine="docker", pinned=True, tag="localhost/reprise/mine:0",
        content_digest="0" * 64, entries=9, lock_digest=sha256(lock), python="3.12.1",
        base=Base(kind="registry", reference=under.repository, digest=under.digest),
        packages={"torch": "2.13.0"},
    )  # fmt: skip
    record.save(folder / "images" / "mine.json")
    return SimpleNamespace(engine="docker", images={"mine": record})


def test_an_environment_that_is_an_image_lies_on_that_image(tmp_path: Path) -> None:
    check_images(tmp_path, published(tmp_path, IMAGE))


def test_one_that_lies_on_another_image_is_refused(tmp_path: Path) -> None:
    for number, change in enumerate(({"digest": f"sha256:{'1' * 64}"}, {"repository": "other"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(UserError, match=r"images/mine\.json: base: is not the image that its"):
            check_images(folder, published(folder, replace(IMAGE, **change)))


def test_data_of_the_publishers_own_are_known_by_their_digest(tmp_path: Path) -> None:
    assert check(tmp_path, TOLD) == ["data/mine.json"]  # what it stands for is only claimed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sha256": OTHER}, f"data/mine.json: sha256: is {OTHER}, plan.json says {DIGEST}"),
        ({"dataset": "yours"}, "data/mine.json: sha256: is"),
        ({"names": ["secret"]}, "data/mine.json: names: "),
        ({"sha256": "<b>"}, "data/mine.json: sha256: "),
    ],
)
def test_another_manifest_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as caught:
        check(tmp_path, {**TOLD, **change})
    assert str(caught.value).startswith(said)


def test_a_record_that_read_other_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"runs/cpu/a/0\.json: read: results/data/mine\.json: is f0"
    ):
        check(tmp_path, TOLD, read=OTHER)


def test_data_that_nobody_knows_are_only_claimed(tmp_path: Path) -> None:
    write_json(tmp_path / "data" / "yours.json", {})
    assert check_data(tmp_path, EXPERIMENT, {}) == ["data/yours.json"]
