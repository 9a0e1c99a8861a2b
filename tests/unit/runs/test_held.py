"""What held, and when: typed, kept as it was written, refused where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support import real
from workflows.runs.held import Held, Timing

RECORD: dict[str, Any] = json.loads(real.path("strict", 0).read_text())
OLD = {"processor": {"model": "Xeon", "flags": ""}}
"""The least that any record of old says."""


@pytest.mark.parametrize(
    "held",
    [RECORD["held"], OLD, OLD | {"gpu": None}, OLD | {"later": [1, {"a": None}]},
     {"processor": {"model": "Xeon", "flags": "", "brand": "Intel"},
      "gpu": {"name": "H100", "driver": "NVRM", "cudnn": 91900}}],
)  # fmt: skip
def test_control_it_is_written_as_it_was_read(held: dict[str, Any]) -> None:
    found = Held.model_validate(held)
    assert found.model_dump(mode="json") == found.model_dump() == held
    assert json.loads(found.model_dump_json()) == held


def test_control_times_are_written_as_they_were_read() -> None:
    for timing in (RECORD["timing"], {"started": "2026-11-24", "seconds": 3, "more": "kept"}):
        found = Timing.model_validate(timing)
        assert json.dumps(found.model_dump(mode="json")) == json.dumps(timing)


def test_what_is_not_said_reads_as_nothing() -> None:
    found = Held.model_validate(OLD)
    assert (found.gpu, found.process.user, found.processor.emulator) == (None, None, None)
    assert (found.capability, found.variables, found.processor.instructions) == ("None", {}, set())
    assert Held.model_validate(OLD | {"gpu": None}) == found, "said or not, it is the same"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("processor", None), ("processor", "x"), ("processor", {"model": 3, "flags": ""}),
        ("processor", {"model": "x"}), ("gpu", "x"), ("gpu", {"name": "H100"}), ("flags", None),
        ("variables", {"A": 1}), ("versions", ["torch"]), ("process", {"user": "root"}),
    ],
)  # fmt: skip
def test_another_form_is_refused(part: str, value: object) -> None:
    with pytest.raises(ValidationError, match=part):
        Held.model_validate(OLD | {part: value})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("started", None), ("started", "today"), ("seconds", "3"), ("seconds", -1),
        ("step_seconds", float("nan")), ("median_step_seconds", 1e9), ("steps_timed", [1]),
    ],
)  # fmt: skip
def test_times_that_are_none_are_refused(part: str, value: object) -> None:
    with pytest.raises(ValidationError, match=part):
        Timing.model_validate({"started": "2026-11-24T03:06:44+00:00", part: value})
