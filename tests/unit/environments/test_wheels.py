"""The wheelhouse: filled once, by hash, from where pip is configured to look."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support import small
from workflows.common.errors import UserError
from workflows.environments import wheels
from workflows.environments.definition import Environment
from workflows.environments.wheelhouse import Wheelhouse


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks, and an empty cache."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    (tmp_path / "index").mkdir()
    return tmp_path / "index"


@pytest.fixture
def tiny(tmp_path: Path, index: Path) -> Environment:
    """An environment of two tiny wheels that pip can find."""
    made = [small.wheel(index, name) for name in ("first", "second_one")]
    return small.environment(tmp_path / "containers" / "tiny", made)


def no_pip(*_: object, **__: object) -> None:
    raise AssertionError("pip was asked")


def test_wheels_are_fetched_once(
    tiny: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = wheels.fetch(tiny)
    assert [path.name.split("-")[0] for path in found] == ["first", "second_one"]
    assert all(path.parent == wheels.house() for path in found)
    assert "wheel 2/2 of tiny: second_one 1.0" in capsys.readouterr().err
    monkeypatch.setattr(subprocess, "Popen", no_pip)
    assert wheels.fetch(tiny) == found
    assert capsys.readouterr().err == "wheels of tiny: 2 of 2 in the cache, 0 MB, checked in 0 s\n"
    assert sorted(wheels.house().iterdir()) == sorted(found)


def test_only_what_is_missing_or_wrong_is_fetched_again(
    tiny: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = wheels.fetch(tiny)
    whole = second.read_bytes()
    second.write_bytes(whole[:-1])
    capsys.readouterr()
    assert wheels.fetch(tiny) == [first, second]
    assert second.read_bytes() == whole
    said = capsys.readouterr().err
    assert "second_one" in said and "wheels of tiny: 1 of 2 in the cache" in said
    assert "first" not in said


def test_a_wheel_with_another_hash_is_refused(tiny: Environment, index: Path) -> None:
    small.wheel(index, "first", text="VALUE = 'planted'\n")
    with pytest.raises(UserError, match=r"^first 1\.0: no wheel with the lock's hash.*HASH"):
        wheels.fetch(tiny)
    assert not list(wheels.house().glob("first*"))


def test_one_error_line_when_no_index_has_it(tiny: Environment, index: Path) -> None:
    (index / "first-1.0-py3-none-any.whl").unlink()
    with pytest.raises(UserError) as caught:
        wheels.fetch(tiny)
    told = str(caught.value)
    assert "\n" not in told
    assert "pip config" in told
    assert str(wheels.house()) in told


def test_the_environments_own_index_is_asked_only_after_that(
    tiny: Environment, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    (index / "first-1.0-py3-none-any.whl").unlink()

    def bring(_house: Wheelhouse, _pin: object, *options: str, label: str) -> Path:
        asked.append(list(options))
        raise UserError(f"not there: {label}")

    monkeypatch.setattr(Wheelhouse, "bring", bring)
    (tiny.folder / "index.txt").write_text("# why\n\nhttps://example.org/simple\n")
    told = r"first 1\.0: .* nor from https://example.org/simple \(not there: wheel 1/2"
    with pytest.raises(UserError, match=told):
        wheels.fetch(tiny)
    assert asked == [[], ["--extra-index-url", "https://example.org/simple"]]


def test_a_build_sees_the_lock_and_its_wheels_only(tiny: Environment, index: Path) -> None:
    small.wheel(wheels.house(), "unrelated")
    with wheels.context(tiny) as folder:
        inside = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert inside == [
        "requirements.lock",
        "wheels/first-1.0-py3-none-any.whl",
        "wheels/second_one-1.0-py3-none-any.whl",
    ]
    assert not folder.exists()


def test_a_build_local_to_one_version_is_not_another(index: Path, tmp_path: Path) -> None:
    plain, cpu = small.wheel(index, "torch", "1.0"), small.wheel(index, "torch", "1.0+cpu")
    for path in (plain, cpu):
        found = wheels.fetch(small.environment(tmp_path / "c" / path.name, [path]))
        assert [p.name for p in found] == [path.name]
