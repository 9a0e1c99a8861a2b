"""Images: the base under them, building twice, writing every lock again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.images import image
from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.common.sums import sha256
from workflows.environments import build, lock
from workflows.environments import definition as environments
from workflows.environments.clients.docker import Client
from workflows.environments.definition import Bootstrap, parse_lock
from workflows.environments.images import base
from workflows.environments.images.contents import Contents
from workflows.environments.images.record import ImageRecord

DEBIAN = Bootstrap(suite="bookworm", variant="minbase", packages=["python3"], epoch=7)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds only the programs that a test puts there, and an empty cache."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def add(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho {name} "$@" >> {folder}/calls\n{body}\n')
    path.chmod(0o755)
    return path


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def test_a_registry_that_is_reached_gives_the_base(programs: Path) -> None:
    add(programs, "docker", 'test "$1" = pull')
    name, found = base.obtain(Client("docker"))
    assert found.kind == "registry"
    assert name == environments.declaration().registry.pinned
    assert found.digest == name.partition("@")[2]


def test_elsewhere_a_debian_is_bootstrapped_once(programs: Path) -> None:
    add(programs, "docker", 'test "$1" = import')
    add(programs, "mmdebstrap", 'echo "$SOURCE_DATE_EPOCH"')
    name, found = base.obtain(Client("docker"))
    assert found.kind == "bootstrap"
    assert name == f"localhost/reprise/base:{str(found.digest)[:16]}"
    assert base.obtain(Client("docker")) == (name, found)
    assert sum(call.startswith("mmdebstrap") for call in calls(programs)) == 1
    base.obtain(Client("docker"), fresh=True)
    assert sum(call.startswith("mmdebstrap") for call in calls(programs)) == 2


def test_an_image_is_pulled_by_its_digest_and_nothing_stands_for_it(programs: Path) -> None:
    image = environments.Image("registry.invalid/training", f"sha256:{'0f' * 32}")
    add(programs, "docker", 'test "$1" = pull')
    name, found = base.obtain(Client("docker"), image)
    assert name == str(image) == calls(programs)[-1].split()[-1]
    assert (found.kind, found.reference, found.digest) == (
        "registry", image.repository, image.digest,
    )  # fmt: skip
    add(programs, "docker", "echo 'manifest unknown' >&2; exit 1")
    add(programs, "mmdebstrap", "echo half")
    with pytest.raises(UserError, match=f"image {image}: docker pull: manifest unknown; expected"):
        base.obtain(Client("docker"), image)
    assert not any(call.startswith("mmdebstrap") for call in calls(programs))


def test_the_bootstrap_is_fixed_in_time(programs: Path) -> None:
    add(programs, "mmdebstrap", 'echo "$SOURCE_DATE_EPOCH"')
    assert base.bootstrapped(DEBIAN).read_text() == "7\n"
    assert "--variant=minbase --include=python3" in calls(programs)[0]


def test_neither_registry_nor_mmdebstrap_names_both_and_the_fix(programs: Path) -> None:
    add(programs, "docker", "echo 'no such host' >&2; exit 1")
    told = "no base image: docker pull: no such host; and mmdebstrap is not installed.*apt-get"
    with pytest.raises(UserError, match=told):
        base.obtain(Client("docker"))


def test_a_bootstrap_that_fails_leaves_nothing(programs: Path, tmp_path: Path) -> None:
    add(programs, "mmdebstrap", "echo half; echo 'E: no mirror' >&2; exit 3")
    with pytest.raises(UserError, match="mmdebstrap: E: no mirror"):
        base.bootstrapped(DEBIAN)
    assert not list((tmp_path / "cache" / "base").iterdir())


class Builder:
    """An engine whose builds have the contents that a test gives them."""

    def __init__(self, *built: dict[str, str]) -> None:
        self.built = [Contents(entries) for entries in built]

    def build(self, environment: str, *, fresh: bool = False) -> ImageRecord:
        """Return the next build's record."""
        assert fresh
        found = self.built.pop(0)
        found.keep()
        return image(
            engine="docker", environment=environment, tag=found.digest,
            content_digest=found.digest, entries=len(found.entries),
        )  # fmt: skip


