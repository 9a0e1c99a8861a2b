"""Distances of tensors: planted ones are measured exactly; equal bits are at none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from workflows.compare.close_look import Distance
from workflows.compare.distance import distance, farthest, together

FLOATS = ["float16", "float32", "float64"]


def bits(dtype: str, *values: int) -> np.ndarray:
    return np.array(values, dtype=f"u{np.dtype(dtype).itemsize}").view(dtype)


def bfloat16(*values: float) -> np.ndarray:
    """Return values that bfloat16 holds exactly, as torch keeps them."""
    return (np.array(values, np.float32).view(np.uint32) >> 16).astype(np.uint16)


@pytest.mark.parametrize("dtype", FLOATS)
def test_equal_bits_are_at_no_distance(dtype: str) -> None:
    values = np.array([[1.5, -2, 0, -0.0], [math.inf, -math.inf, math.nan, 1e-7]], dtype)
    expected = Distance(elements=8, differing=0, ulp=0, relative=0.0, absolute=0.0)
    assert distance(values, values.copy()) == expected


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("value", [1.0, -1.0, 2.0, -0.1, 0.0, 1000.0])
def test_one_element_one_step_away_is_one_ulp(dtype: str, value: float) -> None:
    a = np.full((3, 4), value, dtype)
    for direction in (-np.inf, np.inf):
        b = a.copy()
        b[1, 2] = np.nextafter(b[1, 2], np.array(direction, dtype))
        found = distance(a, b)
        # The neighbours of 0.0 are the two smallest subnormals; -0.0 lies before one of them.
        steps = 2 if value == 0 and direction < 0 else 1
        assert (found.elements, found.differing, found.ulp) == (12, 1, steps)
        step = abs(float(a[1, 2]) - float(b[1, 2]))
        assert found.absolute == step
        assert found.relative == step / max(abs(float(a[1, 2])), abs(float(b[1, 2])))


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_sign_of_zero_is_one_ulp(dtype: str) -> None:
    found = distance(np.array([0.0], dtype), np.array([-0.0], dtype))
    assert found == Distance(elements=1, differing=1, ulp=1, relative=0.0, absolute=0.0)


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_ulp_is_exact_from_end_to_end(dtype: str) -> None:
    width = 8 * np.dtype(dtype).itemsize
    low, high = np.array([-math.inf], dtype), np.array([math.inf], dtype)
    infinity = int(high.view(f"u{width // 8}")[0])
    found = distance(low, high)
    assert (found.ulp, found.not_finite) == (2 * infinity + 1, 1)
    assert (found.relative, found.absolute) == (None, None)
    top = np.finfo(dtype).max
    assert distance(np.array([top]), high).ulp == 1
    ends = distance(np.array([-top]), np.array([top]))
    assert ends.ulp == 2 * (infinity - 1) + 1
    assert ends.relative == 2.0 and ends.absolute is not None and math.isfinite(ends.absolute)


def test_an_ulp_of_float64_beyond_2_to_the_53_is_not_rounded() -> None:
    a, b = bits("float64", 1), bits("float64", 2**62 + 3)
    assert distance(a, b).ulp == 2**62 + 2


def test_nan_counts_by_its_payload_and_has_no_distance() -> None:
    quiet, other = 0x7FC0_0000, 0x7FC0_0001
    a, b = bits("float32", quiet, quiet), bits("float32", quiet, other)
    assert distance(a, b) == Distance(elements=2, differing=1, not_finite=1)
    against = distance(np.array([np.nan, 1, 3], np.float32), np.array([1, 1, 4], np.float32))
    assert (against.differing, against.not_finite, against.absolute) == (2, 1, 1.0)
    assert against.ulp == 2**22 and against.relative == 0.25


def test_bfloat16_has_its_own_steps() -> None:
    a = bfloat16(1.0, -3.0, 100.0)
    b = a + np.array([0, 1, 0], np.uint16)  # of -3.0 the next away from zero
    found = distance(a, b, "bfloat16")
    assert (found.differing, found.ulp, found.absolute) == (1, 1, 2**-6)
    assert found.relative == 2**-6 / (3 + 2**-6)
    assert distance(bfloat16(1.0), bfloat16(-1.0), "bfloat16").ulp == 2 * 0x3F80 + 1
    nan = distance(bfloat16(1.0), np.array([0x7FC1], np.uint16), "bfloat16")
    assert (nan.ulp, nan.not_finite) == (None, 1)
    # Control: the same bits as float16 are other numbers.
    assert distance(a.view(np.float16), b.view(np.float16)).absolute != found.absolute


@pytest.mark.parametrize(
    ("dtype", "a", "b", "absolute"),
    [
        ("int64", [-(2**63), 5], [2**63 - 1, 5], float(2**64 - 1)),
        ("int32", [-7, 5], [1, 5], 8.0),
        ("uint8", [255, 5], [0, 5], 255.0),
        ("bool", [True, False], [False, False], 1.0),
        ("int8", [1, 5], [1, 5], 0.0),
    ],
)
def test_integers(dtype: str, a: list[Any], b: list[Any], absolute: float) -> None:
    found = distance(np.array(a, dtype), np.array(b, dtype))
    assert found == Distance(elements=2, differing=int(absolute > 0), absolute=absolute)


def test_of_a_type_unknown_here_only_the_differing_elements_are_counted() -> None:
    a, b = np.array([1, 2], np.uint8), np.array([1, 3], np.uint8)
    assert distance(a, b, "float8_e4m3fn") == Distance(elements=2, differing=1)


def test_a_complex_number_counts_as_its_parts() -> None:
    a = np.array([1 + 2j], np.complex64)
    found = distance(a, np.conj(a))
    assert (found.elements, found.differing, found.absolute) == (2, 1, 4.0)


@pytest.mark.parametrize("other", [np.zeros((2, 1), "f4"), np.zeros(2, "f8"), np.zeros(2, "u4")])
def test_other_shapes_and_types_are_refused(other: np.ndarray) -> None:
    with pytest.raises(ValueError, match="against"):
        distance(np.zeros(2, "f4"), other)


def test_scalars_and_nothing() -> None:
    assert distance(np.array(1.0, "f4"), np.array(2.0, "f4")).ulp == 2**23
    assert distance(np.zeros((0, 3), "f4"), np.zeros((0, 3), "f4")).share == 0.0


def test_not_contiguous_tensors() -> None:
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    b = a.copy()
    b[1, 0] += 1
    assert distance(a.T, b.T).differing == 1
    assert distance(a.T, b.T).absolute == 1.0


def test_together_adds_counts_and_takes_the_largest() -> None:
    a = Distance(elements=3, differing=1, ulp=7, relative=0.5, absolute=0.1)
    b = Distance(elements=5, differing=3, ulp=2, relative=None, absolute=4.0, not_finite=1)
    expected = Distance(elements=8, differing=4, ulp=7, relative=0.5, absolute=4.0, not_finite=1)
    assert together([a, b]) == expected
    assert together([Distance(elements=1, differing=0)]).ulp is None


def test_json_has_finite_numbers_only() -> None:
    a = np.array([np.inf, np.nan, -1e308, 1e-320])
    text = distance(a, np.array([-np.inf, 1.0, 1e308, -1e-320])).model_dump_json()
    assert "Infinity" not in text and "NaN" not in text and "null" not in text


def test_the_pair_that_is_farthest_apart() -> None:
    a = np.array([1.0, 2.0, 3.0, math.nan, 0.0], np.float32)
    b = np.array([1.0, 2.0 + 2**-20, 4.0, 1.0, math.inf], np.float32)
    assert farthest(a, b, "float32") == (3.0, 4.0)
    assert farthest(a[:2], b[:2], "float32") == (2.0, 2.0 + 2**-20)
    assert farthest(a[:1], b[:1], "float32") is None, "they are equal"
    assert farthest(a[3:], b[3:], "float32") is None, "no number on a side"
    assert farthest(np.array([1]), np.array([2]), "int64") is None
    bits = np.array([0x3F80], np.uint16), np.array([0x3F81], np.uint16)
    assert farthest(*bits, "bfloat16") == (1.0, 1.0078125)
