"""The reference of keys and files: JSON Schemas as tables."""

from __future__ import annotations

from typing import Any

import pytest

from docs.generated.schemas import RESULTS, body, experiment, kind, results
from workflows.experiment.model import Experiment


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1}, "integer, ≥ 1"),
        ({"$ref": "#/$defs/Difference"}, "[Difference](#difference)"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number or null"),
        ({"enum": ["a", "b"]}, "`a` or `b`"),
        ({"const": 1}, "`1`"),
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "names to number"),
        ({"type": "object", "patternProperties": {"x": {"type": "null"}}}, "names to null"),
        ({}, "anything"),
    ],
)
def test_a_type_is_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert kind(schema) == words


def test_each_key_of_an_experiment_is_there_with_what_it_means() -> None:
    page = experiment()
    for key, field in Experiment.model_fields.items():
        assert f"| `{key}` |" in page and (field.description or "") in page


def test_each_schema_of_a_result_has_a_page() -> None:
    assert set(results()) == {path.stem for path in RESULTS.glob("*.json")}


def test_a_key_says_whether_it_may_be_left_out() -> None:
    schema = {
        "properties": {"a": {"type": "string"}, "b": {"default": 3, "description": "x | y"}},
        "required": ["a"],
    }
    text = body(schema, "Thing")
    assert "| `a` | string | required |  |" in text
    assert "| `b` | anything | `3` | x \\| y |" in text
