"""Images for other nodes: what is refused, with a made-up client and small archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clients import image
from workflows.common import files
from workflows.common.errors import UserError
from workflows.common.sums import sha256
from workflows.environments import definition as environments
from workflows.environments.clients.docker import Client
from workflows.environments.images import checked, share
from workflows.environments.images.assemble import recipe
from workflows.environments.images.record import ImageRecord
from workflows.rules.options import split

DOCKER = Client("docker")


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images and this node's memory in the test's folder; a client that has what it should."""
    monkeypatch.setattr(share, "IMAGES", tmp_path / "images")
    for module in (share, checked):
        monkeypatch.setattr(module, "on_node", lambda name: tmp_path / name)
    monkeypatch.setattr(share, "digest_of", lambda _client, _image: "0" * 64)
    monkeypatch.setattr(Client, "has", lambda _client, _image: False)
    monkeypatch.setattr(Client, "call", lambda *_words, **_options: "")


def shared(tmp_path: Path, **changes: object) -> ImageRecord:
    """Leave an archive with its description, as another machine did; return its image's record."""
    environment = environments.find("cpu")
    kept = image().model_copy(update={"lock_digest": environment.lock_digest})
    archive = tmp_path / "images" / "cpu-1.tar"
    files.write_text(archive, "layers")
    checked.write(archive)
    described = {
        "image": kept, "recipe": sha256(recipe(environment)), "archive": "cpu-1.tar",
    }  # fmt: skip
    files.write_json(share.place("cpu"), share.Shared(**{**described, **changes}).model_dump())
    return kept


def test_what_is_not_shared_names_both_ways_to_get_it() -> None:
    with pytest.raises(UserError, match=r"gone from this node; build.*or share it.*--to archive"):
        share.bring(DOCKER, image())


def test_what_is_shared_must_be_what_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share.bring(DOCKER, shared(tmp_path))  # control
    with pytest.raises(UserError, match="gone from this node"):
        share.bring(DOCKER, image().model_copy(update={"content_digest": "2" * 64}))
    monkeypatch.setattr(share, "digest_of", lambda _client, _image: "1" * 64)
    with pytest.raises(UserError, match="what was brought has other contents"):
        share.bring(DOCKER, shared(tmp_path))


def test_a_damaged_archive_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = shared(tmp_path)
    files.write_text(tmp_path / "images" / "cpu-1.tar", "lawyers")
    monkeypatch.setattr(Client, "call", lambda *_words, **_options: pytest.fail("loaded"))
    with pytest.raises(UserError, match=r"cpu-1\.tar: SHA-256 .*damaged or replaced"):
        share.bring(DOCKER, kept)


def test_an_archive_of_another_lock_or_recipe_is_not_used(tmp_path: Path) -> None:
    environment = environments.find("cpu")
    assert share.archived(environment) is None
    kept = shared(tmp_path)
    assert share.archived(environment) == (tmp_path / "images" / "cpu-1.tar", kept), "control"
    shared(tmp_path, recipe="1" * 64)
    assert share.archived(environment) is None
    shared(tmp_path, image=kept.model_copy(update={"lock_digest": "1" * 64}))
    assert share.archived(environment) is None


@pytest.mark.parametrize("name", ["../planted.tar", "/etc/passwd", "a b"])
def test_an_archive_lies_beside_its_description(tmp_path: Path, name: str) -> None:
    shared(tmp_path)
    text = share.place("cpu").read_text().replace("cpu-1.tar", name)
    share.place("cpu").write_text(text)
    with pytest.raises(UserError, match="not a shared image: archive"):
        share.archived(environments.find("cpu"))


def test_an_image_that_is_not_what_its_record_says_is_not_shared() -> None:
    other = image().model_copy(update={"content_digest": "3" * 64})
    with pytest.raises(UserError, match="not what its record says; build it again"):
        share.share(DOCKER, other, "archive")


@pytest.mark.parametrize("value", ["--force", "Registry.example", "a b", "", 3])
def test_an_address_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(UserError, match="config: images: "):
        split({"images": value})
    assert split({"images": "localhost:5000/team"})[1].images == "localhost:5000/team"
    assert split({"images": "archive"})[1].images == "archive"
