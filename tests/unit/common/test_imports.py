"""What a file imports: parsed once for each text, however many processes ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflows.common import imports

TEXT = b"import a.b, c\nfrom . import d\nfrom ..e import f as g\nfrom h import *\n"
FOUND = [(None, None, ["a.b", "c"]), (1, None, ["d"]), (2, "e", ["f"]), (0, "h", ["*"])]


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own; what is known in this process is of no other test."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path))
    imports.parsed.cache_clear()
    yield tmp_path / "imports"
    imports.parsed.cache_clear()


def again(text: bytes) -> list[imports.Statement]:
    """Return what another process finds."""
    imports.parsed.cache_clear()
    return sorted(imports.parsed(text), key=repr)


def test_every_form_is_found_and_found_again_without_parsing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = sorted(FOUND, key=repr)
    assert again(TEXT) == expected
    monkeypatch.setattr(ast, "parse", lambda _: pytest.fail("it is parsed again"))
    assert again(TEXT) == expected


def test_another_text_is_parsed() -> None:
    assert again(TEXT) != again(TEXT.replace(b"a.b", b"a.z")) != again(TEXT)


@pytest.mark.parametrize("said", ["", "[", "null", "[1]", "[[1]]", '[["a"]]'])
def test_what_is_no_list_of_imports_is_not_believed(kept: Path, said: str) -> None:
    found = again(TEXT)
    (file,) = kept.rglob("*.json")
    file.write_text(said)
    assert again(TEXT) == found
    assert file.read_text() != said


def test_a_cache_that_cannot_be_written_changes_nothing(kept: Path) -> None:
    kept.write_text("a file where the folder would be")
    assert again(TEXT) == again(TEXT) == sorted(FOUND, key=repr)
