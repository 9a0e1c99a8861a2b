"""What all engines have in common."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from tests.support.clients import job
from workflows.environments import kinds
from workflows.environments.definition import Image
from workflows.environments.engines import AUTO, ENGINES, confined
from workflows.environments.engines.interface import Engine
from workflows.environments.images import assemble

LOCK = "containers/cpu/requirements.lock"
IMAGE = [LOCK, "containers/Dockerfile", "containers/base/base.yaml"]


def test_every_name_has_its_engine_and_every_engine_its_name() -> None:
    assert tuple(ENGINES) == get_args(kinds.Engine)
    assert [engine.name for engine in ENGINES.values()] == list(ENGINES)
    assert set(AUTO) <= set(ENGINES)


def test_what_pins_nothing_has_one_environment_of_its_own() -> None:
    assert [name for name in ENGINES if not kinds.pins(name)] == ["host"]
    assert kinds.environments("host", ["cpu", "cuda"]) == ["host"]
    assert kinds.environments("venv", ["cpu", "cuda"]) == ["cpu", "cuda"]


@pytest.mark.parametrize(
    ("name", "files"),
    [("docker", IMAGE), ("podman", IMAGE), ("apptainer", IMAGE), ("venv", [LOCK]), ("host", [])],
)
def test_an_environment_is_built_from_these_files(name: str, files: list[str]) -> None:
    assert ENGINES[name].sources("cpu") == files


def test_an_environment_may_have_its_own_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mine", "image"):
        (tmp_path / "containers" / name).mkdir(parents=True)
    (tmp_path / "containers" / "mine" / "Dockerfile").touch()
    image = Image("registry.invalid/training", f"sha256:{'0f' * 32}")
    (tmp_path / "containers" / "image" / "requirements.lock").write_text(image.lock)
    monkeypatch.setattr(confined, "ROOT", tmp_path)
    for module in (confined, assemble):
        monkeypatch.setattr(module, "CONTAINERS", tmp_path / "containers")
    assert ENGINES["docker"].sources("mine")[1] == "containers/mine/Dockerfile"
    assert ENGINES["docker"].sources("other")[1] == "containers/Dockerfile"
    assert ENGINES["docker"].sources("image")[1] == "containers/Dockerfile.image"


class Half(Engine):
    """An engine that can do nothing."""


class Least(Half):
    """The least that an engine has to say for itself."""

    name = "least"
    isolation = "none"

    def probe(self) -> str:
        return "works"

    build = process = probe  # type: ignore[assignment]


def test_an_engine_says_all_that_the_base_does_not(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="abstract method"):
        Half()  # type: ignore[abstract]
    least, asked = Least(), job(tmp_path)
    assert least.explain(asked, 137) == (
        "killed by signal 9 (SIGKILL): most likely by the kernel, out of memory"
    )
    assert least.explain(asked, 1) is None
    least.clean(asked)
