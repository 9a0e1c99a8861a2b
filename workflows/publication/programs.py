"""The programs of benchmarks that are commands: in a publication a zip each.

For whoever reads it, and wants to put it into `benchmarks/commands/` to run the cells again:
nothing of a publication is run by verifying it.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Benchmark, Catalogue
from workflows.experiment.identity import program_files
from workflows.experiment.model import Experiment
from workflows.publication.archive import pack

Sums = tuple[int, int]
"""Of a file: its size in bytes and its CRC-32, as a zip has them."""


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
    found = _there(folder, benchmark)
    return None if found is None else digest(sorted((name, *sums) for name, sums in found.items()))


def parted(folder: Path, name: str, here: Benchmark) -> str | None:
    """Return the first file in which a published command is not this checkout's of that name.

    None where they are equal, and where the publication has no such program. Raises `UserError`
    for what is no zip.
    """
    there = _there(folder, name)
    if there is None:
        return None
    base = Path(here.file).parent
    files = [here.file, *(program_files(here.file) if here.command else [])]
    ours = {Path(file).relative_to(base).as_posix(): _sums(ROOT / file) for file in files}
    return next((f for f in sorted({*there, *ours}) if there.get(f) != ours.get(f)), None)


def _sums(path: Path) -> Sums:
    content = path.read_bytes()
    return len(content), zlib.crc32(content)


def _there(folder: Path, benchmark: str) -> dict[str, Sums] | None:
    path = folder / place(benchmark)
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            return {each.filename: (each.file_size, each.CRC) for each in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserError(f"{place(benchmark)}: not a zip that can be read ({error})") from None
