"""The plugin for pytest, which finds it by its entry point. It has no hooks: a fixture is all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .testing import assert_reproducible


@pytest.fixture(scope="session")
def reproducible() -> Callable[..., None]:
    """`reproducible(train, runs=3)`: fail unless a function trains the same, bit for bit."""
    return assert_reproducible
