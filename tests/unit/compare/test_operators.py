"""The first operator at which two recordings of a step part, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from workflows.compare.close_look import LEFT, Operator, Parted
from workflows.compare.operators import parted, read


def operator(name: str = "aten.mm.default", **more: Any) -> Operator:
    given: dict[str, Any] = {
        "operator": name, "place": f"train.py:3 in {name}", "text": "a @ b", "module": None,
        "backward": False, "draws": False, "given": ["1"], "asked": ["2"], "unwritten": None,
        "left": ["3"],
    }  # fmt: skip
    return Operator.model_validate(given | more)


EQUAL = operator("aten.view.default")
ALLREDUCE: dict[str, Any] = {"operator": "c10d.allreduce_.default", "asked": ["ScriptObject"]}


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ({}, {"left": ["4"]}, "operator"),
        ({"draws": True}, {"draws": True, "left": ["4"]}, "draw"),
        (ALLREDUCE, {**ALLREDUCE, "left": ["4"]}, "received"),
        ({}, {"asked": ["5"], "given": ["6"], "left": ["4"]}, "asked"),
        ({}, {"given": ["5"], "left": ["4"]}, "elsewhere"),
        ({}, {"given": ["5"]}, "elsewhere"),
        (
            {"given": ["?"], "unwritten": "train.py:1"},
            {"given": ["?"], "unwritten": "train.py:1", "left": ["4"]},
            "unwritten",
        ),
        (
            {"unwritten": "train.py:1"},
            {"unwritten": "train.py:1", "given": ["5"], "left": ["4"]},
            "unwritten",
        ),
        (
            {"unwritten": "train.py:1"},
            {"unwritten": "train.py:1", "left": ["4"]},
            "operator",
        ),
    ],
)
def test_how_an_operator_parts_is_told(
    left: dict[str, Any], right: dict[str, Any], kind: str
) -> None:
    later = [operator("aten.sum.default", left=[side]) for side in "89"]
    found = parted([EQUAL, operator(**left), later[0]], [EQUAL, operator(**right), later[1]])
    assert found is not None and (found.kind, found.operator.operator) == (
        kind, left.get("operator", "aten.mm.default"),
    )  # fmt: skip


def test_control_equal_recordings_do_not_part() -> None:
    assert parted([EQUAL, operator(), EQUAL], [EQUAL, operator(), EQUAL]) is None
    unread = [operator(given=["?"], unwritten="train.py:1")] * 2
    assert parted(unread, unread) is None, "what was read unwritten has left the same"


def test_what_stands_elsewhere_in_the_order_is_held_against_its_like() -> None:
    first, second = (operator(name) for name in ("aten.add.Tensor", "aten.mul.Tensor"))
    assert parted([first, second], [second, first]) == Parted(kind="flow", operator=first)
    other = operator("aten.mul.Tensor", left=["4"])
    found = parted([first, second], [other, first])
    assert found == Parted(kind="operator", operator=second)
    shifted = operator("aten.mul.Tensor", given=["4"])
    found = parted([first, second], [shifted, first])
    assert found == Parted(kind="elsewhere", operator=second)


@pytest.mark.parametrize("turned", [False, True])
def test_what_only_one_carries_out_is_another_way(turned: bool) -> None:
    more = operator("aten.add.Tensor", text="x + 1", place="train.py:9 in f")
    sides: list[Sequence[Operator]] = [[EQUAL, EQUAL], [EQUAL, more, EQUAL]]
    found = parted(*(reversed(sides) if turned else sides))
    assert found is not None and found.kind == "flow"
    assert found.operator == more
    ended = parted([EQUAL], [EQUAL, more])
    assert ended == Parted(kind="flow", operator=more)


def test_a_report_by_the_clock_is_not_blamed_for_an_operator_that_leaves_other_bits() -> None:
    report = operator("aten.item.default", place="train.py:9 in f", left=["9"])
    noisy, later = operator(left=["4"]), operator("aten.sum.default", given=["4"], left=["5"])
    sides = [[EQUAL, report, operator(), EQUAL], [EQUAL, noisy, later]]
    for left, right in (sides, sides[::-1]):
        found = parted(left, right)
        assert found is not None
        assert (found.kind, found.operator.operator) == ("operator", "aten.mm.default")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({}, {"given": ["5"], "left": ["4"]}),
        ({}, {"asked": ["5"]}),
        ({"draws": True}, {"draws": True, "left": ["4"]}),
        ({"given": ["?"]}, {"given": ["?"], "left": ["4"]}),
    ],
)
def test_control_what_may_follow_from_another_way_is_not_named(
    left: dict[str, Any], right: dict[str, Any]
) -> None:
    more = operator("aten.add_.Tensor", place="train.py:9 in f")
    found = parted([EQUAL, operator(**left)], [EQUAL, more, operator(**right)])
    assert found == Parted(kind="flow", operator=more)


@pytest.mark.parametrize("hidden", [{"given": ["?"]}, {"asked": ["ScriptObject", "1"]}])
def test_nobody_can_say_what_an_operator_was_given_that_could_not_be_read(
    hidden: dict[str, Any],
) -> None:
    unread = [operator(**hidden, left=[one]) for one in "34"]
    later = [operator("aten.sum.default", given=[one], left=[one]) for one in "34"]
    assert parted([unread[0], later[0]], [unread[1], later[1]]) is None
    known = [operator(left=[one]) for one in "34"]
    assert parted([known[0], later[0]], [known[1], later[1]]) is not None, "control"


def test_what_parts_before_the_ways_do_is_named() -> None:
    found = parted([operator(), EQUAL], [operator(left=["4"]), operator("aten.add.Tensor")])
    assert found is not None and found.kind == "operator"


def test_of_operators_of_one_line_each_is_held_against_its_own_number() -> None:
    left = [operator(left=[str(n)]) for n in range(4)]
    right = [operator(left=[str(n)]) for n in (0, 1, 2, 9)]
    found = parted(left, right)
    assert found is not None and found.operator is left[3]


def test_it_is_said_with_line_module_and_what_was_asked() -> None:
    one = operator(module="net.0", asked=["1", "0.5"])
    found = parted([one], [operator(module="net.0", asked=["1", "0.25"])])
    assert str(found) == (
        "aten.mm.default in a @ b (train.py:3 in aten.mm.default), module net.0 "
        "is asked otherwise: 0.5 against 0.25"
    )
    backward = Parted(kind="operator", operator=operator(backward=True, place="train.py:3 in f"))
    assert str(backward) == (
        f"aten.mm.default in the backward pass of a @ b (train.py:3 in f) {LEFT['operator']}"
    )
    nowhere = Parted(kind="unwritten", operator=operator(place=None, unwritten="train.py:1 in f"))
    assert str(nowhere) == (
        "aten.mm.default in a line that is not known reads memory as it was found, which nothing "
        "has written: fill it where it is had (train.py:1 in f)"
    )


def test_an_argument_that_only_one_has_is_shown() -> None:
    found = parted([operator(asked=["1"])], [operator(asked=["1", "2"])])
    assert found is not None and found.sides == ["nothing", "2"]


def test_what_was_written_is_read_and_a_fault_is_none() -> None:
    lines = [one.model_dump_json() for one in (EQUAL, operator())]
    assert read(lines) == [EQUAL, operator()]
    assert read([*lines, '{"fault": "KeyError: 1"}']) is None
    assert read([*lines, lines[0][:20]]) is None, "cut off"
