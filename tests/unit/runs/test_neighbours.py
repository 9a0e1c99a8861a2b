"""Busy neighbours of a run: as many as asked, on its CPUs, and gone with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import alive
from tests.support.waiting import until
from workflows.common import guarded
from workflows.common.paths import ROOT
from workflows.runs import neighbours


def seconds(process: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until_started(process: int) -> int:
    """Return the number of the busy process, once the one that guards it has started it."""
    until("a neighbour", lambda: len(guarded.session(process)) == 2, 20)
    return (guarded.session(process) - {process}).pop()


def test_neighbours_are_busy_on_the_same_cpus_and_end() -> None:
    with neighbours.busy(2) as found:
        ids = [until_started(process.pid) for process in found.processes]
        until("busy neighbours", lambda: all(seconds(each) > 0.1 for each in ids), 20)
        assert {frozenset(os.sched_getaffinity(each)) for each in ids} == {
            frozenset(os.sched_getaffinity(0))
        }
        assert found.ended() == 0
    assert len(ids) == 2 and not any(map(alive, ids))


def test_neighbours_end_when_their_run_fails() -> None:
    seen: list[neighbours.Neighbours] = []
    with pytest.raises(RuntimeError, match="planted"), neighbours.busy(1) as found:
        seen.append(found)
        raise RuntimeError("planted")
    assert [guarded.session(process.pid) for process in seen[0].processes] == [set()]


def test_a_neighbour_that_ended_early_is_noticed() -> None:
    with neighbours.busy(2) as found:
        os.kill(until_started(found.processes[0].pid), signal.SIGKILL)
        found.processes[0].wait()
        assert found.ended() == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_neighbours_end_with_their_parent_however_that_ends(number: int) -> None:
    program = (
        "import time\nfrom tests.unit.runs.test_neighbours import until_started\n"
        "from workflows.runs.neighbours import busy\nwith busy(2) as found:\n"
        "    print(*(until_started(p.pid) for p in found.processes), flush=True)\n"
        "    time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    ids = [int(word) for word in parent.stdout.readline().split()]
    assert len(ids) == 2 and all(map(alive, ids)), "control"
    parent.send_signal(number)
    parent.wait()
    until("end of both", lambda: not any(map(alive, ids)), 20)
