"""The order in which work comes back: the same one has the same digest, another has another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torch.observing import observe, of

FUTURES = """
from concurrent.futures import ThreadPoolExecutor, as_completed
gates = [threading.Event() for _ in range(4)]
pool = ThreadPoolExecutor(4)
[pool.submit(int) for _ in range({before})]
asked = [pool.submit(gate.wait) for gate in gates]
came = as_completed(asked)
for number in {order}:
    gates[number].set()
    assert next(came) is asked[number]
"""
RESULTS = """
from multiprocessing.pool import ThreadPool
gates = [threading.Event() for _ in range(4)]
def work(number):
    gates[number].wait()
    return number
with ThreadPool(4) as pool:
    [pool.apply(int) for _ in range({before})]
    came = pool.imap_unordered(work, range(4))
    for number in {order}:
        gates[number].set()
        assert next(came) == number
"""
PUT = """
import queue
box, gates = queue.Queue(), [threading.Event() for _ in range(4)]
def work(number):
    gates[number].wait()
    box.put(number)
threads = [threading.Thread(target=work, args=[n], name=f"worker {{n}}") for n in range(4)]
[threading.Thread(target=int).start() for _ in range({before})]
for one in threads: one.start()
for number in {order}:
    gates[number].set()
    assert box.get() == number
"""
WAITED = """
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
gates = [threading.Event() for _ in range(4)]
pool = ThreadPoolExecutor(4)
[pool.submit(int) for _ in range({before})]
asked = [pool.submit(gate.wait) for gate in gates]
left = set(asked)
for number in {order}:
    gates[number].set()
    done, left = wait(left, return_when=FIRST_COMPLETED)
    assert done == {{asked[number]}}
"""
AWAITED = """
import asyncio
async def work(number):
    await gates[number].wait()
    return number
async def main():
    gates[:] = [asyncio.Event() for _ in range(4)]
    [await asyncio.create_task(asyncio.sleep(0)) for _ in range({before})]
    tasks = [asyncio.create_task(work(number)) for number in range(4)]
    await asyncio.sleep(0)
    came = iter(asyncio.as_completed(tasks))
    for number in {order}:
        gates[number].set()
        assert await next(came) == number
gates = []
asyncio.run(main())
"""
LINES = {
    FUTURES: "next(came)", RESULTS: "pool.imap_unordered(work, range(4))", PUT: "box.get()",
    WAITED: "wait(left, return_when=FIRST_COMPLETED)", AWAITED: "await next(came)",
}  # fmt: skip


@pytest.mark.parametrize("program", LINES)
def test_an_order_is_told_by_its_line_and_digest(program: str, tmp_path: Path) -> None:
    def orders(order: tuple[int, ...], before: int = 0) -> list[tuple[str, str, str]]:
        found = of("order", observe(program.format(order=order, before=before), tmp_path))
        parts = [(one["what"].rpartition(" ["), one["place"]) for one in found]
        return [(text, digest, place.partition(":")[2]) for (text, _, digest), place in parts]

    one = orders((0, 1, 2, 3))
    assert [text for text, _, _ in one] == [LINES[program]] * 2, "of the first two, and of four"
    assert orders((0, 1, 2, 3), before=5) == one, "control: whatever was asked for before"
    late, early = orders((0, 1, 3, 2)), orders((1, 0, 2, 3))
    assert [a == b for a, b in zip(one, late, strict=True)] == [True, False]
    assert [a == b for a, b in zip(one, early, strict=True)] == [False, False]


PROCESSES = """
import multiprocessing
fork = multiprocessing.get_context("fork")
box, gates, over = fork.{queue}(), [fork.Event() for _ in range(5)], fork.Event()
def work(number):
    gates[number].wait()
    box.put({value})
    over.wait()  # whoever takes a tensor takes it from a process that lives
for number in range(5):
    fork.Process(target=work, args=[number], daemon=True).start()
for number in {order}:
    gates[number].set()
    assert box.get() is not None
