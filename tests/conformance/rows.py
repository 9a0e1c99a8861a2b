"""What unchanged programs are watched to do: a tiny script a row, and the one bit that is planted.

A script flips the lowest bit of a number where `FAULT` is set; `phase` and `step` say where that
has to be found. The table of the documentation is made of these rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.conformance import frameworks, scripts

STEPS = 6
"""Steps of most scripts."""


@dataclass(frozen=True)
class Row:
    """A script, how Python is called, the processes that train, and where the bit is found.

    `phase` None: of a script that is not traced, or does not end; `found`: what is said then.
    """

    name: str
    script: str
    phase: str | None
    step: int | None = None
    steps: int = STEPS
    processes: tuple[str, ...] = ("train.py",)
    python: tuple[str, ...] = ("python", "train.py")
    needs: str | None = None
    found: str = ""

    @property
    def where(self) -> str:
        """Where the planted bit is found, in words."""
        return self.found or f"{self.phase} at step {self.step}"


PLAIN = Row("a plain loop", scripts.loop(after="flip(net[0].weight, step == 2)"), "weights", 2)
LAUNCHER = ("python", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
"""What `torchrun` is."""
ROWS = (
    PLAIN,
    replace(PLAIN, name="a batch", script=scripts.loop(batch="pass").replace(
        "batch_size=4, shuffle=True", "batch_size=4, shuffle=True, collate_fn=collate").replace(
        "\noptimizer", scripts.COLLATE, 1),
        phase="batch"),
    replace(PLAIN, name="a loss", script=scripts.loop(loss="flip(loss, step == 2)"), phase="loss"),
    replace(PLAIN, name="a gradient changed after the backward pass",
            script=scripts.loop(backward="flip(net[0].weight.grad, step == 2)"), phase="gradients"),
    Row("a closure (LBFGS)", scripts.LBFGS, "weights", 2),
    Row("an optimizer whose step raises, and is taken again", scripts.RAISING, "weights", 2),
    Row("`GradScaler` with a step that it skips", scripts.SCALED, "weights", 3),
    Row("gradients accumulated over several passes", scripts.ACCUMULATED, "backward", 2),
    Row("two optimizers (a GAN)", scripts.TWO, "weights", 3),
    Row("no optimizer", scripts.BY_HAND, "weights", 2),
    Row("no module either", scripts.RAW, "weights", 2),
    Row("an own subclass of `Optimizer`, and one of that", scripts.OWN_CLASS, "weights", 2),
    Row("an optimizer that is none of PyTorch's", scripts.NO_CLASS, "weights", 2),
    Row("`foreach`", scripts.HELD.format(how="foreach"), "state", 2),
    Row("`fused`", scripts.HELD.format(how="fused"), "state", 2),
    Row("a schedule of the learning rate", scripts.SCHEDULED, "state", 3),
    Row("buffers (BatchNorm)", scripts.NORMED, "weights", 2),
    Row("an averaged copy (EMA)", scripts.AVERAGED, "weights", 2),
    Row("`torch.compile` of the model", scripts.COMPILED, "weights", 2, needs="compiler"),
    Row("forked workers of a loader", scripts.WORKERS.format(how="fork"), "batch", 2),
    Row("spawned workers of a loader", scripts.WORKERS.format(how="spawn"), "batch", 2),
    Row("a script that trains twice", scripts.TWICE, "weights", 4),
    Row("`torchrun` with two ranks (gloo)", scripts.RANKS, "final weights", None,
        processes=("train.py rank 0", "train.py rank 1"), python=(*LAUNCHER, "train.py"),
        found="final weights of rank 1"),
    Row("PyTorch Lightning", frameworks.LIGHTNING, "weights", 2, needs="frameworks"),
    Row("PyTorch Lightning, which reads a batch ahead of a loader without a length",
        frameworks.STREAMED, "batch", 2, needs="frameworks"),
    Row("Hugging Face's `Trainer`", frameworks.TRAINER, "weights", 2, needs="frameworks"),
    Row("`accelerate`, which accumulates, and reads a batch ahead", frameworks.ACCELERATE,
        "batch", 2, needs="frameworks"),
    Row("`python -I`", PLAIN.script, None, steps=0, processes=(),
        python=("python", "-I", "train.py"), found="not traced, and said so"),
    Row("a script that crashes", scripts.CRASHES, None, steps=3,
        found="cannot be told; its last lines are shown"),
    Row("evaluation only", scripts.EVALUATES, "printed", None, steps=0, processes=(),
        found="no step; what is printed differs"),
)  # fmt: skip


def table() -> str:
    """Return the table of the documentation."""
    lines = ["| program | the planted bit is found in |", "|---|---|"]
    return "\n".join([*lines, *(f"| {row.name} | {row.where} |" for row in ROWS)]) + "\n"
