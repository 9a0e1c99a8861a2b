"""What a page of documentation tells its reader to type: found, and tried as a reader would.

A fence of `sh` is run, all of a page in one shell. `<!-- not run: WHY -->` before it says why not.
A fence of `text` right after it is what the commands print: its lines in their order, `…` for
anything. `<!-- file: PATH -->` before any fence writes it there first.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from workflows.common.paths import cache

QUICK = ("docs/how-to/verify.md", "docs/how-to/merge.md", "docs/how-to/after-failure.md")
TRAINING = (
    "benchmarks/README.md",
    "docs/how-to/own-data.md",
    "docs/how-to/own-environment.md",
    "docs/how-to/own-training.md",
    "docs/how-to/publish.md",
    "docs/how-to/run.md",
    "docs/tutorial.md",
)
"""The pages with commands to run; these ones train or lock, for half a minute or more."""
INSTALLED = "docs/how-to/in-tests.md"
"""This one takes an interpreter with both PyTorch and an installed copy."""

_FENCE = re.compile(
    r"^(?P<indent> *)(?:<!-- (?P<mark>not run|file): (?P<words>.+?) -->\n(?P=indent))?"
    r"```(?P<language>\w+)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_BLOCK = "=== block "


@dataclass(frozen=True)
class Fence:
    """A fence of a page: its language and body, the mark before it, and what the page shows of it.

    `line`: where it begins; `shown`: lines that its commands are to print.
    """

    line: int
    language: str
    body: str
    mark: str | None
    words: str
    shown: tuple[str, ...] = ()


def fences(text: str) -> list[Fence]:
    """Return the fences of a page; raise `AssertionError` for one that would be overlooked."""
    found: list[Fence] = []
    end = 0
    for match in _FENCE.finditer(text):
        indent, body = len(match["indent"]), match["body"]
        lines = [line[indent:] for line in body.splitlines()]
        follows = not text[end : match.start()].strip() and bool(found)
        if match["language"] == "text" and follows and found[-1].language == "sh":
            last = found.pop()
            found.append(Fence(**{**vars(last), "shown": tuple(lines)}))
        else:
            line = text.count("\n", 0, match.start()) + 1
            mark = (match["mark"], match["words"] or "")
            found.append(Fence(line, match["language"], "\n".join(lines), *mark))
        end = match.end()
    seen = sum(2 if fence.shown else 1 for fence in found)
    assert 2 * seen == text.count("```"), "a fence that is not seen: say which language it is of"
    return found


def commands(text: str) -> list[Fence]:
    """Return the fences of a page that are to be run."""
    return [fence for fence in fences(text) if fence.language == "sh" and fence.mark != "not run"]


def lacking(shown: tuple[str, ...], printed: str) -> str | None:
    """Return the first of the shown lines that was not printed after those before it."""
    lines = iter(printed.splitlines())
    for line in shown:
        pattern = ".*".join(map(re.escape, line.split("…")))
        if not any(re.fullmatch(pattern, each) for each in lines):
            return line
    return None


def follow(text: str, project: Path, programs: Path, python: Path) -> None:
    """Do what a page says in a copy of the project; raise `AssertionError` where it does not hold.

    `programs` is an empty folder for what the activated environment offers; `python` is called
    `python` there.
    """
    for fence in fences(text):
        if fence.mark == "file":
            (project / fence.words).parent.mkdir(parents=True, exist_ok=True)
            (project / fence.words).write_text(fence.body + "\n")
    _offer(programs, project, python)
    found = commands(text)
    script = "".join(f"echo '{_BLOCK}'\n{fence.body}\n" for fence in found)
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=project, env={**os.environ, "PATH": path, "REPRISE_CACHE": str(cache("x").parent)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    parts = done.stdout.split(f"{_BLOCK}\n")[1:]
    for fence, printed in zip(found, parts, strict=False):
        missing = lacking(fence.shown, printed)
        failed = done.returncode != 0 and printed is parts[-1]
        assert not failed, f"line {fence.line}: exit code {done.returncode}:\n{printed}"
        assert missing is None, f"line {fence.line}: {missing!r} is not printed:\n{printed}"
    assert len(parts) == len(found), done.stdout


def _offer(programs: Path, project: Path, python: Path) -> None:
    """Put `reprise` of the copy, and `python`, into a folder."""
    start = f"import sys; sys.path.insert(0, {str(project)!r})"
    start += "; from workflows.__main__ import run; run()"
    (programs / "reprise").write_text(f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n')
    (programs / "python").write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    for name in ("reprise", "python"):
        (programs / name).chmod(0o755)
