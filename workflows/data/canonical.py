"""The seven files as Reprise writes them: the same bytes whatever source the data came from.

They are pickles in the layout that torchvision's CIFAR10 reads, put together opcode by opcode
rather than by `pickle.dump`, whose bytes depend on the versions of Python and numpy. The array is
built by calling `numpy.ndarray(shape, "u1", bytearray)`: public names only, so numpy 1 and 2 load
it alike (numpy's own pickles name `numpy.core` or `numpy._core`, as the version has it), the array
is writable, and no `encoding` argument is needed, though the usual "latin1" does no harm.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from workflows.common.errors import UserError
from workflows.common.sums import sha256
from workflows.data.convert import Batch
from workflows.data.digests import BASE, LABEL_NAMES, META, TEST, Identity


def _text(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def _batch(batch: Batch) -> Iterator[bytes]:
    rows, columns = batch.pixels.shape
    yield b"\x80\x03}(" + _text("data") + b"cnumpy\nndarray\n"
    yield struct.pack("<cici", b"J", rows, b"J", columns) + b"\x86" + _text("u1")
    yield b"cbuiltins\nbytearray\nB" + struct.pack("<I", batch.pixels.nbytes)
    yield batch.pixels.tobytes()
    yield b"\x85R\x87R"
    yield _text("labels") + b"](" + b"".join(b"K%c" % label for label in batch.labels) + b"eu."


def size(name: str) -> int:
    """Return how many bytes one of CIFAR-10's seven files has, as Reprise writes it."""
    if name == META:
        return len(_meta())
    rows = 10_000
    blank = Batch(name, np.zeros((rows, 3 * 32 * 32), np.uint8), np.zeros(rows, np.uint8))
    return sum(map(len, _batch(blank)))


def _meta() -> bytes:
    return b"\x80\x03}(" + _text("label_names") + b"](" + b"".join(map(_text, LABEL_NAMES)) + b"eu."


def write(batches: Iterable[Batch], folder: Path, identity: Identity) -> None:
    """Write the seven files under `folder`, and check their contents against `identity`.

    `folder` may hold them unchecked while this runs and when it raises: give a temporary one.
    Raises `UserError` that names the part whose digest is wrong.
    """
    base = folder / BASE
    base.mkdir(parents=True)
    digests = {part: hashlib.sha256() for part in identity.content}
    for batch in batches:
        split = "test" if batch.name in TEST else "train"
        digests[f"{split}_pixels"].update(batch.pixels.data)
        digests[f"{split}_labels"].update(batch.labels.data)
        with (base / batch.name).open("wb") as file:
            file.writelines(_batch(batch))
    (base / META).write_bytes(_meta())
    for part, expected in identity.content.items():
        if (actual := digests[part].hexdigest()) != expected:
            words = part.replace("_", " ")
            raise UserError(f"its {words} have sha256 {actual}, expected {expected}; not accepted")
    if fault := first_fault(folder, identity):
        raise UserError(f"{fault} (the data are right, the written file is not: is the disk?)")
    for path in (folder, base, *base.iterdir()):  # readable for a container's ordinary user
        path.chmod(0o755 if path.is_dir() else 0o644)


def first_fault(folder: Path, identity: Identity) -> str | None:
    """Say what is wrong with the seven files under `folder`; None if every digest holds."""
    for name, expected in identity.files.items():
        path = folder / BASE / name
        if not path.is_file():
            return f"{path}: missing"
        if (actual := sha256(path)) != expected:
            return f"{path}: sha256 {actual}, expected {expected}"
    return None


def manifest(folder: Path, identity: Identity) -> dict[str, Any]:
    """Return what identifies the verified data under `folder`: no source, no time, no path."""
    return {
        "schema_version": 1,
        "dataset": identity.name,
        "content": dict(identity.content),
        "files": {
            f"{BASE}/{name}": {"sha256": digest, "size": (folder / BASE / name).stat().st_size}
            for name, digest in identity.files.items()
        },
    }
