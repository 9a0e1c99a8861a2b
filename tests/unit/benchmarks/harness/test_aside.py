"""What is imported unheard is one module, once; before it and after it all is heard."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from benchmarks.harness import aside

Called = Callable[[str], list[str]]


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Called]:
    """Import a module, then call `after`; return the functions of `tmp_path` that were heard."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(aside, "COMPILER", "compiler")
    (tmp_path / "deeper.py").write_text("def deeper(): pass\n\ndeeper()\n")
    text = "def inside(): pass\n\ninside()\nimport deeper\n"
    for name in ("compiler", "other"):
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "broken.py").write_text(f"{text}raise ImportError('planted')\n")
    was = sys.gettrace(), sys.getprofile()

    def after() -> None:
        pass

    def run(name: str) -> list[str]:
        heard = []

        def hear(frame: FrameType, event: str, _arg: Any) -> None:
            if event == "call" and frame.f_code.co_filename.startswith((str(tmp_path), __file__)):
                heard.append(frame.f_code.co_name)

        taken = aside.Aside()
        taken.begin()
        sys.setprofile(hear)
        sys.settrace(hear)
        try:
            __import__(name)
        except ImportError:
            heard.append("ImportError")
        after()
        sys.settrace(was[0])
        sys.setprofile(was[1])
        taken.end()
        assert taken not in sys.meta_path
        return heard

    yield run
    for name in ("compiler", "other", "broken", "deeper"):
        sys.modules.pop(name, None)


def test_nothing_of_the_compiler_is_heard_and_all_that_follows(called: Called) -> None:
    assert called("compiler") == ["after", "after"], "by trace and profile"
    assert sys.modules["deeper"], "control: it was imported"


def test_control_another_module_is_heard(called: Called) -> None:
    found = called("other")
    assert (found.count("inside"), found.count("deeper"), found.count("after")) == (2, 2, 2)


def test_one_that_cannot_be_imported_leaves_the_listening_on(
    called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "COMPILER", "broken")
    assert called("broken") == ["ImportError", "after", "after"]


def test_what_is_there_already_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "COMPILER", "sys")
    before = [*sys.meta_path]
    taken = aside.Aside()
    taken.begin()
    assert sys.meta_path == before
    taken.end()
