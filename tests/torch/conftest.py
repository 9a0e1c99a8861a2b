"""These tests import real PyTorch from the pinned environment `cpu`, built by the engine venv.

Its packages go to the end of this process's path, behind the tests' own tools; both sides pin the
same Python and the same numpy.
"""

from __future__ import annotations

import sys

from tests.environment import site_packages

sys.path.append(str(site_packages()))
