"""The engine venv: real virtual environments of tiny wheels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support import small
from workflows.common import underway
from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.common.paths import cache
from workflows.common.sums import sha256
from workflows.environments import definition as environments
from workflows.environments import wheels
from workflows.environments.definition import Image
from workflows.environments.engines import local, venv
from workflows.environments.engines.interface import Job
from workflows.environments.engines.venv import Venv
from workflows.environments.images import reread
from workflows.environments.images.record import ImageRecord


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_python: str) -> Path:
    """The folder of an environment of two tiny wheels, and an otherwise empty cache."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(environments, "CONTAINERS", tmp_path / "containers")
    made = [small.wheel(wheels.house(), name) for name in ("first", "second_one")]
    return small.environment(tmp_path / "containers" / "tiny", made).folder


def place(record: ImageRecord) -> Path:
    return cache("environments") / record.tag


def kept() -> list[str]:
    """Return what the cache's folder of environments holds, less the locks."""
    return sorted(p.name for p in cache("environments").iterdir() if p.suffix != ".lock")


def test_the_locked_wheels_are_there_and_nothing_else(tiny: Path) -> None:
    record = Venv().build("tiny")
    assert record.packages == {"first": "1.0", "second-one": "1.0"}
    assert record.pinned
    assert record.tag == f"tiny-{record.content_digest[:16]}"
    assert list(place(record).glob("lib/*/site-packages/__pycache__/first.*.pyc"))
    assert kept() == [record.tag]


def test_it_says_how_far_it_is_where_that_is_seen(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(underway, "PAUSE", 0.01)
    monkeypatch.setenv(underway.FOLLOWED, "1")
    Venv().build("tiny")
    said = capsys.readouterr().err
    for stage in ("installing tiny: 0 of 0 MB", "compiling tiny: ", "reading what tiny holds … "):
        assert f"venv: {stage}" in said
    assert "wheels of tiny: 2 of 2 in the cache" in said
    Venv().build("tiny")
    assert "venv: checking tiny-" in capsys.readouterr().err


def test_a_job_runs_in_it(tiny: Path, tmp_path: Path) -> None:
    record = Venv().build("tiny")
    program = "import first, sys; open(sys.argv[1] + '/seen', 'w').write(first.__file__)"
    job = Job("j", ["-c", program, "{output}"], tmp_path, tmp_path, tmp_path / "out")
    start = Venv().process(record, job)
    subprocess.run(start.arguments, env=start.environment, cwd=start.folder, check=True)
    assert Path((tmp_path / "out" / "seen").read_text()).is_relative_to(place(record))


def test_it_is_built_once(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Venv().build("tiny")
    monkeypatch.setattr(venv, "_install", None)
    assert Venv().build("tiny") == record


def test_an_equal_one_made_another_way_is_made_once_more_only(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Venv().build("tiny")
    kept = place(record) / "reprise.json"
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "inputs": "another recipe"}))
    assert Venv().build("tiny") == record
    monkeypatch.setattr(venv, "_install", None)
    assert Venv().build("tiny") == record


def test_another_place_time_and_umask_give_the_same_contents(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Venv().build("tiny")
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "elsewhere" / "deeper"))
    for name in ("first", "second_one"):
        os.utime(small.wheel(wheels.house(), name), (0, 0))
    before = os.umask(0o077)
    try:
        assert Venv().build("tiny") == first
    finally:
        os.umask(before)


