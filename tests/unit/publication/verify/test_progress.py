"""Progress with the time that is left, by a clock of its own."""

from __future__ import annotations

from tests.support import real
from workflows.publication.verify.progress import Progress, expected, in_words


def test_time_left_is_by_what_was_done() -> None:
    clock = iter([100.0, 160.0, 400.0])
    progress = Progress([10.0, 30.0, 20.0], lambda: next(clock))
    assert progress.finished(10.0) == "1 of 3, about 5 min left"
    assert progress.finished(30.0) == "2 of 3, about 3 min left"
    assert progress.finished(20.0) == "3 of 3"


def test_in_words() -> None:
    assert [in_words(s) for s in (5, 61, 5400)] == [
        "less than a minute", "about 2 min", "about 1.5 h"
    ]  # fmt: skip


def test_fewer_steps_take_less() -> None:
    record = real.run().record
    assert record.timing and record.timing.seconds
    assert expected(record, 1, 1) <= expected(record, 100, 1) <= record.timing.seconds
    assert expected(record, 100, 3) == 3 * expected(record, 100, 1)
