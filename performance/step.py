"""Lines about what watching costs: the tracer's share of a step, the memory of a fingerprint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from performance import suite
from performance.lines import Line, Place
from performance.measure import paired, ratios

SCRATCH = """
import json, resource, sys, torch
from benchmarks.harness.fingerprint import Fingerprint
device = torch.device(sys.argv[1])
values = [torch.ones(2**26, device=device) for _ in range(4)]
fingerprint = Fingerprint(device)
fingerprint([torch.ones(2**18, device=device)])  # keys and buffers are there
def peak():
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
before = peak()
int(fingerprint(values))
print(json.dumps(peak() - before))
"""


def step(folder: Path, traced: bool) -> float:
    """Return the median seconds of a step of CIFAR-10 in memory."""
    options = ("--options", '{"memory": true, "workers": 0}', "--traced", str(traced))
    suite.cifar10()
    words = ("--benchmark", "cifar10", "--steps", "1500", *options)
    timing = suite.run(suite.anew(folder / "run"), *words)["timing"]
    return float(timing.get("median_step_seconds") or timing["step_seconds"])


def tracing(place: Place) -> Sequence[float]:
    """Return the ratios of a traced step to one that is not."""
    return ratios(paired(lambda: step(place.folder, True), lambda: step(place.folder, False),
                         place.pairs))  # fmt: skip


def scratch(place: Place) -> Sequence[float]:
    """Return the megabytes that a fingerprint of one gigabyte takes beside it, on the CPU."""
    found = []
    for _ in range(place.pairs):
        suite.bare(place.folder, "-c", SCRATCH, "cpu")
        found.append(float(json.loads((place.folder / "last.log").read_text())))
    return found


LINES = [
    Line("trace", "CIFAR-10 in memory: a step traced by untraced", 1.05, tracing, "{:.3f}"),
    Line("scratch", "fingerprint of 1 GB: scratch in MB", 64, scratch, "{:.0f}"),
]