def run(monkeypatch: pytest.MonkeyPatch, engine: Builder, output: Path) -> int:
    """Build twice with an engine, as the command does."""
    monkeypatch.setattr(build, "resolve", lambda _: (engine, "why"))
    monkeypatch.setattr(sys, "argv", [
        "build", "--twice", "--engine=docker", "--environment=cpu", f"--output={output}"
    ])  # fmt: skip
    return build.main()


def test_two_equal_builds_leave_a_record(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "cpu.json"
    assert run(monkeypatch, Builder({"a": "x"}, {"a": "x"}), output) == 0
    assert ImageRecord.load(output).entries == 1
    # No time and no path: an equal rebuild writes an equal file.
    before = output.read_bytes()
    run(monkeypatch, Builder({"a": "x"}, {"a": "x"}), output)
    assert output.read_bytes() == before


def test_two_unequal_builds_fail_and_name_what_differs(
    programs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "cpu.json"
    assert run(monkeypatch, Builder({"a": "x", "b": "1"}, {"a": "x", "b": "2"}), output) == 1
    assert "differs: b: 1 | 2" in capsys.readouterr().err
    assert not output.exists()


PIP_COMPILE = """
import json, pathlib, sys
pathlib.Path("calls").open("a").write(json.dumps(sys.argv[1:]) + "\\n")
needs = pathlib.Path("needs").read_text()
sys.exit("no matching distribution" if needs not in sys.argv else 0)
"""
COMPILE = (sys.executable, "compile.py")


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of short lists, compiled by a stand-in that wants what the file `needs` says."""
    (tmp_path / "compile.py").write_text(PIP_COMPILE)
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    return tmp_path


def test_a_further_index_is_asked_only_where_needed(sources: Path) -> None:
    (sources / "needs").write_text("a.in")
    lock.write(sources / "a.in", COMPILE, index="https://example.org")
    (sources / "needs").write_text("--extra-index-url=https://example.org")
    lock.write(sources / "a.in", COMPILE, index="https://example.org")
    asked = [json.loads(line) for line in (sources / "calls").read_text().splitlines()]
    plain = ["--output-file=a.lock", "a.in"]
    further = ["--output-file=a.lock", "--extra-index-url=https://example.org", "a.in"]
    assert asked == [plain, plain, further]


def test_a_lock_that_cannot_be_made_names_the_reason(sources: Path) -> None:
    (sources / "needs").write_text("never")
    with pytest.raises(UserError, match=r"a\.in: no lock: no matching distribution"):
        lock.write(sources / "a.in", COMPILE)


@pytest.mark.parametrize("own", [True, False])
def test_the_environments_are_locked_on_their_own_python_alone(
    sources: Path, monkeypatch: pytest.MonkeyPatch, own_python: str, own: bool
) -> None:
    declared = environments.declaration().model_copy(
        update={"python": own_python if own else "3.9"}
    )
    monkeypatch.setattr(lock, "declaration", lambda: declared)
    monkeypatch.setattr(environments, "CONTAINERS", sources / "containers")
    (sources / "containers" / "tiny").mkdir(parents=True)
    (sources / "containers" / "tiny" / "requirements.in").touch()
    for words in ("_HOST", "ENVIRONMENT"):
        monkeypatch.setattr(lock, words, (*COMPILE, words))
    monkeypatch.setattr(sys, "argv", ["lock"])
    (sources / "needs").touch()
    (sources / "compile.py").write_text(PIP_COMPILE.replace("needs not in sys.argv", "False"))
    if own:
        lock.main()
    else:
        with pytest.raises(UserError, match=r"for Python 3\.9, .*PYTHON=python3\.9 VENV="):
            lock.main()
    asked = [json.loads(line) for line in (sources / "calls").read_text().splitlines()]
    lists = [(words[0], words[-1]) for words in asked]
    host = [("_HOST", f"requirements/{name}") for name in lock.LISTS]
    others = ("containers/tiny/requirements.in", "requirements/frameworks.in")
    assert lists == host + [("ENVIRONMENT", name) for name in others] * own


def test_the_hosts_locks_are_for_every_python_that_is_supported() -> None:
    pins = parse_lock((ROOT / "requirements" / "test.lock").read_text(), Path("test.lock"))
    markers = {pin.name: pin.marker for pin in pins}
    assert markers["pytest"] is None
    assert markers["importlib-metadata"] == "python_full_version < '3.12'"


def test_every_list_has_a_lock() -> None:
    for name in environments.names():
        assert sha256(environments.find(name).lock)
