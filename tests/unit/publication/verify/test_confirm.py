"""What a verification leaves: only what was seen, in the forms that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from tests.support.verified import CELLS, HERE, verification
from workflows.publication.attestation import load
from workflows.publication.verify.confirm import CODECHECK, STATEMENT, leave, properties

TEXT = {"type": "string", "minLength": 1}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "manifest", "codechecker", "report"],
    "properties": {
        "version": {"const": "https://codecheck.org.uk/spec/config/1.0/"},
        "manifest": {
            "type": "array",
            "items": {
                "type": "object", "required": ["file"],
                "properties": {"file": TEXT | {"pattern": "^[^/]"}, "comment": TEXT},
            },
        },
        "paper": {"type": "object", "properties": {"title": TEXT, "reference": TEXT}},
        "codechecker": {
            "type": "array", "minItems": 1,
            "items": {"type": "object", "required": ["name"], "properties": {"name": TEXT}},
        },
        "report": TEXT, "summary": TEXT,
        "check_time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"},
    },
}  # fmt: skip
"""What the specification of `codecheck.yml` 1.0 says that it must hold, and in which form."""


def left(folder: Path, **change: Any) -> Path:
    (folder / "verification.html").write_text("a page")
    leave(verification().model_copy(update=change), folder, key=None, by="Josiah Carberry")
    return folder


def test_the_codecheck_file_is_of_version_1(tmp_path: Path) -> None:
    text = (left(tmp_path) / CODECHECK).read_text()
    assert text.startswith("%YAML 1.1\n---\n")
    said = yaml.safe_load(text)
    check = Draft202012Validator(SCHEMA).validate
    check(said)
    assert [each["file"] for each in said["manifest"]] == [
        f"publication/runs/{CELLS[0].cell}/0.json"
    ], "what was made again, and nothing else"
    for name in ("codechecker", "report", "manifest"):
        with pytest.raises(ValidationError, match=name):
            check({key: value for key, value in said.items() if key != name})


def test_a_statement_needs_a_zip_to_be_about(tmp_path: Path) -> None:
    assert load(left(tmp_path) / STATEMENT).statement().subject[0].digest.sha256 == "3" * 64
    assert not (left(tmp_path, digest="") / STATEMENT).exists()


def test_only_what_was_seen_is_stated() -> None:
    equal = f"REPRISE_CELL_{CELLS[0].cell}"
    assert properties(verification()) == ["REPRISE_CONSISTENT", equal], "one was not tested"
    held = verification(CELLS[:2])
    whole = ["REPRISE_CLAIMS_HELD", "REPRISE_CLAIMS_HELD_IN_PART"]
    assert properties(held) == ["REPRISE_CONSISTENT", *whole, equal]
    less = HERE.model_copy(update={"limits": ["only the first 10 steps"]})
    assert properties(verification(CELLS[:2], less))[1:2] == ["REPRISE_CLAIMS_HELD_IN_PART"]
    failed = [CELLS[0], CELLS[1].model_copy(update={"claim": "made"})]
    assert properties(verification(failed)) == ["REPRISE_CONSISTENT", equal]
