"""Whether Reprise can work on this machine and with this Python, told before anything is installed:
`python3 -I workflows/common/supported.py`. Standard library only, and no word that an old Python
cannot read.
"""

import platform
import sys
from typing import NamedTuple

OLDEST, NEWEST = (3, 11), (3, 14)
"""The versions of Python that the host's locks are for."""


class Host(NamedTuple):
    """What decides; by default this machine and this Python."""

    system: str = platform.system()
    processor: str = platform.machine()
    bits: int = 64 if sys.maxsize > 2**32 else 32
    libc: str = platform.libc_ver()[0]
    python: "tuple[int, int]" = sys.version_info[:2]


def problem(host: Host) -> "str | None":
    """Return in one line why Reprise cannot work here, and what would; None where it can."""
    if (host.system, host.processor) != ("Linux", "x86_64"):
        found, fix = f"{host.system} on {host.processor}", _elsewhere(host)
    elif host.libc != "glibc":
        found, fix = "Linux without glibc", "use a distribution that has it, such as Debian"
    elif host.bits != 64:
        found, fix = f"a Python of {host.bits} bits", "install one of 64 bits"
    elif not OLDEST <= host.python <= NEWEST:
        found, fix = f"Python {_dotted(host.python)}", "install one of these, or name it: PYTHON="
        return f"{found}: expected {_dotted(OLDEST)} to {_dotted(NEWEST)}; {fix}/path/to/python3"
    else:
        return None
    return f"{found}: expected 64-bit Linux on x86_64 with glibc, as PyTorch's wheels; {fix}"


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
    told = problem(Host())
    if told:
        print(f"error: {told}", file=sys.stderr)
        sys.exit(2)
