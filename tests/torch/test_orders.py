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
LINES = {FUTURES: "next(came)", RESULTS: "pool.imap_unordered(work, range(4))", PUT: "box.get()"}


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


ALIKE = {
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
