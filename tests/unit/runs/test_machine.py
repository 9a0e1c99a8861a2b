"""What else differs between two runs: each planted difference is named, equal ones are not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import real
from workflows.compare.closely import closely
from workflows.compare.difference import first_difference
from workflows.compare.text import describe
from workflows.compare.verdict import judge
from workflows.runs.held import Held
from workflows.runs.machine import differing
from workflows.runs.record import ImageUsed, Run


def held(run: Run, **parts: dict[str, Any]) -> Run:
    """Return the run with other values in parts of what held."""
    said = run.record.held.model_dump() if run.record.held else {}
    for part, values in parts.items():
        said[part] = said[part] | values
    return real.change(run, held=Held.model_validate(said))


def asked(run: Run, **fields: Any) -> Run:
    return real.change(run, run=run.record.run.model_copy(update=fields))


ONE = real.run("seeded", 0)
IMAGE = ImageUsed(engine="venv", isolation="none", content_digest="0" * 64)
KNOWN = real.change(ONE, image=IMAGE, identity="a" * 64, read={"own.py": "1"})
MACHINE = held(ONE, processor={"model": "Another CPU"})


def test_control_nothing_differs_between_repeats() -> None:
    assert differing(ONE.record, real.run("seeded", 1).record) == []
    assert differing(KNOWN.record, real.change(KNOWN, printed=["x"]).record) == []


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (ONE, held(ONE, versions={"numpy": "1.0"}), "numpy: 2.4.6 against 1.0"),
        (ONE, MACHINE, "processor: Intel(R) Xeon(R) Processor against Another CPU"),
        (ONE, held(ONE, processor={"flags": "avx2 sse"}), "instructions of one side alone: 3dnow"),
        (ONE, held(ONE, flags={"threads": 2}), "switch threads: 1 against 2"),
        (ONE, held(ONE, variables={"TZ": "UTC"}), "TZ: none against UTC"),
        (ONE, held(ONE, process={"user": 7}), "user: 0 against 7"),
        (ONE, asked(ONE, seed=4), "seed: 3 against 4"),
        (ONE, asked(ONE, steps=99), "steps: 100 against 99"),
        (ONE, asked(ONE, options={"wide": True}), "option wide: none against True"),
        (ONE, asked(ONE, settings=["hash-seed"]), "settings of one side alone: torch-seed against"),
        (ONE, asked(ONE, threads=2), "threads: 1 against 2"),
        (KNOWN, real.change(KNOWN, identity="b" * 64), "code, or what its settings do"),
        (KNOWN, real.change(KNOWN, read={"own.py": "2"}), "files that it read: own.py"),
        (
            KNOWN,
            real.change(KNOWN, image=IMAGE.model_copy(update={"content_digest": "1" * 64})),
            "the contents of the image",
        ),
    ],
)
def test_each_planted_difference_is_named_alone(left: Run, right: Run, words: str) -> None:
    [found] = differing(left.record, right.record)
    assert found.startswith(words)


def test_a_close_look_is_headed_by_it() -> None:
    other = held(real.run("unseeded", 1), versions={"numpy": "1.0"})
    place = first_difference(ONE, other)
    assert place is not None
    text = describe(closely(ONE, other, place, (None, None))).splitlines()
    assert text[1].startswith("what else differs: ") and "numpy: 2.4.6 against 1.0" in text[1]


def test_repeats_of_several_machines_say_what_else_differs() -> None:
    runs = [*real.runs("seeded")[:2], held(real.run("seeded", 2), processor={"model": "Another"})]
    [note] = judge(runs).notes
    assert note.startswith("repeats of several machines: processor: Intel(R) Xeon(R) Processor ag")
    assert judge(real.runs("seeded")).notes == [], "control"
