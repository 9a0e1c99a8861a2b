"""A house of wheels: what stands for a pin, and what pip may bring into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import small
from workflows.common.errors import UserError
from workflows.environments.definition import Pin
from workflows.environments.wheelhouse import Wheelhouse, is_of, platforms


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """An empty house; pip looks into the folder `index` alone."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    (tmp_path / "index").mkdir()
    return Wheelhouse(tmp_path / "house", "3.12", 28)


@pytest.mark.parametrize(
    ("file", "name", "version", "same"),
    [
        ("PyYAML-6.0-cp312-cp312-manylinux_2_17_x86_64.whl", "pyyaml", "6.0", True),
        ("ruamel.yaml-1.0-py3-none-any.whl", "ruamel-yaml", "1.0", True),
        ("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", "torch", "2.13.0+cpu", True),
        ("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", "torch", "2.13.0", False),
        ("one_more-1.0-py3-none-any.whl", "one", "1.0", False),
        ("broken.whl", "broken", "1.0", False),
    ],
)
def test_a_wheel_is_told_by_its_name(file: str, name: str, version: str, same: bool) -> None:
    assert is_of(Path(file), Pin(name, version, frozenset())) == same


def test_only_a_wheel_with_a_locked_hash_stands_for_a_pin(house: Wheelhouse) -> None:
    kept = small.wheel(house.folder, "one")
    (house.folder / "broken.whl").touch()
    assert house.find(small.pin("one", kept)) == kept, "control"
    assert house.find(Pin("one", "1.0", frozenset({"0" * 64}))) is None


def test_pip_brings_what_is_locked_and_nothing_else(
    house: Wheelhouse, capsys: pytest.CaptureFixture[str]
) -> None:
    index = house.folder.parent / "index"
    pin = small.pin("one", small.wheel(index, "one"))
    found = house.bring(pin)
    assert found == house.folder / "one-1.0-py3-none-any.whl" == house.find(pin)
    assert found.stat().st_mode & 0o777 == 0o644
    assert capsys.readouterr().err == ""
    found.unlink()
    small.wheel(index, "one", text="VALUE = 'planted'\n")
    with pytest.raises(UserError, match="HASH"):
        house.bring(pin)
    assert list(house.folder.iterdir()) == []


def test_a_wheel_for_a_newer_libc_is_not_brought(house: Wheelhouse) -> None:
    index = house.folder.parent / "index"
    for minor, fits in ((28, True), (29, False)):
        made = small.wheel(index, f"one{minor}")
        named = made.rename(index / f"one{minor}-1.0-py3-none-manylinux_2_{minor}_x86_64.whl")
        if fits:
            assert house.bring(small.pin(f"one{minor}", named)).name == named.name
        else:
            with pytest.raises(UserError, match="No matching distribution"):
                house.bring(small.pin(f"one{minor}", named))
    assert platforms(6)[:3] == [
        "manylinux_2_6_x86_64",
        "manylinux_2_5_x86_64",
        "manylinux2014_x86_64",
    ]
