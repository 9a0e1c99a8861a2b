"""What a run computed on, in words that a reader knows: `an AVX-512 machine, capped to AVX2`."""

from __future__ import annotations

from workflows.environments.conditions import Conditions
from workflows.matrix.variations import CAPS
from workflows.runs.held import Held
from workflows.runs.record import Run

TIERS = {"avx512f": "AVX-512", "avx2": "AVX2", "sse4_1": "SSE4.1"}
"""Instruction sets by a processor's flag, the widest first."""
CHOSEN = {"AVX512": "AVX-512", "AVX2": "AVX2", "DEFAULT": "SSE4.1", "NO AVX": "SSE4.1"}
"""By what PyTorch calls the one that it computes with."""


def tier(held: Held) -> str:
    """Return the widest instruction set that a processor offers; of an emulated one, computes."""
    offered = held.processor.instructions
    widest = next((name for flag, name in TIERS.items() if flag in offered), None)
    return widest or chosen(held)


def chosen(held: Held) -> str:
    """Return the instruction set that PyTorch computed with."""
    return CHOSEN.get(held.capability, held.capability)


def capped(run: Run) -> str | None:
    """Return what a run's instruction sets were capped to, None where they were not."""
    held = run.record.held
    if held is None or run.record.run.device != "cpu" or chosen(held) == tier(held):
        return None
    return chosen(held)


def base(run: Run) -> str:
    """Return what a run computed on, whatever it was capped to."""
    held = run.record.held
    gpu = held.gpu if held and run.record.run.device == "cuda" else None
    if gpu or not held:
        return str(gpu or "an unknown machine")
    if held.processor.emulated:
        return f"an emulated {held.processor.emulated}"
    model = " ".join(held.processor.model.split())
    return f"{model}, {article(tier(held))} machine"


def machine(run: Run) -> str:
    """Return what a run computed on, and what it was capped to."""
    cap = capped(run)
    return base(run) + (f", capped to {cap}" if cap else "")


def article(word: str) -> str:
    """Return a word with its article."""
    return f"{'an' if word[0] in 'AEIOUS' else 'a'} {word}"


def processor(conditions: Conditions) -> str | None:
    """Return what processor some surroundings stand for; None: the machine's own."""
    if conditions.cpu:
        return f"an emulated {conditions.cpu}"
    caps = CAPS & set(conditions.variables)
    if not caps:
        return None
    return f"a cap to {cap(conditions)}"


def cap(conditions: Conditions) -> str:
    """Return the instruction set that variables cap to."""
    said = conditions.variables.get("ATEN_CPU_CAPABILITY", "").upper()
    other = conditions.variables.get("ONEDNN_MAX_CPU_ISA", "an older instruction set")
    return CHOSEN.get(said, other)
