"""A cure as its reader pastes it: every setting has lines of Python, or variables."""

from __future__ import annotations

import ast

import pytest

from workflows.check.extras import ADDRESSES, SHUFFLED, catalogue
from workflows.check.paste import LINES, python, variables

CATALOGUE = catalogue()


@pytest.mark.parametrize("name", [name for name in CATALOGUE.settings if name != SHUFFLED])
def test_every_setting_can_be_pasted(name: str) -> None:
    lines = python([name], 7)
    ast.parse("\n".join(lines))
    assert lines or variables([name], 7, CATALOGUE)
    assert "{seed}" not in "".join(lines)


def test_imports_come_first_and_once() -> None:
    lines = python(["torch-seed", "python-seed", "deterministic-algorithms"], 7)
    assert lines[:2] == ["import torch", "import random"] and lines.count("import torch") == 1
    assert variables(["hash-seed"], 7, CATALOGUE) == ["PYTHONHASHSEED=7"]


def test_control_no_line_is_of_a_setting_that_is_unknown() -> None:
    assert not LINES.keys() - CATALOGUE.settings.keys()


def test_a_seed_for_generators_is_not_to_make_each_draw_the_same() -> None:
    assert "default_rng([7, number])" in python(["entropy-seeded"], 7)[-1]
    assert "manual_seed(7 + number)" in python(["one-worker"], 7)[-1]


def test_the_variable_of_fixed_addresses_is_not_given_out_as_its_cure() -> None:
    assert variables([ADDRESSES], 7, CATALOGUE) == []
    assert "PYTHONHASHSEED=7 setarch" in python([ADDRESSES], 7)[-1]
