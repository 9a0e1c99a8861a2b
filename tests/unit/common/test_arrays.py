"""Arrays from files that lie: each is refused with one line, before anything is made of it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
import pytest

from workflows.common.arrays import Arrays

VALUES = np.arange(12, dtype=np.uint64).reshape(3, 4)


def saved(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped(content: bytes, packed: int = zipfile.ZIP_STORED, count: int = 1) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as archive:
        for _ in range(count):
            archive.writestr("steps.npy", content)
    return file.getvalue()


def npy(head: str, body: bytes = bytes(96)) -> bytes:
    text = head.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


def head(shape: str = "(3, 4)", descr: str = "'<u8'") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


def encrypted() -> bytes:
    content = bytearray(zipped(npy(head())))
    for start in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[start] |= 1
    return bytes(content)


def test_control_what_numpy_wrote_is_read_in_both_orders() -> None:
    content = saved(steps=VALUES, other=np.asfortranarray(VALUES), none=np.empty((0, 4)))
    found = Arrays(content).exactly(["none", "other", "steps"])
    assert (found["steps"] == VALUES).all() and (found["other"] == VALUES).all()
    assert found["none"].shape == (0, 4)
    assert (Arrays(zipped(npy(head())))["steps"] == 0).all(), "control: the head that fits"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK", b"no zip at all", saved(steps=VALUES)[:-30],
        saved(steps=np.array([[object()]], dtype=object)),
        zipped(npy(head("(3, 5)"))), zipped(npy(head("(10**18, 4)"))),
        zipped(npy(head("(1000000000000000000, 4)"))), zipped(npy(head("(-3, -4)"))),
        zipped(npy(head("(-1,)"))), zipped(npy(head("'x'"))), zipped(npy(head(descr="'<U0'"))),
        zipped(npy(head(descr="'|V0'"), b"")), zipped(npy("(" * 3000)), zipped(npy("{")),
        zipped(b"\x93NUMPY\x03\x00"), zipped(b""), zipped(npy(head(descr="'|O'"))),
        zipped(npy(head()), zipfile.ZIP_DEFLATED), encrypted(),
    ],
)  # fmt: skip
def test_what_lies_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        Arrays(content).exactly(["steps"])
    assert not isinstance(caught.value, UnicodeError)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_other_names_than_expected_are_refused() -> None:
    with pytest.raises(ValueError, match="expected the arrays initial, steps"):
        Arrays(saved(steps=VALUES)).exactly(["initial", "steps"])
    with pytest.raises(ValueError, match="twice"):
        Arrays(zipped(npy(head()), count=2))
