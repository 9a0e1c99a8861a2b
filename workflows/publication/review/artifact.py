"""`ARTIFACT.md`: claim by claim, the command, the minutes, the lines to expect, the tolerance."""

from __future__ import annotations

from workflows.common.text_table import Table, drawn
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.publication.manifest import Manifest
from workflows.publication.review.measured import minutes, seconds
from workflows.publication.traces import kept

FEW = 100
"""Steps of the first look."""
PAGE = """# What is claimed, and how to check it

{conclusion}

Everything is run in a clone of Reprise{at}, on Linux (x86-64), after `make setup` (one
minute). The first run of an environment builds it from its lock: 2 to 10 minutes and 0.3 to 3 GB
more, once.

## Kick the tyres, in under ten minutes

    reprise verify THIS.zip --only-check
    {first}

The first runs nothing: it makes the matrix and the pages again from the records, in a minute. The
second trains {steps} steps. It ends with `reproduced bit for bit`, or on another processor perhaps
with `differs`, `as foretold`; both are an answer, and the paragraph above them says which of the
two was claimed.

{table}

**Tolerance.** None: `reproduced bit for bit` means equal in every traced bit. On hardware like the
published one ({hardware})
all of these are claimed; on another processor only what the variations over processors in
`matrix.md` keep. `reprise verify` then says which were foretold to differ, and to how many digits
the printed lines still agree. Its exit code is 0 where everything claimed held.
"""


def page(matrix: Matrix, manifest: Manifest, conclusion: str) -> str:
    """Return the page."""
    cells = [c for c in matrix.cells if (c.variation, c.verdict) == ("baseline", "identical")]
    commit = manifest.revision.commit
    light = [cell for cell in cells if cell.environment == cells[0].environment]
    quickest = min(light, key=seconds, default=None)
    first = command(quickest, f" --steps {FEW}") if quickest else "reprise verify THIS.zip"
    heads = ["claim", "command", "minutes", "expected line", "tolerance"]
    table: Table = (heads, [row(cell, manifest) for cell in cells])
    hardware = "; ".join(dict.fromkeys(name for cell in cells for name in cell.machines))
    return PAGE.format(
        conclusion=conclusion, at=f" at revision {commit}" if commit else "", first=first,
        steps=FEW, table=drawn("## Claims", table, "github"), hardware=hardware or "none ran",
    )  # fmt: skip


def row(cell: Cell, manifest: Manifest) -> list[str]:
    """Return one claim: that a cell's runs are equal bit for bit."""
    steps = len(kept(cell.steps)) if manifest.traces == "brief" else cell.steps
    claim = (
        f"{cell.benchmark} under {cell.configuration} repeats: {cell.repeats} of {cell.repeats} "
        f"runs equal, {cell.steps} steps, {cell.environment} on {cell.device}"
    )
    expected = f"{cell.folder}: reproduced bit for bit ({steps} steps compared)"
    return [claim, f"`{command(cell)}`", minutes(cell), f"`{expected}`", "0 bits"]


def command(cell: Cell, more: str = "") -> str:
    """Return the command that runs a published cell again."""
    return f"reprise verify THIS.zip --cells '{cell.folder}'{more}"
