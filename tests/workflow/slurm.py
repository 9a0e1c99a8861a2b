"""A real Slurm on this machine: munge, a controller, and two nodes of four processors each."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

# Where Debian's Slurm looks: jobs lose the variables that could name another place.
CONFIGURATION = Path("/etc/slurm/slurm.conf")

TEXT = """ClusterName=reprise
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
SlurmctldPort=17817
SlurmctldPidFile={folder}/controller.pid
SlurmdPidFile={folder}/%n.pid
SlurmdSpoolDir={folder}/spool-%n
StateSaveLocation={folder}/state
SlurmctldLogFile={folder}/controller.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=5
SlurmdParameters=config_overrides
NodeName=node[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[17901-17902] CPUs=4 \
RealMemory=20000
PartitionName=cpu Nodes=node[1-2] Default=YES MaxTime=INFINITE State=UP
"""


def problem() -> str | None:
    """Say why no Slurm can be started here, or None."""
    absent = [
        name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(name)
    ]
    if absent:
        return f"{', '.join(absent)}: not installed: apt-get install slurm-wlm munge"
    if os.getuid() != 0:
        return "only root can start one"
    if CONFIGURATION.exists():
        return f"this machine has a Slurm of its own ({CONFIGURATION})"
    return None


@contextmanager
def started(folder: Path) -> Iterator[None]:
    """Start Slurm with its files in `folder`; end it, and take its configuration away, after."""
    folder.chmod(0o755)
    (folder / "state").mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    host = socket.gethostname().partition(".")[0]
    CONFIGURATION.parent.mkdir(exist_ok=True)
    with ExitStack() as stack:
        stack.callback(CONFIGURATION.unlink, missing_ok=True)
        CONFIGURATION.write_text(TEXT.format(host=host, folder=folder))
        files = ("socket", "key-file", "pid-file", "log-file", "seed-file")
        names = ("munge.sock", "munge.key", "munged.pid", "munged.log", "munged.seed")
        options = [f"--{f}={folder / n}" for f, n in zip(files, names, strict=True)]
        for command in (
            ["munged", "--force", "--foreground", *options],
            ["slurmctld", "-D"],
            ["slurmd", "-D", "-N", "node1"],
            ["slurmd", "-D", "-N", "node2"],
        ):
            log = (
                stack.enter_context((folder / f"{command[-1]}.out").open("wb"))
                if (command[0] != "munged")
                else subprocess.DEVNULL
            )
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            time.sleep(1)
        wait_for_nodes(folder)
        yield


def wait_for_nodes(folder: Path) -> None:
    """Wait until both nodes are idle."""
    for _ in range(60):
        done = subprocess.run(
            ["sinfo", "--noheader", "--format=%t %D"], capture_output=True, text=True, check=False
        )
        if done.stdout.split() == ["idle", "2"]:
            return
        time.sleep(1)
    logs = "\n".join(path.read_text()[-1500:] for path in folder.glob("*.log"))
    raise RuntimeError(f"Slurm did not come up: {done.stdout}{done.stderr}\n{logs}")


def jobs() -> list[str]:
    """Return the ids of all jobs that wait or run."""
    done = subprocess.run(
        ["squeue", "--noheader", "--format=%i"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()
