"""The settings of commands alone: what is fixed is the same in each run, and without it is not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import Need
from workflows.check.extras import ADDRESSES, can_be_tried, catalogue
from workflows.check.folder import Copies
from workflows.check.launch import Launch, Order

BY_ADDRESS = """
class Part:
    pass

parts = {Part(): number for number in range(5000)}
print(hash("x"), [parts[one] for one in {*parts}][:100])
"""
"""So many that their order comes of more than the place in a page of memory, which stays."""


@pytest.fixture
def runs(tmp_path: Path) -> Launch:
    """A program that prints in which order a set gives objects without a hash of their own."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").write_text(BY_ADDRESS)
    copies = Copies(project, tmp_path / "home")
    return Launch([sys.executable, "train.py"], copies, catalogue(), 3, 600)


def test_a_set_of_objects_is_in_one_order_at_fixed_addresses(
    runs: Launch, tmp_path: Path, need: Need
) -> None:
    need("personality", None if can_be_tried(ADDRESSES) else "this machine forbids it")

    def printed(repeat: int, *settings: str) -> str:
        folder = tmp_path / "runs" / f"{repeat:04}"  # a longer name would move what lies behind
        return "".join(runs(Order(repeat, settings), folder).record.printed)

    assert len({printed(repeat, ADDRESSES) for repeat in (8, 9, 10)}) == 1
    assert len({printed(repeat, "hash-seed") for repeat in (1, 2, 3)}) > 1, "control"


def test_what_this_machine_forbids_is_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the default rules of Docker do: a call that changes nothing, and one that is refused."""
    refuses = "class Libc:\n    @staticmethod\n    def personality(_):\n        return 0\n"
    hooked = f"import ctypes\n{refuses}ctypes.CDLL = lambda _: Libc\n"
    (tmp_path / "sitecustomize.py").write_text(hooked)
    can_be_tried.cache_clear()
    with monkeypatch.context() as patched:
        patched.setitem(os.environ, "PYTHONPATH", str(tmp_path))
        assert not can_be_tried(ADDRESSES)
        assert can_be_tried("one-worker"), "control: what needs nothing of the machine"
    can_be_tried.cache_clear()
