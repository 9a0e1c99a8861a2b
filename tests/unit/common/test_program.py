"""A program that is called and listened to."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.common import program
from workflows.common.errors import UserError


def shell(text: str) -> list[str]:
    return ["sh", "-c", text]


def test_control_what_it_prints_is_returned() -> None:
    assert program.output(shell("echo a; echo b >&2"), "it") == "a"
    assert program.output(["cat"], "it", input=b"\xff ok\n") == "� ok"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("echo out; echo first >&2; echo last >&2; exit 3", "last"),
        ("echo out; exit 3", "out"),
        ("exit 3", "exit code 3"),
        ("kill -9 $$", "exit code -9"),
    ],
)
def test_the_last_line_is_the_reason(text: str, why: str) -> None:
    with pytest.raises(UserError) as caught:
        program.output(shell(text), "it")
    assert str(caught.value) == f"it: {why}"
    assert program.reason(program.run(shell(text))) == why


@pytest.mark.parametrize(
    ("arguments", "how", "line"),
    [
        (["no-such-program"], {}, "no-such-program is not installed"),
        (["true"], {"cwd": "/no/such/folder"}, "it: /no/such/folder: No such file or directory"),
        (["/etc/passwd"], {}, "it: /etc/passwd: Permission denied"),
        (["sleep", "9"], {"timeout": 0.1}, "it: no answer within 0.1 s"),
    ],
)
def test_what_does_not_start_or_end_is_one_line(
    arguments: list[str], how: dict[str, float], line: str
) -> None:
    with pytest.raises(UserError) as caught:
        program.run(arguments, "it", **how)
    assert str(caught.value) == line


def test_what_it_says_can_go_to_a_file(tmp_path: Path) -> None:
    with (tmp_path / "said").open("wb") as file:
        assert program.output(shell("echo a"), "it", stdout=file) == ""
    assert (tmp_path / "said").read_text() == "a\n"
