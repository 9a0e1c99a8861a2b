"""What others pin with, as requirements or as a lock with hashes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import environment
from workflows.common.errors import UserError
from workflows.environments import definition, foreign
from workflows.environments.definition import Image, parse_lock
from workflows.environments.foreign import check_recipe, exported, frozen, image, is_locked

HASH, OTHER = "0f" * 32, "f0" * 32
POETRY = f"""
[[package]]
name = "torch"
version = "2.13.0"
groups = ["main"]
markers = "python_version >= \\"3.11\\""
files = [
    {{file = "torch-2.13.0-a.whl", hash = "sha256:{HASH}"}},
    {{file = "torch-2.13.0-b.whl", hash = "sha256:{OTHER}"}},
]

[[package]]
name = "numpy"
version = "2.4.6"
files = [{{file = "numpy.whl", hash = "sha256:{HASH}"}}]

[[package]]
name = "pytest"
version = "9.0"
groups = ["dev"]
files = [{{file = "pytest.whl", hash = "sha256:{HASH}"}}]
"""


UV = f"""
version = 1
requires-python = ">=3.11"

[[package]]
name = "mine"
version = "1"
source = {{ virtual = "." }}
dependencies = [{{ name = "own" }}]

[[package]]
name = "own"
version = "1.0"
source = {{ registry = "https://index.invalid/simple" }}
wheels = [{{ url = "https://index.invalid/own-1.0-py3-none-any.whl", hash = "sha256:{HASH}" }}]
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("torch==2.13.0\n", False),
        ("# torch==2.13.0 --hash=sha256:0\n", False),
        (f"torch==2.13.0 \\\n    --hash=sha256:{HASH}\n", True),
        (f"torch===2.13.0 ; python_version > '3.8' --hash=sha256:{HASH}\n", True),
    ],
)
def test_a_lock_is_told_from_a_list(text: str, expected: bool) -> None:
    assert is_locked(text) is expected


def test_a_list_is_taken_as_it_is(tmp_path: Path) -> None:
    assert exported(tmp_path / "requirements.txt", "torch\n") == "torch\n"


def test_poetrys_lock_is_one_with_hashes(tmp_path: Path) -> None:
    text = exported(tmp_path / "poetry.lock", POETRY)
    torch, numpy = parse_lock(text, tmp_path)
    assert (torch.name, torch.version, torch.hashes) == (
        "torch",
        "2.13.0",
        frozenset({HASH, OTHER}),
    )
    assert torch.marker == 'python_version >= "3.11"'
    assert (numpy.name, numpy.version, numpy.hashes) == ("numpy", "2.4.6", frozenset({HASH}))
    assert is_locked(text)


@pytest.mark.parametrize("text", ["", "[[package]]\nname = 'torch'\n", "{"])
def test_no_lock_of_poetrys_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"poetry\.lock: not a lock of poetry 1\.5 or later"):
        exported(Path("poetry.lock"), text)


def test_uvs_lock_is_exported_by_uv(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["own"]\n'
    )
    (tmp_path / "uv.lock").write_text(UV)
    (pin,) = parse_lock(exported(tmp_path / "uv.lock", UV), tmp_path)
    assert (pin.name, pin.version, pin.hashes) == ("own", "1.0", frozenset({HASH}))


def test_a_broken_lock_of_uvs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("version = ")
    with pytest.raises(UserError, match=r"uv\.lock: uv cannot export it: ") as caught:
        exported(tmp_path / "uv.lock", "")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("environment.yml", ""), ("x.txt", "@EXPLICIT\n")])
def test_condas_builds_are_no_wheels(name: str, text: str) -> None:
    with pytest.raises(UserError, match=re.escape("--python PREFIX/bin/python")):
        exported(Path(name), text)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("training", "docker.io/library/training"),
        ("team/training:1.0", "docker.io/team/training"),
        ("localhost/training", "localhost/training"),
        ("registry.invalid:5000/team/training:1", "registry.invalid:5000/team/training"),
    ],
)
def test_an_image_has_its_registry(reference: str, name: str) -> None:
    assert image(f"{reference}@sha256:{HASH}") == Image(name, f"sha256:{HASH}")


@pytest.mark.parametrize("reference", ["training", "training@sha256:0f", f"@sha256:{HASH}", "a b"])
def test_an_image_without_a_digest_is_refused(reference: str) -> None:
    with pytest.raises(UserError, match=f"--image {re.escape(reference)}: expected an image by"):
        image(reference)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM python:3.11\n", "FROM python:3.11: expected NAME@sha256:"),
        ("FROM debian AS own\nFROM ${BASE}\n", "FROM debian: expected NAME@sha256:"),
        (f"FROM own@sha256:{HASH}\n", "expected ARG BASE, and a last stage FROM"),
        ("FROM ${BASE} AS own\nFROM own\n", "expected ARG BASE, and a last stage FROM"),
        ("RUN true\n", "expected ARG BASE, and a last stage FROM"),
    ],
)
def test_a_dockerfile_whose_base_is_not_pinned_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    with pytest.raises(UserError, match=re.escape(said)):
        check_recipe(tmp_path / "Dockerfile")
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    check_recipe(tmp_path / "Dockerfile")


def test_an_interpreter_gives_its_versions(torch_python: Path) -> None:
    text, lost = frozen(torch_python)
    lines = text.splitlines()
    assert lost == [] and sum(line.startswith("#") for line in lines) == 1
    assert re.fullmatch(r"# The versions in an interpreter of Python 3\.\d+\.\d+\.", lines[0])
    assert any(re.fullmatch(r"torch==2\.\S+", line) for line in lines)
    assert not any(line.startswith("pip==") for line in lines)


def test_what_conda_built_is_named_for_no_wheel_is_a_copy(
    tmp_path: Path, torch_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form of conda's records is that of a prefix that py-rattler 0.28 made."""
    subprocess.run([torch_python, "-m", "venv", "--without-pip", tmp_path / "conda"], check=True)
    (packages,) = (tmp_path / "conda").glob("lib/python3*/site-packages")
    (packages / "real.pth").write_text(f"{environment.site_packages()}\n")
    python = tmp_path / "conda" / "bin" / "python"
    assert frozen(python)[1] == [], "control"
    (tmp_path / "conda" / "conda-meta").mkdir()
    record = {"name": "numpy", "version": "2.4.6", "build": "py311h64a7726_0", "files": []}
    path = tmp_path / "conda" / "conda-meta" / "numpy-2.4.6-py311h64a7726_0.json"
    path.write_text(json.dumps(record))
    declared = definition.declaration().model_copy(update={"python": "3.9"})
    monkeypatch.setattr(foreign, "declaration", lambda: declared)
    text, lost = frozen(python)
    assert "#   numpy=2.4.6=py311h64a7726_0\n" in text and "\nnumpy==2.4.6\n" in text
    assert re.fullmatch(r"it is Python 3\.\d+\.\d+, an environment's is 3\.9", lost[0])
    assert lost[1].startswith("conda built 1 packages there")


def test_an_interpreter_without_torch_is_refused() -> None:
    with pytest.raises(UserError, match="has no torch; name the interpreter that trains"):
        frozen(Path(sys.executable))
    with pytest.raises(UserError, match="none"):
        frozen(Path("none"))
