"""The publications that are committed."""

from __future__ import annotations

from workflows.common.paths import ROOT

MERGED = ROOT / "results" / "published" / "2026-11-25-three-machines"
"""Three machines, two of them simulated, in one matrix."""
