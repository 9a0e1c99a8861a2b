"""What can be made again is freed, all of it and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.clients import Clients
from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.environments import purge
from workflows.environments.clients.docker import Client

# A client with images in a file: a line each, of its identity, its name, and its label if any.
CLIENT = """#!/bin/sh
case "$1 $6" in
  "images label"*) sed -n 's/ labelled$//p' {store};;
  "images "*) sed 's/ labelled$//' {store};;
  "image "*) echo 1500000000;;
  "rmi "*) case $2 in *busy*) echo "image is in use by a container" >&2; exit 1;; esac
    sed "\\\\# *$2 *#d" {store} > {store}.new; /bin/mv {store}.new {store};;
esac
"""
IMAGES = """\
sha256:1 localhost/reprise/cpu:from-1 labelled
sha256:1 localhost/reprise/cpu:abc labelled
sha256:2 localhost/reprise/base:1
sha256:3 registry.example/team/cpu:1 labelled
sha256:4 <none>:<none> labelled
sha256:5 python:3.11
sha256:6 localhost/other/reprise/x:1
sha256:7 <none>:<none>
"""
OTHERS = "".join(line + "\n" for line in IMAGES.splitlines()[5:])


@pytest.fixture
def store(clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a made-up client's images."""
    monkeypatch.setenv("PATH", f"{clients.folder}:/usr/bin:/bin")
    monkeypatch.setattr(purge, "CLIENTS", ("docker",))
    (clients.folder / "docker").write_text(CLIENT.format(store=tmp_path / "store"))
    (clients.folder / "docker").chmod(0o755)
    (tmp_path / "store").write_text(IMAGES)
    return tmp_path / "store"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with results, whose cache lies in a folder that holds other things as well."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    for name in ("project/results/matrix.json", "cache/wheels/x.whl", "cache/data/cifar10/a/b"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"x" * 10_000_000)
    monkeypatch.chdir(tmp_path / "project")
    (tmp_path / "cache" / "thesis.tex").write_text("mine")
    return tmp_path


def test_caches_and_images_are_freed_and_counted(
    project: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    purge.main([])
    said = capsys.readouterr().out
    assert sorted(path.name for path in (project / "cache").iterdir()) == ["thesis.tex"]
    assert Path("results/matrix.json").exists()
    assert store.read_text() == OTHERS
    assert f"  0.01 GB  {project}/cache/wheels\n" in said
    assert "  1.50 GB  docker: localhost/reprise/cpu:from-1, localhost/reprise/cpu:abc\n" in said
    assert "  6.02 GB freed at most" in said


def test_a_second_time_frees_nothing(
    project: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    purge.main([])
    capsys.readouterr()
    purge.main([])
    assert capsys.readouterr().out.startswith("  0.00 GB freed")
    assert store.read_text() == OTHERS


def test_an_empty_cache_of_ours_alone_goes_as_a_whole(project: Path, store: Path) -> None:
    (project / "cache" / "thesis.tex").unlink()
    purge.main([])
    assert not (project / "cache").exists()


def test_an_image_in_use_stays_and_says_why(project: Path, store: Path) -> None:
    store.write_text("sha256:1 localhost/reprise/busy:1 labelled\n")
    ((said, freed),) = purge.images(Client("docker"))
    assert freed == 0 and "stays: docker rmi: image is in use by a container" in said


def test_nothing_is_taken_from_under_a_running_pipeline(project: Path, store: Path) -> None:
    purge.LOCKS.mkdir(parents=True)
    (purge.LOCKS / "0.input.lock").touch()
    with pytest.raises(UserError, match=r"snakemake is at work here; .*--unlock"):
        purge.main([])
    assert (project / "cache" / "wheels" / "x.whl").exists() and store.read_text() == IMAGES


def test_every_folder_of_the_cache_is_known() -> None:
    code = "".join(path.read_text() for path in (ROOT / "workflows").rglob("*.py"))
    used = set(re.findall(r"""\bcache\(["'](\w+)["']\)""", code))
    assert len(used) > 5 and used == set(purge.FOLDERS)
