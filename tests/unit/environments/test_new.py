"""`reprise environment`: a folder with a short list and a hash lock, or nothing and one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.small import wheel
from workflows.common.errors import UserError
from workflows.common.sums import sha256
from workflows.environments import definition, lock, new
from workflows.environments.definition import Pin, declaration
from workflows.environments.engines import venv

HASH = "0f" * 32
LOCKED = (
    f"own==1.0 ; sys_platform == 'linux' --hash=sha256:{HASH}\n"
    f"other==1.0 ; sys_platform == 'win32' --hash=sha256:{HASH}\n"
)
COMPILES = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="a lock is written by the Python that it is for, 3.11"
)
RECIPE = f"""\
ARG BASE
FROM python:3.11@sha256:{HASH} AS builder
from builder as second
FROM --platform=linux/amd64 ${{BASE}}
COPY --from=second /opt/reprise /opt/reprise
"""


@pytest.fixture
def containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of environments, a cache, and an index of two tiny wheels for pip."""
    folder = tmp_path / "containers"
    folder.mkdir()
    for module in (new, definition):
        monkeypatch.setattr(module, "CONTAINERS", folder)
    for module in (new, lock):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    for name in ("own", "other"):
        wheel(tmp_path / "wheels", name)
    return folder


def make(containers: Path, text: str, *words: str) -> Path:
    source = containers.parent / "requirements.txt"
    source.write_text(text)
    new.main(["mine", "--requirements", str(source), *words])
    return containers / "mine"


@COMPILES
def test_a_list_is_locked_and_built(containers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(containers, "own\n", "--index", "https://index.invalid/simple")
    digest = sha256(containers.parent / "wheels" / "own-1.0-py3-none-any.whl")
    assert definition.find("mine").pins == [Pin("own", "1.0", frozenset({digest}))]
    assert definition.find("mine").index == "https://index.invalid/simple"
    assert (folder / "requirements.in").read_text() == "own\n"
    assert capsys.readouterr().out == (
        f"{folder}: 1 packages, locked; it can drive cpu\n"
        "for the experiment's file: environments: [mine]\n"
    )
    record = venv.Venv().build("mine")
    assert record.packages == {"own": "1.0"} and record.lock_digest == sha256(
        folder / "requirements.lock"
    )


def test_a_lock_is_taken_with_what_linux_needs_of_it(containers: Path) -> None:
    folder = make(containers, LOCKED)
    assert definition.find("mine").pins == [Pin("own", "1.0", frozenset({HASH}))]
    assert (folder / "requirements.in").read_text() == "own==1.0\n"


def test_a_wheel_that_is_not_the_locks_is_not_built(containers: Path) -> None:
    make(containers, LOCKED)
    with pytest.raises(UserError, match=r"own 1\.0: no wheel with the lock's hash"):
        venv.Venv().build("mine")


def test_a_dockerfile_of_its_own_is_kept(containers: Path) -> None:
    (containers.parent / "Dockerfile").write_text(RECIPE)
    folder = make(containers, LOCKED, "--dockerfile", str(containers.parent / "Dockerfile"))
    assert (folder / "Dockerfile").read_text() == RECIPE


def test_an_image_is_an_environment(containers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new.main(["mine", "--image", f"somebody/training:latest@sha256:{HASH}"])
    found = definition.find("mine")
    assert str(found.image) == f"docker.io/somebody/training@sha256:{HASH}" and found.pins == []
    assert capsys.readouterr().out.startswith(
        f"{found.folder}: {found.image}, by its digest; engine: docker, podman or apptainer\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("nowhere\n", r"mine/requirements\.in: no lock: ", marks=COMPILES),
        (f"--index-url https://x.invalid\n{LOCKED}", r"is not a version with a sha256 hash"),
        (f"{LOCKED}loose\n", r"'loose' is not a version with a sha256 hash"),
        pytest.param("# nothing\n", r"containers/mine: names no package", marks=COMPILES),
    ],
)
def test_what_cannot_be_locked_leaves_nothing(containers: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        make(containers, text)
    assert "\n" not in str(caught.value)
    assert list(containers.iterdir()) == []


def test_another_python_says_which_one_writes_locks(
    containers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = declaration().model_copy(update={"python": "3.9"})
    monkeypatch.setattr(new, "declaration", lambda: other)
    with pytest.raises(
        UserError, match=r"this is Python 3\.\d+, environments are for 3\.9 .*: give"
    ):
        make(containers, "own\n")
    assert list(containers.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["My Own", "--python", "x"], "'My Own': expected a new name"),
        (["host", "--python", "x"], "'host': expected a new name"),
        (["mine"], "one of the arguments --requirements --python --image is required"),
        (
            ["mine", "--image", "training:latest"],
            r"--image training:latest: expected an image by its",
        ),
        (["mine", "--image", f"x@sha256:{HASH}", "--index", "x"], "--index: of no use to an image"),
        (["mine", "--requirements", "none.txt"], r"none\.txt: No such file"),
        (["mine", "--python", "x", "--dockerfile", "none"], "--dockerfile none: No such file"),
        (["there", "--python", "x"], r"there: is there; remove it, or edit its requirements\.in"),
    ],
)
def test_wrong_words_are_refused(containers: Path, words: list[str], said: str) -> None:
    (containers / "there").mkdir()
    with pytest.raises(UserError, match=said):
        new.main(words)
