"""Late tests come last, and are left out once the time is over."""

from __future__ import annotations

import time

import pytest

from tests import conftest


@pytest.fixture
def late(request: pytest.FixtureRequest) -> pytest.Item:
    """A test that is marked; this one is not."""
    item: pytest.Item = pytest.Function.from_parent(
        request.node.parent, name="late", callobj=lambda: None
    )
    item.add_marker(pytest.mark.late)
    return item


def test_it_is_left_out_once_the_time_is_over(
    late: pytest.Item, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conftest, "OVER", time.time() - 1)
    conftest.pytest_runtest_setup(request.node)  # control: this one is not late
    with pytest.raises(pytest.skip.Exception, match="the time for the tests was over"):
        conftest.pytest_runtest_setup(late)
    monkeypatch.setattr(conftest, "OVER", time.time() + 60)
    conftest.pytest_runtest_setup(late)


def test_it_comes_last(late: pytest.Item, request: pytest.FixtureRequest) -> None:
    items = [late, request.node]
    conftest.pytest_collection_modifyitems(items)
    assert items == [request.node, late]
