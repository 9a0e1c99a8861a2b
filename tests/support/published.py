"""The publications that are committed."""

from __future__ import annotations

from workflows.common.paths import ROOT

MERGED = ROOT / "results" / "published" / "2026-11-25-three-machines"
"""Three machines, two of them simulated, in one matrix."""

VENDORS = ROOT / "results" / "published" / "2026-11-26-two-vendors"
"""An Intel Xeon and an AMD EPYC, both real, at full length."""
OPERATORS = VENDORS.with_name("2026-11-26-two-vendors-operators")
"""The same two, and the simulated ones, operator by operator."""
XEON = ROOT / "results" / "published" / "2026-11-25-intel-xeon-avx512" / "publication.zip"
"""The published campaign of the Xeon."""
