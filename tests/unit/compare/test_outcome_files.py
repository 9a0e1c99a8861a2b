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


ALONE = ["best-{}.txt", "step_{}/a.pt", "epoch={}.pt", "{}.pt", "20261126_best_{}.pt", "stat-{}"]
DATED = [
    "m_20261126_{}.pt", "m-20261126{}.pt", "2026-11-26/{}/a.pt", "261126_{}", "26-11-2026_{}",
    "runs/Nov26_{}_host", "time-{}.pt", "m_timestamp_{}.pt",
]  # fmt: skip


@pytest.mark.parametrize("name", [*ALONE, *DATED])
def test_six_digits_are_a_time_beside_a_date_or_its_word(name: str) -> None:
    names = [name.format(digits) for digits in ("000800", "001200")]
    found = judged(*({each: entry()} for each in names))
    if name in ALONE:
        assert str(found.first_difference) == f"files ({min(names)})", "a step, padded with zeros"
    else:
        assert found.verdict == "identical"
        assert found.notes == [f"names of files differ in: a time stamp (of {names[0]})"]


def test_names_that_are_taken_for_one_are_a_note() -> None:
    runs = [{f"r/tmp{x * 8}/{n}.pt": entry() for n in range(5)} for x in "abc"]
    found = judged(*runs)
    first = ", ".join([*runs[0]][:3])
    assert found.notes == [f"names of files differ in: a temporary name (of {first} and 2 more)"]
    assert judged(runs[0], runs[0]).notes == [], "control"
    both = [{f"t_2026-11-2{n}/a-{'pq'[n - 6]}{x}.json": entry() for n in (6, 7)} for x in "01"]
    assert judged(*both).verdict == "differs", "control: another name beside the date"
