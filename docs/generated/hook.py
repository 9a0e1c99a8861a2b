"""A hook of MkDocs: the pages that are made from the code, each time that the site is built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs.generated import benchmarks, commands, schemas, settings
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue

PUBLISHED = ROOT / "results" / "published"
WRITTEN = {
    "how-to/own-benchmark.md": ROOT / "benchmarks" / "README.md",
    "reference/results.md": ROOT / "results" / "README.md",
}
"""Pages that stand beside what they tell of."""


def pages() -> dict[str, str]:
    """Return every page made from the code, as Markdown by its place in the site."""
    catalogue = Catalogue.read()
    return {
        "reference/settings.md": settings.settings(catalogue),
        "reference/configurations.md": settings.configurations(catalogue),
        "reference/benchmarks.md": benchmarks.page(catalogue),
        "reference/experiment.md": schemas.experiment(),
        "reference/commands.md": commands.page(),
        **{f"reference/files/{name}.md": text for name, text in schemas.results().items()},
    }


def copies() -> Iterator[tuple[str, Path]]:
    """Yield the files that the site holds as they are, by their place in it."""
    yield from WRITTEN.items()
    yield from ((f"files/{name}", path) for name, path in schemas.files().items())
    for page in PUBLISHED.glob("*/*.html"):
        yield f"published/{page.relative_to(PUBLISHED)}", page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add all of them to the site's files."""
    for place, text in pages().items():
        files.append(File.generated(config, place, content=text))
    for place, path in copies():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    return files
