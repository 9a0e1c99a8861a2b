"""How far something is: shown where it is seen at once, in place, and gone at the end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from workflows.common import underway as module
from workflows.common.underway import FOLLOWED, about, of_all, size, underway


def said(capsys: pytest.CaptureFixture[str]) -> str:
    with underway(lambda _: "half of it") as say:
        time.sleep(0.05)
        say("a line\n")
    return capsys.readouterr().err


def test_it_is_shown_in_place_and_gone_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.001)
    monkeypatch.setenv(FOLLOWED, "1")
    shown = said(capsys)
    blank = f"\r{' ' * len('half of it')}\r"
    assert shown.startswith("half of it" + blank) and f"{blank}a line\n" in shown
    assert shown.partition("\n")[0].endswith("\ra line")
    assert shown.endswith(("\r", "a line\n"))


def test_where_nobody_sees_it_only_what_stays_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.001)
    monkeypatch.delenv(FOLLOWED, raising=False)
    assert said(capsys) == "a line\n"


def test_it_ends_where_the_body_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.001)
    monkeypatch.setenv(FOLLOWED, "1")
    with pytest.raises(ValueError, match="no"), underway(lambda _: "half"):
        raise ValueError("no")
    capsys.readouterr()
    time.sleep(0.05)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("done", "seconds", "text"),
    [
        (0, 9, "venv: installing: 0 of 1,200 MB"),
        (300, 10, "venv: installing: 300 of 1,200 MB, about 30 s left"),
        (300, 60, "venv: installing: 300 of 1,200 MB, about 3 min left"),
        (1199, 90, "venv: installing: 1,199 of 1,200 MB"),
        (1300, 90, "venv: installing: 1,200 of 1,200 MB"),
    ],
)
def test_what_is_left_follows_from_what_is_done(done: float, seconds: float, text: str) -> None:
    assert of_all("venv: installing", done, 1200, "MB", seconds) == text


def test_what_is_late_is_not_foretold() -> None:
    assert about(-3) == about(4) == "" and about(100) == ", about 2 min left"


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.py").write_text("12345")
    (tmp_path / "in" / "b").symlink_to("nowhere")
    assert size(tmp_path / "in", "*.py") == (1, 5) and size(tmp_path / "none") == (0, 0)
