"""`in-order`: futures and results of a pool come in the order of the work."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from multiprocessing.pool import Pool, ThreadPool
from typing import Any

import pytest

from benchmarks import arrival


@pytest.fixture(autouse=True)
def ordered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for where in (concurrent.futures, concurrent.futures._base):
        monkeypatch.setattr(where, "as_completed", concurrent.futures.as_completed)
    monkeypatch.setattr(Future, "__init__", Future.__init__)
    monkeypatch.setattr(Pool, "imap_unordered", Pool.imap_unordered)
    arrival.of_futures()
    arrival.of_pools()
    yield


def done(made: list[Future[int]], order: list[int]) -> None:
    for number in order:
        made[number].set_result(number)


def test_futures_come_in_the_order_in_which_they_were_made() -> None:
    made: list[Future[int]] = [Future() for _ in range(4)]
    done(made, [2, 0, 3, 1])
    asked: set[Future[Any]] = {made[n] for n in (3, 1, 0, 2)}
    assert list(concurrent.futures.as_completed(asked)) == made
    assert list(concurrent.futures.as_completed([*made, made[0]])) == made, "each once"
    assert list(concurrent.futures.as_completed([])) == []


def test_one_that_fails_or_is_cancelled_is_given_as_another() -> None:
    made: list[Future[int]] = [Future() for _ in range(2)]
    made[0].cancel()
    made[0].set_running_or_notify_cancel()
    made[1].set_exception(ValueError("its own"))
    assert list(concurrent.futures.as_completed(made)) == made


def test_what_is_not_done_in_time_is_said_as_before() -> None:
    made: list[Future[int]] = [Future() for _ in range(3)]
    done(made, [0])
    given = concurrent.futures.as_completed(made, timeout=0.05)
    assert next(given) is made[0]
    with pytest.raises(concurrent.futures.TimeoutError, match=r"2 \(of 3\) futures unfinished"):
        next(given)


def test_a_pools_results_come_in_the_order_of_the_work() -> None:
    last = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            last.wait()
        if number == 3:
            last.set()
        return number

    with ThreadPool(4) as pool:
        assert list(pool.imap_unordered(work, range(4))) == [0, 1, 2, 3]
