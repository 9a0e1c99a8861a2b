"""A verification as one page to attach, and as Markdown: the conclusion first, then the cells."""

from __future__ import annotations

from typing import NamedTuple

from workflows.common.text_table import Table, drawn
from workflows.matrix.tables import place
from workflows.publication.check.limits import printable
from workflows.publication.verify.model import WORDS, Checked, Standing, Verification
from workflows.report.conclusion import title
from workflows.report.html import environment

GROUPS: dict[Standing, tuple[str, str]] = {
    "failed": ("Claimed of such a machine, and not reproduced", "differs"),
    "held": ("Claimed of such a machine, and reproduced bit for bit", "identical"),
    "foretold": ("Differ, as the publication itself foretells", "open"),
    "beyond": ("Reproduced bit for bit, though not claimed of such a machine", "identical"),
    "unclaimed": ("Differ, and nothing is claimed of other hardware", "open"),
    "untested": ("Claimed, but could not be run here", "not-run"),
    "apart": ("Nothing to test here", "not-run"),
}
"""What stands over the cells of one standing, and their class on the page; in this order."""
HEADS = ["cell", "answer", "first difference", "what becomes of it"]


class Group(NamedTuple):
    """Cells of one standing: what stands over them, their class, their rows under `HEADS`."""

    heading: str
    shade: str
    rows: list[list[str]]


def groups(cells: list[Checked]) -> list[Group]:
    """Return the cells by what their answers mean, those that matter most first."""
    found = []
    for standing, (heading, shade) in GROUPS.items():
        rows = [row(each) for each in cells if each.standing == standing]
        if rows:
            found.append(Group(f"{heading}: {len(rows)}", shade, rows))
    return found


def row(found: Checked) -> list[str]:
    """Return what stands of one cell under `HEADS`."""
    seen = str(found.first_difference or found.reason or "")
    if found.foretold:
        told = found.foretold
        size = f", {told.size}" if told.size else ""
        through = f", as under {told.through}" if told.through else ""
        seen += f"; foretold: {told.place or 'no place'}{size}{through}"
    later = [*found.after.losses, found.after.prints] if found.after else []
    if found.answer in ("reproduced", "renamed"):
        later = [f"{found.steps} steps compared" + f", {found.runs} runs" * (found.runs > 1)]
    capped = f", capped to {found.capped}" if found.capped else ""
    return [called(found.cell) + capped, WORDS[found.answer], seen, "; ".join(later)]


def called(folder: str) -> str:
    """Return what a cell is called, by the name of its folder."""
    environment, device, benchmark, configuration, variation = folder.split("/")
    varied = "" if variation == "baseline" else f", {variation}"
    return f"{title(benchmark)}, {configuration}{varied}, {place(environment, device)}"


def tiles(cells: list[Checked]) -> list[tuple[str, str]]:
    """Return the few numbers that say most, each with its words."""
    ran = [each for each in cells if each.answer not in ("not-claimed", "cannot-run")]
    equal = sum(each.answer in ("reproduced", "renamed") for each in ran)
    counts = {name: sum(each.standing == name for each in cells) for name in GROUPS}
    claimed = counts["held"] + counts["failed"] + counts["untested"]
    stuck = sum(each.answer == "cannot-run" for each in cells)
    return [
        (f"{counts['held']} of {claimed}", "claimed of such a machine, and held"),
        (f"{equal} of {len(ran)}", "came back bit for bit"),
        (str(counts["foretold"]), "differ, as foretold"),
        (str(stuck), "could not run here"),
    ]


def facts(found: Verification) -> list[tuple[str, str]]:
    """Return what holds for all cells alike, each once: machines, code, environments, checks."""
    here, published = found.here, found.publication.revision
    there = published.commit or "unknown"
    own = (here.revision.commit or "unknown") + " (edited)" * here.revision.edited
    same = published.commit == here.revision.commit
    checkout = f"; for its own code: git checkout {there[:12]}" if published.commit else ""
    return [
        ("publication", found.name + (f", SHA-256 {found.digest}" if found.digest else "")),
        ("signature", found.signed),
        ("published on", here.published_on),
        ("run again on", here.machine),
        ("code published", there + ("" if same else checkout)),
        ("code here", "the same" if same and not here.revision.edited else own),
        ("engine", here.engine),
        *(("environment", each) for each in here.environments),
        *(("asked for less", each) for each in here.limits),
        ("started", here.started),
        ("exit code", str(found.exit_code)),
    ]


def notes(found: Verification) -> list[str]:
    """Return what else is not equal, each once, with the number of cells that it holds for."""
    counts: dict[str, int] = {}
    for each in found.cells:
        for note in each.notes:
            if not note.startswith("other hardware"):
                counts[note] = counts.get(note, 0) + 1
    return [f"{note} ({count} cell{'s' * (count > 1)})" for note, count in counts.items()]


def html(found: Verification) -> str:
    """Return the page; nothing in it is fetched, and all text from data is escaped."""
    return environment().get_template("verification.html.j2").render(
        found=found, verdict=found.conclusion[0], rest=" ".join(found.conclusion[1:]),
        tiles=tiles(found.cells), facts=facts(found), groups=groups(found.cells),
        heads=HEADS, notes=notes(found), checks=found.checked,
    )  # fmt: skip


def markdown(found: Verification) -> str:
    """Return the same as Markdown."""
    lines = [f"# {found.conclusion[0]}", " ".join(found.conclusion[1:])]
    lines.append("\n".join(f"- {name}: {value}" for name, value in facts(found)))
    for group in groups(found.cells):
        table: Table = (HEADS, [[tame(each) for each in row] for row in group.rows])
        lines.append(drawn(f"## {group.heading}", table, "github"))
    for heading, said in (
        ("What else is not equal", notes(found)), ("What was checked first", found.checked),
    ):  # fmt: skip
        if said:
            listed = "\n".join(f"- {line}" for line in said)
            lines.append(f"## {heading}\n\n{listed}")
    return printable("\n\n".join(lines)) + "\n"


def tame(text: str) -> str:
    """Return text that stays within its place in a table of Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")
