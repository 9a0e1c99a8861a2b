"""The reference of benchmarks and probes: what the files of `benchmarks/` declare."""

from __future__ import annotations

import ast

from docs.generated.markdown import WIDE, code, codes, table
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Benchmark, Catalogue, Probe, Side


def about(benchmark: Benchmark) -> str:
    """Return the first paragraph of a benchmark's own words."""
    words = ast.get_docstring(ast.parse((ROOT / benchmark.file).read_text())) or ""
    return words.partition("\n\n")[0]


def page(catalogue: Catalogue) -> str:
    """Return the page of all benchmarks and probes."""
    programs = [
        [
            code(name),
            about(b),
            str(b.steps),
            codes(f"{k}: {v}" for k, v in b.options.items()) or "none",
        ]
        for name, b in catalogue.benchmarks.items()
        if not b.probe
    ]
    probes = [
        [code(n), *_probe(b.probe), about(b)] for n, b in catalogue.benchmarks.items() if b.probe
    ]
    heads = [
        "probe",
        "source of randomness",
        "devices",
        "source free",
        "cured",
        "also with",
        "free, cured",
        "about",
    ]
    return f"""{WIDE}# Benchmarks and probes

## Benchmarks

A benchmark is one file in `benchmarks/`. [How to add one](../how-to/own-benchmark.md).

{table(["benchmark", "about", "steps", "options"], programs)}
## Probes

A probe is a small program with one source of randomness. It runs with the source free and with
the source cured. A control shows nothing on either side, and has to. A probe that never shows its
source is `not provoked`, which proves nothing.

{table(heads, probes)}"""


def _probe(probe: Probe) -> list[str]:
    shows = f"{probe.unset_shows}, {probe.set_shows}"
    if probe.controls:
        shows += f" (control on {', '.join(probe.controls)})"
    changed = probe.against.model_dump(exclude_defaults=True) if probe.against else {}
    against = codes(f"{key} = {value}" for key, value in changed.items())
    return [
        probe.source, ", ".join(probe.devices), _side(probe.unset), _side(probe.set),
        against or "repeats only", shows,
    ]  # fmt: skip


def _side(side: Side) -> str:
    words = [codes(side.settings)] if side.settings else []
    words += (
        [codes(f"{key}: {value}" for key, value in side.options.items())] if side.options else []
    )
    words += [f"{side.threads} threads"] if side.threads != 1 else []
    return "; ".join(words) or "no setting"
