"""Whether Reprise can work on this machine and with this Python, told before anything is installed:
`python3 -I workflows/common/supported.py`. Standard library only, and no word that an old Python
cannot read.
"""

import platform
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

OLDEST, NEWEST = (3, 11), (3, 14)
"""The versions of Python that the host's locks are for."""
BUILT = (3, 14)
"""From this one on a package that Snakemake needs, immutables, has no wheel and is built."""
_EXPECTED = "expected 64-bit Linux on x86_64 with glibc, as PyTorch's wheels"


class Host(NamedTuple):
    """What decides; by default this machine and this Python."""

    system: str = platform.system()
    processor: str = platform.machine()
    bits: int = 64 if sys.maxsize > 2**32 else 32
    libc: str = platform.libc_ver()[0]
    python: "tuple[int, int]" = sys.version_info[:2]
    compiler: bool = True


def problem(host: Host) -> "str | None":
    """Return in one line why Reprise cannot work here, and what would; None where it can."""
    python = f"Python {_dotted(host.python)}"
    if (host.system, host.processor) != ("Linux", "x86_64"):
        return f"{host.system} on {host.processor}: {_EXPECTED}; {_elsewhere(host)}"
    if host.libc != "glibc":
        return f"Linux without glibc: {_EXPECTED}; use a distribution that has it, such as Debian"
    if host.bits != 64:
        return f"a Python of {host.bits} bits: {_EXPECTED}; install one of 64 bits"
    if not OLDEST <= host.python <= NEWEST:
        expected = f"expected {_dotted(OLDEST)} to {_dotted(NEWEST)}"
        return f"{python}: {expected}; install one of these, or name it: PYTHON=/path/to/python3"
    if host.python >= BUILT and not host.compiler:
        expected = "expected a C compiler and Python.h, to build immutables"
        return f"{python}: {expected}; install gcc and python3-dev, or an older Python"
    return None


def _elsewhere(host: Host) -> str:
    """Return where somebody with this machine can work."""
    if host.system.startswith(("Windows", "MINGW", "MSYS", "CYGWIN")):
        return "call make within WSL2 (wsl --install -d Debian)"
    if host.system == "Darwin" and host.processor == "x86_64":
        return "use a virtual machine with Linux, or a Linux machine"
    return "use an x86_64 machine with Linux, or a virtual machine that emulates one (slow)"


def _dotted(version: "tuple[int, int]") -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    header = Path(sysconfig.get_path("include"), "Python.h")
    told = problem(Host(compiler=bool(shutil.which("cc")) and header.exists()))
    if told:
        print(f"error: {told}", file=sys.stderr)
        sys.exit(2)
