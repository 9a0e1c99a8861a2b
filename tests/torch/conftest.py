"""These tests import real PyTorch from the pinned environment `cpu`, built by the engine venv.

Its packages go to the end of this process's path, behind the tests' own tools; both sides pin the
same Python and the same numpy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.environment import site_packages
from tests.torch.runner import Runner
from workflows.runs.record import Run

sys.path.append(str(site_packages()))


@pytest.fixture
def run(tmp_path: Path, torch_python: Path) -> Runner:
    """Carry out a run in a process of its own, and read its record back."""
    return Runner(tmp_path, torch_python)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, torch_python: Path) -> Runner:
    """Carry out the runs that several tests of a module compare with, once for all of them."""
    return Runner(tmp_path_factory.mktemp("shared"), torch_python)


@pytest.fixture
def cifar10(run: Runner, cifar10_data: Path) -> Callable[..., Run]:
    """Return a function that carries out one run of CIFAR-10 on the real data."""
    return lambda *arguments: run("cifar10", "--data", str(cifar10_data), *arguments)