over.set()
"""
THREADS = """
came, gates = [], [threading.Event() for _ in range(5)]
def work(number):
    gates[number].wait()
    came.append({value})
threads = [threading.Thread(target=work, args=[number]) for number in range(5)]
for one in threads: one.start()
for number in {order}:
    gates[number].set()
    threads[number].join()
"""
TASKS = """
import asyncio
came, gates = [], []
async def work(number):
    await gates[number].wait()
    came.append({value})
async def main():
    gates[:] = [asyncio.Event() for _ in range(5)]
    tasks = [asyncio.create_task(work(number)) for number in range(5)]
    await asyncio.sleep(0)
    for number in {order}:
        gates[number].set()
        await tasks[number]
asyncio.run(main())
"""
VALUES = {
    "a queue": PROCESSES.replace("{queue}", "Queue"),
    "a simple queue": PROCESSES.replace("{queue}", "SimpleQueue"),
    "a list of threads": THREADS,
    "a list of tasks": TASKS,
}


def told(program: str, value: str, *orders: tuple[int, ...], folder: Path) -> list[list[str]]:
    """Return the digests at the line where values come, of a run for each order."""
    found = [observe(program.format(value=value, order=order), folder) for order in orders]
    return [[one["what"].rpartition(" [")[2] for one in of("order", each)] for each in found]


@pytest.mark.parametrize("value", ["number", "(number, [1.5, 'a'])", "torch.arange(number + 1)"])
@pytest.mark.parametrize("name", VALUES)
def test_values_tell_their_order_and_which_they_are(name: str, value: str, tmp_path: Path) -> None:
    orders = (0, 1, 2, 3, 4), (0, 1, 2, 4, 3), (0, 1, 2, 3, 4)
    one, other, again = told(VALUES[name], value, *orders, folder=tmp_path)
    assert len(one) == 2 and one == again, "of the first four, and of all"
    sets = [[digest.partition("/")[2] for digest in each] for each in (one, other)]
    assert sets[0][1] == sets[1][1] and one[1] != other[1], "another order"
    assert sets[0][0] != sets[1][0], "of other values"


ALIKE = {
    "a list that one thread appends to": """
waiting = threading.Event()
threading.Thread(target=waiting.wait, daemon=True).start()
came = []
for number in range(9): came.append(number)
waiting.set()
""",
    "all that were waited for": """
from concurrent.futures import ThreadPoolExecutor, wait
with ThreadPoolExecutor(4) as pool: wait([pool.submit(str, n) for n in range(9)])
""",
    "one after the other": """
from concurrent.futures import ThreadPoolExecutor
list(ThreadPoolExecutor(4).map(str, range(9)))
""",
    "a pool's, in order": """
from multiprocessing.pool import ThreadPool
with ThreadPool(2) as pool: list(pool.imap(str, range(9)))
""",
    "from one thread": """
import queue
box = queue.Queue()
for number in range(9): box.put(number)
for number in range(9): box.get()
""",
    "nobody knows of which thread": """
import queue
box = queue.LifoQueue()
threads = [threading.Thread(target=box.put, args=[n]) for n in range(4)]
for one in threads: one.start()
for one in threads: box.get()
""",
}


@pytest.mark.parametrize("name", ALIKE)
def test_control_what_has_one_order_alone_is_not_told(name: str, tmp_path: Path) -> None:
    assert of("order", observe(ALIKE[name], tmp_path)) == []


@pytest.mark.parametrize(("between", "told"), [("std.py", True), ("library.py", False)])
def test_a_bar_of_progress_may_lie_between_and_no_library(
    between: str, told: bool, tmp_path: Path
) -> None:
    """A library that takes futures as they are done may put them in order itself."""
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / between).write_text("def through(given):\n    yield from given\n")
    load = f"import runpy\nthrough = runpy.run_path({str(installed / between)!r})['through']\n"
    program = FUTURES.format(order=(1, 0, 2, 3), before=0)
    program = load + program.replace("as_completed(asked)", "through(as_completed(asked))")
    assert bool(of("order", observe(program, tmp_path))) is told
