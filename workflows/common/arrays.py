"""Arrays from an .npz file that may be damaged, or a stranger's: the one way they are read.

What its heads say of sizes is held against its bytes before anything is made of them; nothing is
unpacked, unpickled or executed.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable

import numpy as np


class Arrays:
    """The arrays of one file by their names, each read when it is asked for."""

    def __init__(self, content: bytes) -> None:
        """Look at what `content` says it holds; raise `ValueError` where that is no such file."""
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except Exception as error:  # zipfile meets damage with errors of many kinds
            raise ValueError(_line(error)) from None
        entries = self._archive.infolist()
        names = [entry.filename.removesuffix(".npy") for entry in entries]
        if len(set(names)) < len(names):
            raise ValueError("it holds an array twice")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("its arrays are packed")
        if sum(entry.file_size for entry in entries) > len(content):
            raise ValueError("its arrays are larger than the file")
        self.files = names

    def __getitem__(self, name: str) -> np.ndarray:
        """Return an array; raise `ValueError` where there is none, or its head lies."""
        try:
            return _array(self._archive.read(f"{name}.npy"))
        except Exception as error:  # and numpy likewise
            raise ValueError(_line(error)) from None

    def exactly(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """Return all arrays; raise `ValueError` where they are not those of `names`."""
        wanted = list(names)
        if sorted(wanted) != sorted(self.files):
            raise ValueError(f"expected the arrays {', '.join(wanted)}")
        return {name: self[name] for name in wanted}


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _array(content: bytes) -> np.ndarray:
    """Return the array of an .npy file's bytes."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("another version of numpy's format")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError("its size is not what its head says")
    flat = np.frombuffer(content, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if by_columns else "C")
