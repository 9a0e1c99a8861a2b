"""The page's templates: everything that comes from data is escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from workflows.matrix.tables import MARKS, kept_text, letters_of, place
from workflows.report.cell import identifier

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    """Return the templates' environment: everything from data is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":")}
    made.globals["marks"] = MARKS
    made.globals["place"] = place
    made.filters["letters"] = letters_of
    made.filters["kept_text"] = kept_text
    made.filters["identifier"] = identifier
    return made