def test_a_changed_environment_is_replaced(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Venv().build("tiny")
    planted = next(place(record).glob("lib/*/site-packages/first.py"))
    planted.write_text("VALUE = 'planted'\n")
    assert Venv().build("tiny") == record
    assert "planted" not in planted.read_text()
    name = planted.relative_to(place(record))
    assert f"venv: changed since it was built: {name}: file 0644 " in capsys.readouterr().err
    assert kept() == [record.tag]


def test_a_changed_lock_gives_another_environment(tiny: Path) -> None:
    first = Venv().build("tiny")
    small.environment(tiny, [small.wheel(wheels.house(), "first", text="VALUE = 3\n")])
    second = Venv().build("tiny")
    assert second.content_digest != first.content_digest
    assert place(first).exists()


def test_builders_at_the_same_time_do_not_clash(tiny: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        built = list(pool.map(lambda _: Venv().build("tiny", fresh=True), range(3)))
    assert built[0] == built[1] == built[2]
    assert kept() == [built[0].tag]


def test_builders_that_find_it_changed_put_it_right_once(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = Venv().build("tiny")
    next(place(record).glob("lib/*/site-packages/first.py")).write_text("VALUE = 'planted'\n")
    install, began = venv._install, []

    def installs(*given: Any) -> None:
        began.append(given)
        install(*given)

    monkeypatch.setattr(venv, "_install", installs)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: Venv().build("tiny"), range(3))) == [record] * 3
    assert len(began) == 1
    assert "venv: another process builds tiny; waiting" in capsys.readouterr().err
    assert kept() == [record.tag]


def test_one_that_is_being_put_right_is_waited_for(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Venv().build("tiny")
    existing, told = venv._existing, iter([FileNotFoundError("gone for a moment"), None])

    def reads(*given: Any) -> ImageRecord | None:
        if error := next(told):
            raise error
        return existing(*given)

    monkeypatch.setattr(venv, "_existing", reads)
    monkeypatch.setattr(venv, "_install", None)
    assert Venv().build("tiny") == record


def test_a_cache_that_cannot_be_written_to_will_do(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Venv().build("tiny")
    monkeypatch.setattr(venv, "mutex", None)  # for root, no folder is read-only
    assert Venv().build("tiny") == record


def test_an_image_is_none_of_its_environments(tiny: Path) -> None:
    image = Image("registry.invalid/training", f"sha256:{'0f' * 32}")
    (tiny / "requirements.lock").write_text(image.lock)
    with pytest.raises(UserError, match=f"tiny is the image {image}, .*choose engine: docker"):
        Venv().build("tiny")


def test_a_failed_build_leaves_nothing_and_says_why(tiny: Path) -> None:
    lock = tiny / "requirements.lock"
    lock.write_text(lock.read_text().replace("first==1.0", "first==1.1", 1))
    small.wheel(wheels.house(), "first").rename(wheels.house() / "first-1.1-py3-none-any.whl")
    with pytest.raises(UserError, match=r"pip .*: .*ERROR"):
        Venv().build("tiny")
    assert not kept()


def test_a_stand_in_for_a_python_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_python: str
) -> None:
    shim = tmp_path / f"python{own_python}"  # as version managers leave it
    shim.write_text("#!/bin/sh\necho 'command not found' >&2; exit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert Venv().probe(), "control: this interpreter is the one"
    monkeypatch.setattr(sys, "executable", "/absent/python")
    with pytest.raises(UserError, match=r"engine venv: no Python 3\."):
        Venv().probe()


def test_no_python_for_the_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"version": "3.12.1", "machine": "linux x86_64", "files": []}
    monkeypatch.setattr(local, "report", lambda *_: found)
    with pytest.raises(UserError, match=r"engine venv: no Python 3\.11 .*uv python install 3\.11"):
        Venv().probe()


def test_another_python_under_an_environment_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Path, own_python: str
) -> None:
    library = tmp_path / "libpython.so.1.0"
    library.write_bytes(b"as it was")
    link = tmp_path / "libpython.so"
    link.symlink_to(library)
    real = local.report

    def report(interpreter: Path | str, text: str) -> Any:
        found = real(interpreter, text)
        return found | {"files": [str(link)]} if text == venv._INTERPRETER else found

    monkeypatch.setattr(local, "report", report)
    monkeypatch.setattr(reread, "RACY", -(10**18))  # nothing counts as just changed
    record = Venv().build("tiny")
    job = Job("x", ["-c", "0"], tmp_path, tmp_path, tmp_path)
    for _ in range(2):
        assert record.base.digest == digest([sha256(library)])
        assert Venv().process(record, job), "control"
    times = library.stat()
    library.write_bytes(b"as it is!")
    os.utime(library, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(UserError, match="is not the one that it was made with"):
        Venv().process(record, job)
