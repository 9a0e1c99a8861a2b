"""The pictures: who and when, no empty column, dark where preferred, grey without a seed."""

from __future__ import annotations

from tests.support import finished, real
from workflows.report.charts import KEY, NIGHT, PAPER, UNSEEDED, both, losses, picture, ran


def test_the_matrix_says_what_it_is_of() -> None:
    matrix = finished.judged()
    drawn = picture(matrix)
    assert matrix.machine is not None and matrix.started is not None
    model = " ".join(matrix.machine.processor.model.split())
    for said in ("bit for bit?", model, matrix.started[:10], *KEY, "CPU build on CPU"):
        assert said in drawn
    assert drawn == picture(matrix)


def test_a_strangers_words_are_drawn_plain() -> None:
    matrix = finished.judged()
    assert matrix.machine is not None
    evil = "<b>\x1b[2J\x00 " + "long " * 99
    processor = matrix.machine.processor.model_copy(update={"model": evil})
    machine = matrix.machine.model_copy(update={"processor": processor})
    drawn = picture(matrix.model_copy(update={"machine": machine}))
    assert "&lt;b&gt; [2J long" in drawn and "\x1b" not in drawn and drawn.count("long") < 20


def test_one_picture_for_light_and_dark() -> None:
    drawn = picture(finished.judged())
    assert "prefers-color-scheme" in drawn and NIGHT.ground in drawn
    for colour in (PAPER.ground, PAPER.ink, PAPER.tiles[0], PAPER.tiles[2]):
        assert f'fill="{colour}"' in drawn, "the rules find what they turn dark"
    assert "prefers-color-scheme" not in picture(finished.judged(), NIGHT), "this one is dark"
    assert both("<svg a><b/></svg>").startswith("<svg a><style>@media")


def test_a_column_in_which_nothing_ran_is_left_out() -> None:
    cells = finished.judged().cells
    there = [c.model_copy(update={"device": "cuda", "verdict": "not-run"}) for c in cells]
    assert ran([*cells, *there]) == cells
    there[0] = there[0].model_copy(update={"verdict": "failed"})
    assert ran([*cells, *there]) == [*cells, *there]


def test_unseeded_curves_are_grey() -> None:
    seeded, unseeded = real.runs("seeded")[0], real.runs("unseeded")[0]
    assert UNSEEDED in losses({"B": ("unseeded", unseeded)}, "toy")
    assert UNSEEDED not in losses({"A": ("seeded", seeded)}, "toy")
