"""What an interpreter says of its processor, natively and under QEMU's user mode."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import cpuid
from workflows.common.paths import ROOT
from workflows.environments.conditions import Conditions
from workflows.environments.engines import emulator
from workflows.runs.held import Held
from workflows.runs.machine import unmet


def test_the_processor_names_itself() -> None:
    model = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    assert cpuid.brand() == model


@pytest.mark.usefixtures("qemu")
@pytest.mark.parametrize(
    ("before", "variable", "told"),
    [
        ("qemu-x86_64 -cpu Haswell", "qemu-x86_64 -cpu Haswell", "Haswell Intel Core Processor (H"),
        ("", "qemu-x86_64 -cpu Haswell", "None "),  # told so, but native
        ("", "", "None "),
    ],
)
def test_an_emulated_processor_is_known_by_its_own_word(
    before: str, variable: str, told: str
) -> None:
    program = (
        "from benchmarks import cpuid; from benchmarks.harness import machine; "
        "print(machine.emulated(), cpuid.brand())"
    )
    python = os.path.realpath(sys.executable)
    done = subprocess.run(
        [*before.split(), python, "-c", program],
        cwd=ROOT, env={"PATH": os.environ["PATH"], emulator.VARIABLE: variable},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(told)


@pytest.mark.usefixtures("qemu")
@pytest.mark.parametrize(
    ("words", "name"), [(["qemu-x86_64", "-cpu", "EPYC-Rome"], "QEMU AMD E"), ([], "")]
)
def test_an_interpreter_under_qemu_says_so_though_nobody_told_it(
    words: list[str], name: str
) -> None:
    """A machine may be simulated as a whole: /proc/cpuinfo goes on naming the host's processor."""
    program = (
        "import json; from benchmarks.harness import machine; "
        "print(json.dumps(machine.processor()))"
    )
    done = subprocess.run(
        [*words, os.path.realpath(sys.executable), "-c", program],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["model"].startswith(name) and ("emulator" in found) == bool(words)
    assert not found["flags"] if words else not found["model"].startswith("QEMU")
    held = Held.model_validate({"processor": found})
    assert unmet(Conditions(), held) is None
    told = unmet(Conditions(cpu="EPYC-Rome"), held)
    assert told is not None and "asked was an emulated EPYC-Rome" in told
