"""Environments, their locks, and the base that lies under them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.environments import definition as environments
from workflows.environments.definition import declaration, parse_lock

PATH = Path("requirements.lock")
A, B = "a" * 64, "b" * 64


def test_a_lock_is_read() -> None:
    text = (
        f"# comment\nnumpy==2.4.6 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n"
        f"    # via\n    #   -r requirements.in\n\ntorch===2.13.0 \\\n    --hash=sha256:{B}\n"
        f"x.y-z==1+cpu ; sys_platform == 'linux' --hash=sha256:{A}  # via torch\n"
    )
    pins = parse_lock(text, PATH)
    assert [str(pin) for pin in pins] == ["numpy 2.4.6", "torch 2.13.0", "x.y-z 1+cpu"]
    assert pins[0].hashes == {A, B}
    assert [pin.marker for pin in pins] == [None, None, "sys_platform == 'linux'"]


@pytest.mark.parametrize(
    "line",
    [
        "numpy==2.4.6",
        f"numpy>=2 --hash=sha256:{A}",
        f"numpy==2 --hash=md5:{A}",
        "--find-links here",
        "./numpy.whl",
        "numpy==2.4.6 --hash=sha256:abc",
    ],
)
def test_a_loose_line_is_refused(line: str) -> None:
    with pytest.raises(UserError, match=r"requirements\.lock: '.*make lock"):
        parse_lock(f"{line}\n", PATH)


IMAGE = environments.Image("registry.invalid:5000/team/training", f"sha256:{A}")


def test_a_lock_may_name_an_image_instead(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text(IMAGE.lock)
    found = environments.Environment("mine", tmp_path)
    assert (found.image, found.pins, found.devices) == (IMAGE, [], ["cpu", "cuda"])
    assert str(IMAGE) == f"registry.invalid:5000/team/training@sha256:{A}"
    assert environments.find("cpu").image is None, "control"


def test_a_lock_that_names_an_image_and_wheels_is_refused() -> None:
    text = f"{IMAGE.lock}numpy==2.4.6 --hash=sha256:{A}\n"
    with pytest.raises(UserError, match=r"names an image and pins numpy 2\.4\.6; expected one"):
        parse_lock(text, PATH)
    assert environments.named_image(f"# a list\n{IMAGE.lock}") is None, "its first line alone"


def test_the_environments_are_pinned_as_declared() -> None:
    versions = {"torch": "2.13.0", "torchvision": "0.28.0", "numpy": "2.4.6"}
    for name, build in (("cpu", "+cpu"), ("cuda", "")):
        pins = {pin.name: pin.version for pin in environments.find(name).pins}
        assert {key: pins[key] for key in versions} == versions | {"torch": f"2.13.0{build}"}


def test_the_older_environment_differs_by_its_release_of_pytorch() -> None:
    stacks = [environments.find(name).pins for name in ("cuda", "older")]
    cuda, older = ({pin.name: pin.version for pin in pins} for pins in stacks)
    versions = {"torch": "2.11.0", "torchvision": "0.26.0", "numpy": cuda["numpy"]}
    assert {key: older[key] for key in versions} == versions
    assert older["torch"] != cuda["torch"] == "2.13.0"
    assert older["pillow"] == cuda["pillow"]  # what decodes images is not what is compared


def test_only_the_cpu_environment_names_an_index() -> None:
    indexes = {name: environments.find(name).index for name in environments.names()}
    assert [name for name, index in indexes.items() if index] == ["cpu"]


def test_locks_name_neither_hosts_nor_places() -> None:
    locks = [environments.find(name).lock for name in environments.names()]
    for lock in (*locks, *(ROOT / "requirements").glob("*.lock")):
        text = lock.read_text()
        assert "://" not in text
        assert "-r /" not in text


def test_an_unknown_environment_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"'cdua'.*cpu, cuda.*did you mean cuda"):
        environments.find("cdua")


def test_a_missing_lock_names_the_fix(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"requirements\.lock: no such lock; make it: make lock"):
        _ = environments.Environment("x", tmp_path).pins


def test_the_base_is_declared() -> None:
    found = declaration()
    assert found.python == "3.11"
    assert found.registry.pinned == f"python@{found.registry.digest}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"python": 3.11}, "python"),
        ({"registry": {"reference": "python:3", "digest": "sha256:1"}}, "registry.digest"),
        ({"registry": {"reference": "python", "digest": f"sha256:{A}"}}, "registry.reference"),
        ({"bootstrap": {}}, "bootstrap.suite"),
        ({"mirror": "x"}, "mirror"),
    ],
)
def test_a_wrong_declaration_names_the_key(
    change: dict[str, object], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "base.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(environments.DECLARATION.read_text()) | change))
    with pytest.raises(UserError, match=rf"base\.yaml: {told}: "):
        declaration(path)
