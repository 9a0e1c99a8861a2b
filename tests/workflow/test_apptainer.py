"""A real Apptainer: the same contents and bits as in Docker and here, shut in, and no other."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from shutil import copyfile

import pytest

from tests.conftest import Need
from tests.workflow.contained import WAITS, built, run, start
from tests.workflow.project import Project
from workflows.common.errors import UserError
from workflows.common.guarded import end_session
from workflows.common.paths import IMAGES, cache
from workflows.compare.difference import first_difference
from workflows.environments.engines import apptainer, get
from workflows.environments.engines.interface import Engine, Job
from workflows.environments.images import checked, share, sif
from workflows.environments.images.contents import of_archive
from workflows.runs.record import read

pytestmark = [pytest.mark.engine, pytest.mark.late]
# Apptainer adds to an image those of them that it has not.
FOLDERS = (
    "opt", "bin", "dev", "etc", "home", "lib", "lib64", "mnt", "proc", "root", "run", "sbin",
    "srv", "sys", "tmp", "usr", "usr/bin", "var", "var/tmp",
)  # fmt: skip


@pytest.fixture
def engine(need: Need) -> Engine:
    """The engine, where it works."""
    need("apptainer")
    return get("apptainer")


@pytest.fixture
def project(engine: Engine, open_folder: Path) -> Project:
    """The toy and some steps of CIFAR-10, in Apptainer."""
    return Project.copy(
        open_folder / "project", engine="apptainer", configurations=["unseeded", "seeded"]
    )


def test_the_image_is_dockers_to_the_last_entry(engine: Engine, need: Need) -> None:
    need("docker")
    image, docker = built("apptainer"), built("docker")
    assert image.content_digest == docker.content_digest
    assert image.packages == docker.packages
    subprocess.run(["sha256sum", "--check", f"{image.tag}.sha256"], cwd=IMAGES, check=True)


@pytest.mark.usefixtures("cifar10_data")
def test_the_same_bits_as_in_a_virtual_environment(project: Project, tmp_path: Path) -> None:
    done = project.snakemake("results/matrix.json")
    assert done.returncode == 0, done.stderr[-3000:]
    local = Project.copy(tmp_path / "local", **{**project.experiment, "engine": "venv"})
    here = [local.record(benchmark, "seeded") for benchmark in ("toy", "cifar10")]
    done = local.snakemake(*(str(path.relative_to(local.folder)) for path in here))
    assert done.returncode == 0, done.stderr
    for benchmark in ("toy", "cifar10"):
        assert project.cell(benchmark, "unseeded")["verdict"] == "differs"
        assert project.cell(benchmark, "seeded")["verdict"] == "identical"
        one, other = (read(p.record(benchmark, "seeded")) for p in (project, local))
        assert first_difference(one, other) is None, "a container's Python, and this host's"
    record = json.loads(project.record("toy", "seeded").read_text())
    assert record["image"]["engine"] == "apptainer"
    assert record["image"]["isolation"].startswith("own container: no network, read-only root")


def test_a_job_beyond_its_memory_fails(engine: Engine, job: Job) -> None:
    done = run(engine, replace(job, memory_gb=0.5), "held = b'x' * 2**30")
    assert done.returncode != 0
    assert "MemoryError" in done.stderr
    assert run(engine, replace(job, memory_gb=2.5), "held = b'x' * 2**30").returncode == 0


def test_nothing_is_left_of_a_killed_job(engine: Engine, job: Job) -> None:
    job, process = start(engine, job, WAITS)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert members(process.pid) > 1, "control: its processes are seen"
    end_session(process)
    assert members(process.pid) == 0, "neither the program nor the server of its files"
    engine.clean(job)


def members(session: int) -> int:
    listed = subprocess.run(
        ["ps", "-o", "stat=", "--sid", str(session)], capture_output=True, text=True, check=False
    )
    return sum(not line.startswith("Z") for line in listed.stdout.split())


@pytest.mark.skipif("CI" in os.environ, reason="takes two minutes: run it by hand")
def test_from_an_archive_where_there_is_no_docker(
    engine: Engine, need: Need, open_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("docker")
    source = built("docker")
    monkeypatch.setattr(share, "IMAGES", open_folder)
    monkeypatch.setattr(sif, "IMAGES", open_folder)
    monkeypatch.setattr(apptainer, "IMAGES", open_folder)
    share.share_with_others(source, "archive")
    monkeypatch.setenv("DOCKER_HOST", "unix:///absent/docker.sock")
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))  # no .sif from before
    monkeypatch.setattr(sif, "assemble", lambda *_a, **_k: pytest.fail("built anew"))
    image = engine.build("cpu")
    assert image.content_digest == source.content_digest
    (archive,) = open_folder.glob("*.tar")
    with archive.open("r+b") as file:
        file.seek(1000)
        file.write(b"planted")
    with pytest.raises(UserError, match="damaged or replaced"):
        engine.build("cpu")


def test_another_content_is_no_image(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small archive, and one with one file changed behind the record's back."""
    right, wrong = (archive(tmp_path / name, text) for name, text in (("a", b"1"), ("b", b"2")))
    held = of_archive(right)
    record = built("apptainer").model_copy(update={"content_digest": held.digest})
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    kept = cache("sif") / "test.sif"
    sif._make(partial(copyfile, right), record, kept)
    checked.check(kept)
    with pytest.raises(UserError, match=r"archive of .*: holds "):
        sif._make(partial(copyfile, wrong), record, kept)
    held.keep()
    with pytest.raises(UserError, match="other contents than the image's: opt/file"):
        sif._make(partial(copyfile, wrong), record, kept)


def archive(folder: Path, text: bytes) -> Path:
    """Write an archive of an image that holds one file."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name in FOLDERS:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        entry = tarfile.TarInfo("opt/file")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    digest = sha256(layer.getvalue()).hexdigest()
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }).encode()  # fmt: skip
    manifest = [{"Config": "config.json", "RepoTags": ["x:1"], "Layers": ["layer.tar"]}]
    path = folder / "image.tar"
    folder.mkdir()
    with tarfile.open(path, "w") as tar:
        for name, data in (
            ("config.json", config), ("layer.tar", layer.getvalue()),
            ("manifest.json", json.dumps(manifest).encode()),
        ):  # fmt: skip
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    shutil.copymode("/etc/passwd", path)
    return path
