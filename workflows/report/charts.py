"""The charts, as Vega-Lite by Altair: curves for the page, and pictures that need no browser."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.matrix.tables import MARKS, columns, idle, letters_of, place
from workflows.report.curves import SEED, curves

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
NIGHT = Look(
    ground="#0d1117",  # GitHub's
    words="#c9d1d9",
    ink="#f0f6fc",
    tiles=("#1f5132", "#5c4a10", "#7a2b22", "#4a3566", "#8a1f14", "#2d333b"),
)
TITLE = "Which combinations reproduce, bit for bit?"
KEY = ("A tile: a verdict, and a letter for each outcome;", "equal letters are equal in every bit.")
CURVES = ("#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#17becf")
UNSEEDED = "#8a9099"


def _lines(value: alt.Y, data: Any, key: str, colours: alt.Scale | None = None) -> Any:
    colour = alt.Color("curve:N", title=key, legend=alt.Legend(orient="bottom"))
    return (
        alt.Chart(data)
        .mark_line(strokeWidth=1.5)
        .encode(
            x=alt.X("step:Q", title="step"),
            y=value,
            color=colour.scale(colours) if colours else colour,
            strokeDash=alt.StrokeDash("curve:N", title=key),
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


def picture(matrix: Matrix, look: Look | None = None) -> str:
    """Return the baselines as an SVG: title, machine, date; a tile a cell, with word and letters.

    A place where nothing could run has no column. Without a look it follows the reader's scheme.
    """
    shown = ran([cell for cell in matrix.cells if cell.variation == "baseline"])
    found = _tiles(shown, look or PAPER, below_title(matrix))
    drawn = svg(found, (look or PAPER).ground)
    return drawn if look else both(drawn)


def ran(cells: list[Cell]) -> list[Cell]:
    """Return the cells of those columns in which anything ran; all where nothing did."""
    lacking = idle(cells)
    return [cell for cell in cells if (cell.environment, cell.device) not in lacking]


def below_title(matrix: Matrix) -> list[str]:
    """Return the machine, when its first run started, and what the letters mean."""
    lines = []
    if held := matrix.machine:
        lines.append(f"{printable(held.processor.model)} ({printable(held.capability)})")
        lines += [printable(held.gpu.name)] if held.gpu else []
    lines += [f"runs of {printable(matrix.started[:10])}"] if matrix.started else []
    return [*lines, *KEY]


def printable(text: str) -> str:
    """Return a machine's words short, without what no picture can hold: drawing it would abort."""
    return textwrap.shorten("".join(c if c.isprintable() else " " for c in text), 60)


def both(drawn: str) -> str:
    """Return a light picture that is dark where the reader prefers it."""
    light = (PAPER.ground, PAPER.words, PAPER.ink, *PAPER.tiles)
    dark = (NIGHT.ground, NIGHT.words, NIGHT.ink, *NIGHT.tiles)
    rules = "".join(
        f'[{part}="{a}"]{{{part}:{b}}}'
        for a, b in zip(light, dark, strict=True)
        for part in ("fill", "stroke")
    )
    head, end, rest = drawn.partition(">")
    return f"{head}{end}<style>@media (prefers-color-scheme: dark){{{rules}}}</style>{rest}"


def _tiles(shown: list[Cell], look: Look, below: list[str]) -> dict[str, Any]:
    values = [
        {
            "benchmark": cell.benchmark,
            "configuration": cell.configuration,
            "place": place(cell.environment, cell.device),
            "verdict": cell.verdict,
            "text": f"{MARKS[cell.verdict]} {cell.verdict}",
            "letters": letters_of(cell),
        }
        for cell in shown
    ]
    rows = list(dict.fromkeys(cell.configuration for cell in shown))
    places = [place(*found) for found in columns(shown)]
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
    title = alt.Title(
        TITLE, subtitle=below, anchor="start", offset=12, color=look.words, subtitleColor=look.words
    )
    chart = (
        alt.layer(tiles, words, letters)
        .properties(width=170 * len(places), height=40 * len(rows))
        .facet(row=alt.Row("benchmark:N", title=None, sort=benchmarks))
        .resolve_scale(y="independent")
        .properties(title=title)
        .configure_axis(labelColor=look.words)
        .configure_header(labelColor=look.words)
    )
    made: dict[str, Any] = chart.to_dict()
    return made


def losses(runs_by_letter: dict[str, Any], title: str) -> str:
    """Return the loss curves of a benchmark's distinct outcomes as an SVG.

    `runs_by_letter`: a run of each letter, with what its curve is called.
    """
    rows, colours = [], dict[str, str]()
    for letter, (label, run) in runs_by_letter.items():
        found = curves([run], [letter])
        if found:
            name = f"{letter}: {label}"
            seeded = SEED in run.record.run.settings
            colours[name] = CURVES[len(colours) % len(CURVES)] if seeded else UNSEEDED
            for step, loss in zip(found["steps"], found["loss"][letter], strict=True):
                rows.append({"curve": name, "step": step, "loss": loss})
    scale = alt.Scale(domain=[*colours], range=[*colours.values()])
    loss = alt.Y("loss:Q", title="loss, mean of a block", scale=alt.Scale(zero=False))
    chart = _lines(loss, alt.InlineData(values=rows), "outcome", scale).properties(
        width=WIDTH, title=title
    )
    return svg(chart.to_dict())


def svg(specification: dict[str, Any], ground: str = PAPER.ground) -> str:
    """Return a Vega-Lite specification as an SVG; the same text each time."""
    # Altair adds a name of its own to what it embeds, counted over the process.
    picture: str = vl_convert.vegalite_to_svg({**specification, "background": ground})
    return picture
