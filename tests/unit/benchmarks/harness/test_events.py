"""TensorBoard's event files are compared by what was logged, not by when."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from benchmarks.harness.events import events
from benchmarks.harness.files import described

# As torch.utils.tensorboard writes them: `loss/train` 0.5 and 0.25, twice, then 0.5 and 0.125.
FIRST = base64.b64decode(
    "SAAAAAAAAAD+kkidCbh4U30kwtpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVy"
    "LmV2ZW50X2ZpbGVfd3JpdGVyCxSj5B4AAAAAAAAA2dwSMgkTflN9JMLaQSoTChEKCmxvc3MvdHJhaW4VAAAAP4aV"
    "jdwgAAAAAAAAACntqVAJVX5TfSTC2kEQASoTChEKCmxvc3MvdHJhaW4VAACAPj79QBs="
)
AGAIN = base64.b64decode(
    "SAAAAAAAAAD+kkidCdF6830kwtpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVy"
    "LmV2ZW50X2ZpbGVfd3JpdGVySsnkbB4AAAAAAAAA2dwSMglUgfN9JMLaQSoTChEKCmxvc3MvdHJhaW4VAAAAP0Ea"
    "9ncgAAAAAAAAACntqVAJpIHzfSTC2kEQASoTChEKCmxvc3MvdHJhaW4VAACAPqu9USI="
)
OTHER = base64.b64decode(
    "SAAAAAAAAAD+kkidCVu4nH4kwtpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVy"
    "LmV2ZW50X2ZpbGVfd3JpdGVyorW10h4AAAAAAAAA2dwSMglmv5x+JMLaQSoTChEKCmxvc3MvdHJhaW4VAAAAP8CR"
    "XfkgAAAAAAAAACntqVAJ67+cfiTC2kEQASoTChEKCmxvc3MvdHJhaW4VAAAAPp3am2M="
)


def parts(folder: Path, content: bytes) -> dict[str, str]:
    path = folder / "events.out.tfevents.1795723765.vm.20832.0"
    path.write_bytes(content)
    return events(path)


def test_the_clock_does_not_count(tmp_path: Path) -> None:
    assert FIRST != AGAIN
    found = parts(tmp_path, FIRST)
    assert [*found] == ["step 0", "loss/train, step 0", "loss/train, step 1"]
    assert found == parts(tmp_path, AGAIN)


def test_another_value_is_found_at_its_step(tmp_path: Path) -> None:
    first, other = parts(tmp_path, FIRST), parts(tmp_path, OTHER)
    assert [name for name in first if first[name] != other[name]] == ["loss/train, step 1"]


def test_one_tag_twice_in_a_step_is_two_events(tmp_path: Path) -> None:
    begin = len(FIRST) - 48  # the last event: 12 bytes before it, 32, 4 behind it
    once, more = parts(tmp_path, FIRST), parts(tmp_path, FIRST + FIRST[begin:])
    assert [*more] == [*once, "loss/train, step 1 (2)"]


@pytest.mark.parametrize("content", [FIRST[:-1], FIRST[:30], b"plain text, no event file", b"x"])
def test_what_is_no_whole_event_file_is_compared_as_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.tfevents.b"
    path.write_bytes(content)
    assert described(path)["parts"] is None
    with pytest.raises(ValueError, match="ends within a record"):
        events(path)
