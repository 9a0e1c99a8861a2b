"""Docker daemons and a registry of a test's own: nodes that start with no image."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REGISTRY = """version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@contextmanager
def docker(folder: Path) -> Iterator[str]:
    """Start a daemon with a store of its own; give its address for DOCKER_HOST."""
    folder.mkdir(parents=True)
    # A socket's path may have 104 letters at most.
    with (
        tempfile.TemporaryDirectory(prefix="node-", ignore_cleanup_errors=True) as short,
        (folder / "log").open("wb") as log,
    ):
        address = f"unix://{short}/docker.sock"
        command = [
            "dockerd", "--bridge=none", "--iptables=false", "-H", address,
            "--data-root", str(folder / "data"), "--exec-root", f"{short}/exec",
            "--pidfile", f"{short}/pid",
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait(["docker", "-H", address, "info"], folder / "log")
            yield address
        finally:
            process.terminate()
            process.wait(60)
            # Docker mounts its store onto itself, and leaves it so.
            subprocess.run(["umount", str(folder / "data")], check=False)
            shutil.rmtree(folder / "data")


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """Start a registry at a port that is free; give its address."""
    folder.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "config.yml").write_text(REGISTRY.format(folder=folder / "data", port=port))
    with (folder / "log").open("wb") as log:
        command = ["docker-registry", "serve", str(folder / "config.yml")]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield f"localhost:{port}"
        finally:
            process.terminate()
            process.wait(60)


def wait(command: list[str], log: Path) -> None:
    """Wait until a command succeeds."""
    for _ in range(120):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.5)
    raise RuntimeError(f"{' '.join(command)}: never succeeded; {log.read_text()[-1500:]}")
