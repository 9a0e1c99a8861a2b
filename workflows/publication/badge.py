"""The badge: an SVG, and the JSON that shields' endpoint reads."""

from __future__ import annotations

from typing import Any

from jinja2 import Template

from workflows.matrix.model import Matrix

COLOURS = {"brightgreen": "#2f7d32", "red": "#b3261e", "orange": "#b35c00", "lightgrey": "#5f6368"}

SVG = Template(
    """<svg xmlns="http://www.w3.org/2000/svg" width="{{ left + right }}" height="20" role="img" \
aria-label="{{ label }}: {{ message }}">
<title>{{ label }}: {{ message }}</title>
<rect width="{{ left }}" height="20" fill="#555"/>
<rect x="{{ left }}" width="{{ right }}" height="20" fill="{{ colour }}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="6" y="14">{{ label }}</text>
<text x="{{ left + 6 }}" y="14">{{ message }}</text>
</g>
</svg>
""",
    autoescape=True,
)


def seeded(matrix: Matrix, settings: dict[str, list[str]]) -> list[Any]:
    """Return the baseline cells that ask for repeats: those that set PyTorch's seed, and ran."""
    return [
        cell
        for cell in matrix.cells
        if cell.variation == "baseline"
        and cell.verdict != "not-run"
        and "torch-seed" in settings[cell.configuration]
    ]


def endpoint(matrix: Matrix, settings: dict[str, list[str]]) -> dict[str, Any]:
    """Return what a badge says; `settings`: those of each configuration."""
    cells = seeded(matrix, settings)
    equal = sum(cell.verdict == "identical" for cell in cells)
    if matrix.validity == "invalid":
        message, colour = "invalid", "red"
    elif not cells:
        message, colour = "nothing ran", "lightgrey"
    else:
        message = f"{equal} of {len(cells)} seeded cells, bit for bit"
        worse = {cell.verdict for cell in cells} - {"identical"}
        colour = "brightgreen" if not worse else "orange" if worse == {"prints-alike"} else "red"
    return {"schemaVersion": 1, "label": "reproduces", "message": message, "color": colour}


def svg(said: dict[str, Any]) -> str:
    """Return the badge as an SVG."""
    widths = [round(6.6 * len(said[key])) + 12 for key in ("label", "message")]
    picture: str = SVG.render(
        label=said["label"], message=said["message"], colour=COLOURS[said["color"]],
        left=widths[0], right=widths[1],
    )  # fmt: skip
    return picture
