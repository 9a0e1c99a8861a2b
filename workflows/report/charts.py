"""The charts, as Vega-Lite by Altair: curves for the page, and pictures that need no browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from workflows.matrix.cells import Cell
from workflows.matrix.tables import MARKS, columns, letters_of
from workflows.report.curves import curves

WIDTH, HEIGHT = 640, 240
COLOURS = {
    "identical": "#cfe8d5",
    "prints-alike": "#fdf0c4",
    "differs": "#f9d3cd",
    "refused": "#e3d7f0",
    "failed": "#f3b8ae",
    "not-run": "#eeeeee",
}


@dataclass(frozen=True)
class Look:
    """The colours of a picture: of its ground, its words, the words on tiles, and the tiles."""

    ground: str = "white"
    words: str = "#000"
    ink: str = "#111"
    tiles: tuple[str, ...] = tuple(COLOURS.values())


PAPER = Look()


def _lines(value: alt.Y, data: Any, key: str) -> Any:
    dash = alt.StrokeDash("curve:N", title=key)
    colour = alt.Color("curve:N", title=key, legend=alt.Legend(orient="bottom"))
    return (
        alt.Chart(data)
        .mark_line(strokeWidth=1.5)
        .encode(
            x=alt.X("step:Q", title="step"),
            y=value,
            color=colour,
            strokeDash=dash,
            tooltip=["curve:N", "step:Q", alt.Tooltip(f"{value.shorthand[:-2]}:Q", format=".6g")],
        )
        .properties(width="container", height=HEIGHT)
    )


def templates() -> dict[str, Any]:
    """Return the two charts of a cell without data: rows of `curve`, `step`, `loss`/`difference`.

    A difference of zero has no place on a log scale; the page leaves such rows out and says so.
    """
    loss = alt.Y("loss:Q", title="loss, mean of a block", scale=alt.Scale(zero=False))
    log = alt.Scale(type="log")
    apart = alt.Y("difference:Q", title="largest |difference| from repeat 0", scale=log)
    named = alt.NamedData("rows")
    return {
        "loss": _lines(loss, named, "repeat (letter)").to_dict(),
        "difference": _lines(apart, named, "repeat (letter)").to_dict(),
    }


def picture(cells: list[Cell], look: Look = PAPER) -> str:
    """Return the matrix of the baselines as an SVG: a tile for each cell, with word and letters."""
    shown = [cell for cell in cells if cell.variation == "baseline"]
    values = [
        {
            "benchmark": cell.benchmark,
            "configuration": cell.configuration,
            "place": f"{cell.environment} on {cell.device}",
            "verdict": cell.verdict,
            "text": f"{MARKS[cell.verdict]} {cell.verdict}",
            "letters": letters_of(cell),
        }
        for cell in shown
    ]
    rows = list(dict.fromkeys(cell.configuration for cell in shown))
    places = [f"{environment} on {device}" for environment, device in columns(shown)]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("place:N", title=None, sort=places, axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("configuration:N", title=None, sort=rows),
    )
    scale = alt.Scale(domain=[*COLOURS], range=[*look.tiles])
    tiles = base.mark_rect(stroke=look.ground, strokeWidth=3).encode(
        color=alt.Color("verdict:N", scale=scale, legend=None)
    )
    words = base.mark_text(dy=-7, fontSize=12, color=look.ink).encode(text="text:N")
    letters = base.mark_text(dy=9, fontSize=12, fontWeight="bold", color=look.ink).encode(
        text="letters:N"
    )
    benchmarks = list(dict.fromkeys(cell.benchmark for cell in shown))
    chart = (
        alt.layer(tiles, words, letters)
        .properties(width=170 * len(places), height=40 * len(rows))
        .facet(row=alt.Row("benchmark:N", title=None, sort=benchmarks))
        .resolve_scale(y="independent")
        .configure_axis(labelColor=look.words)
        .configure_header(labelColor=look.words)
    )
    return svg(chart.to_dict(), look.ground)


def losses(runs_by_letter: dict[str, Any], title: str) -> str:
    """Return the loss curves of a benchmark's distinct outcomes as an SVG.

    `runs_by_letter`: a run of each letter, with what its curve is called.
    """
    rows = []
    for letter, (label, run) in runs_by_letter.items():
        found = curves([run], [letter])
        if found:
            for step, loss in zip(found["steps"], found["loss"][letter], strict=True):
                rows.append({"curve": f"{letter}: {label}", "step": step, "loss": loss})
    loss = alt.Y("loss:Q", title="loss, mean of a block", scale=alt.Scale(zero=False))
    chart = _lines(loss, alt.InlineData(values=rows), "outcome").properties(
        width=WIDTH, title=title
    )
    return svg(chart.to_dict())


def svg(specification: dict[str, Any], ground: str = PAPER.ground) -> str:
    """Return a Vega-Lite specification as an SVG; the same text each time."""
    # Altair adds a name of its own to what it embeds, counted over the process.
    picture: str = vl_convert.vegalite_to_svg({**specification, "background": ground})
    return picture
