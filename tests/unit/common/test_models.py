"""One base of all models, and one line for whatever is wrong with a file of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, ValidationError

from workflows.common.errors import UnusableError
from workflows.common.files import as_json, sealed
from workflows.common.models import Model, fault, load_model
from workflows.common.paths import ROOT


class Part(Model):
    count: int = Field(ge=1)


class Whole(Model):
    part: Part
    names: dict[str, int] = Field({})
    sum: str | None = None


class Typed(Model, strict=True):
    count: int


def test_control_a_sound_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "whole.json"
    for value in ({"part": {"count": 2}}, sealed({"part": {"count": 2}})):
        path.write_text(as_json(value))
        assert load_model(Whole, path, "whole").part == Part(count=2)
    assert Part.model_validate({"count": "2"}).count == Typed(count=2).count == 2


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"part": {"count": 0}}, "part.count: Input should be greater than or equal to 1, not 0"),
        ({"part": {"count": "a"}}, "part.count: Input should be a valid integer, unable to parse "
         'string as an integer, not "a"'),
        ({"part": {"count": 1}, "more": 3}, "more: Extra inputs are not permitted"),
        ({}, "part: Field required"),
        ({"part": {"count": 1}, "names": {"a\nb": None}},
         "names.a b: Input should be a valid integer, not null"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_one_line(tmp_path: Path, value: dict[str, Any], line: str) -> None:
    path = tmp_path / "whole.json"
    path.write_text(as_json(value))
    with pytest.raises(UnusableError) as caught:
        load_model(Whole, path, "whole")
    assert (
        str(caught.value)
        == f"{path}: not a whole: {line}; make it again: reprise matrix -- -f {path}"
    )


def test_what_is_no_json_or_not_there_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "whole.json"
    with pytest.raises(UnusableError, match=r"no such whole; make it: reprise matrix"):
        load_model(Whole, path, "whole")
    path.write_text("{" + "a" * 1000)
    with pytest.raises(UnusableError, match=r"not a whole: file: Invalid JSON") as caught:
        load_model(Whole, path, "whole")
    assert len(str(caught.value)) < 500
    path.write_text(as_json(sealed({"part": {"count": 2}}) | {"part": {"count": 3}}))
    with pytest.raises(UnusableError, match="not what its own sum says"):
        load_model(Whole, path, "whole")


def test_a_strict_model_takes_no_other_type_and_none_changes() -> None:
    with pytest.raises(ValidationError) as caught:
        Typed.model_validate({"count": "2"})
    assert fault(caught.value) == 'count: Input should be a valid integer, not "2"'
    with pytest.raises(ValidationError, match="frozen"):
        Part(count=1).count = 2  # type: ignore[misc]


def test_no_other_file_configures_a_model_or_words_its_faults() -> None:
    words = ("ConfigDict", "BaseModel", ".errors()")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "workflows").rglob("*.py")
        if any(word in path.read_text() for word in words)
    }
    # The experiment's is written by people: it knows which keys there could be.
    assert found == {"workflows/common/models.py", "workflows/experiment/load.py"}
