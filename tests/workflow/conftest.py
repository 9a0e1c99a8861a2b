"""Where these tests find real PyTorch: in the pinned environment `cpu`, built by the engine venv.

Its packages go to the end of this process's path, behind the tests' own; both sides pin the same
Python and the same numpy.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append("/tmp/exp/t/lib/python3.11/site-packages")


@pytest.fixture(scope="session")
def torch_python() -> Path:
    return Path("/tmp/exp/t/bin/python")


@pytest.fixture(scope="session")
def cifar10_data() -> None:
    return None
