"""Files that runs leave: what counts of their names, and of what is no file."""

from __future__ import annotations

import pytest

from tests.support import real
from workflows.compare.verdict import Verdict, judge
from workflows.runs.watched import FileLeft


def entry(kind: str | None = None, **parts: str) -> FileLeft:
    return FileLeft(sha256="a" * 64, size=1, kind=kind, parts=parts or None)


def judged(*files: dict[str, FileLeft]) -> Verdict:
    """Return the verdict on runs that differ in their files alone."""
    return judge([real.watched(real.run(repeat=i), files=left) for i, left in enumerate(files)])


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("ckpt-1.pt", "ckpt-2.pt", False), ("ckpt-1.pt", "ckpt-1.pt", True),
        ("run-20261126_094503-k3j2x9ab", "run-20261126_101559-0c9aee19", True),
        ("2026-11-26_09-45-03", "2026-11-26_10-15-59", True),
    ],
)  # fmt: skip
def test_a_links_target_is_a_name(one: str, two: str, same: bool) -> None:
    found = judged(*({"latest": entry("link", target=f"= {name}")} for name in (one, two)))
    assert (found.verdict == "identical") is same
    assert str(found.first_difference) == ("None" if same else "files (latest: target)")


def test_what_is_gone_had_its_name_before_the_run() -> None:
    one, two = ({f"m_2026-11-2{day}.pt": entry(kind)} for day, kind in ((6, "removed"),) * 2)
    other = {"m_2026-11-27.pt": entry("removed")}
    assert judged(one, two).verdict == "identical", "control"
    assert judged(one, other).verdict == "differs"
    made = {name.replace("6.", "7."): entry() for name in one}
    assert judged({"m_2026-11-26.pt": entry()}, made).verdict == "identical", "control: a file"
