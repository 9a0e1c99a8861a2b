"""What a benchmark yields against the contract is one line, with the file and line at fault."""

from __future__ import annotations

import pytest

from tests.support import own
from tests.torch.runner import Runner

LINES = own.TEXT.splitlines()
DEFINED = 1 + LINES.index("def train(device, steps, data):")
STARTED = 1 + LINES.index('    yield Start({"w": w})')
STEPPED = 1 + LINES.index("        yield Step((), loss)")
START, STEP = 'yield Start({"w": w})', "yield Step((), loss)"
WRONG = {
    "a float": (STEP, "yield Step((), loss.item())", STEPPED,
                "the loss is of the type float: expected the tensor itself"),
    "no tuple": (STEP, "yield Step(w, loss)", STEPPED,
                 "the batch is of the type Tensor: expected a tensor in a tuple"),
    "no loss": (STEP, "yield Step(())", STEPPED, "missing 1 required positional argument: 'loss'"),
    "a list": (START, "yield Start([w])", STARTED, "Start(weights) got the type list: expected"),
    "no step": (STEP, "loss", DEFINED, "the benchmark trained 0 of 5 steps; let it yield a Step"),
    "an argument less": ("(device, steps, data)", "(device, steps, data, more)", DEFINED,
                         "missing 1 required positional argument: 'more'"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_it_says_what_is_wrong_and_where(run: Runner, name: str) -> None:
    right, wrong, line, words = WRONG[name]
    text = own.TEXT.replace("BODY", "pass")
    assert text.count(right) == 1
    (run.folder / "benchmarks" / "mine.py").write_text(text.replace(right, wrong))
    record = run("mine").record
    assert record.status == "failed" and record.reason is not None
    assert record.reason.partition(": ")[2].startswith(f"benchmarks/mine.py:{line}: "), (
        record.reason
    )
    assert words in record.reason and "\n" not in record.reason
