"""The programs of benchmarks that are commands: in a publication a zip each.

For whoever reads it, and wants to put it into `benchmarks/commands/` to run the cells again:
nothing of a publication is run by verifying it.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import program_files
from workflows.experiment.model import Experiment
from workflows.publication.archive import pack


def named(experiment: Experiment) -> list[str]:
    """Return the benchmarks of an experiment that may be commands."""
    return list(dict.fromkeys([*experiment.benchmarks, *experiment.ablation, *experiment.costs]))


def place(benchmark: str) -> str:
    """Return the name of its zip in a publication."""
    return f"commands/{benchmark}.zip"


def write(folder: Path, names: Iterable[str], catalogue: Catalogue) -> None:
    """Put the declaration and the files of each command among `names` into a publication."""
    for name in names:
        benchmark = catalogue.benchmarks[name]
        if benchmark.command is None:
            continue
        base = Path(benchmark.file).parent
        target = folder / place(name)
        target.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as made:
            for file in (benchmark.file, *program_files(benchmark.file)):
                copy = Path(made, Path(file).relative_to(base))
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / file, copy)
            pack(Path(made), target)


def contents(folder: Path, benchmark: str) -> str | None:
    """Return the SHA-256 over names, sizes and check sums of a published program's files.

    Another zlib packs them into other bytes, so the zip's own do not count; nothing is unpacked.
    None where the publication has none. Raises `UserError` for what is no zip.
    """
    path = folder / place(benchmark)
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            found = [(each.filename, each.file_size, each.CRC) for each in archive.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserError(f"{place(benchmark)}: not a zip that can be read ({error})") from None
    return digest(sorted(found))
