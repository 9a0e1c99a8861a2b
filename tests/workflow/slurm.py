"""A real Slurm on this machine: munge, a controller, and two nodes of four processors and a GPU.

The GPUs are names alone: Slurm counts and gives them, and nothing is behind them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from tests.workflow.project import Project

# Where Debian's Slurm looks: jobs lose the variables that could name another place.
CONFIGURATION = Path("/etc/slurm/slurm.conf")
RESOURCES = CONFIGURATION.with_name("gres.conf")
NODES = ("node1", "node2")
# Checks on jobs come quicker than a cluster would like.
QUICK = (
    "--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2",
    "--latency-wait", "5",
)  # fmt: skip
GENERIC = (
    "--cluster-generic-submit-cmd",
    "sbatch --parsable -J generic -o .snakemake/%j.log -t {resources.runtime} -n {threads} "
    "--mem {resources.mem_mb}",
    "--cluster-generic-cancel-cmd", "scancel", "--latency-wait", "5",
)  # fmt: skip
"""What a user would write for the queue that is here."""

TEXT = """ClusterName=reprise
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
SlurmctldPort=17817
SlurmctldPidFile={folder}/controller.pid
SlurmdPidFile={folder}/%n.pid
SlurmdTimeout=15
SlurmdSpoolDir={folder}/spool-%n
StateSaveLocation={folder}/state
SlurmctldLogFile={folder}/controller.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=5
MinJobAge=3600
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName=node[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[17901-17902] CPUs=4 \
RealMemory=20000 Gres=gpu:1
PartitionName=cpu Nodes=node[1-2] Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=node[1-2] MaxTime=INFINITE State=UP
"""

GPUS = "NodeName=node[1-2] Name=gpu File=/dev/null\n"

Submitted = subprocess.Popen[str]
_submitted: list[Submitted] = []


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


class Cluster:
    """A running Slurm, whose nodes can die and come back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        """Start a daemon, with what it says in a file of its own."""
        with (self.folder / f"{name}.out").open("ab") as log:
            self._daemons[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def stop(self) -> None:
        """End all daemons, the last one first, and what a test that failed left running."""
        for left in _submitted:
            left.kill()
        for process in reversed(self._daemons.values()):
            process.terminate()
            process.wait()
        for node in NODES:
            _kill_all_on(node, self.folder)

    def kill(self, node: str) -> None:
        """Let a node die as if the power failed: its daemon and all that runs on it, at once."""
        self._daemons[node].kill()
        self._daemons[node].wait()
        _kill_all_on(node, self.folder)

    def revive(self, node: str) -> None:
        """Start a node that died, and wait until it takes jobs again."""
        self.start(node, "slurmd", "-D", "-N", node)
        scontrol("update", f"nodename={node}", "state=resume")
        self.wait()

    def wait(self) -> None:
        """Wait until all nodes are idle."""
        for _ in range(60):
            done = _words("sinfo", "--noheader", "--Node", "--partition=cpu", "--format=%t")
            if done == ["idle"] * len(NODES):
                return
            if any(process.poll() is not None for process in self._daemons.values()):
                break
            time.sleep(1)
        logs = "\n".join(path.read_text()[-1500:] for path in self.folder.glob("*.out"))
        raise RuntimeError(f"Slurm did not come up: {done}\n{logs}")


@contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    """Start Slurm with its files in `folder`; end it, and take its configuration away, after."""
    folder.chmod(0o755)
    (folder / "state").mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    host = socket.gethostname().partition(".")[0]
    CONFIGURATION.parent.mkdir(exist_ok=True)
    files = ("socket", "key-file", "pid-file", "log-file", "seed-file")
    names = ("munge.sock", "munge.key", "munged.pid", "munged.log", "munged.seed")
    options = [f"--{f}={folder / n}" for f, n in zip(files, names, strict=True)]
    cluster = Cluster(folder)
    with ExitStack() as stack:
        for path, text in ((CONFIGURATION, TEXT), (RESOURCES, GPUS)):
            stack.callback(path.unlink, missing_ok=True)
            path.write_text(text.format(host=host, folder=folder))
        stack.callback(cluster.stop)
        cluster.start("munged", "munged", "--force", "--foreground", *options)
        time.sleep(1)
        cluster.start("controller", "slurmctld", "-D")
        time.sleep(1)
        for node in NODES:
            cluster.start(node, "slurmd", "-D", "-N", node)
        cluster.wait()
        yield cluster


def _kill_all_on(node: str, folder: Path) -> None:
    """Kill the processes of a node's jobs, and those of Slurm that look after them."""
    found: set[psutil.Process] = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            sockets = [str(each.laddr) for each in process.net_connections("unix")]
            keeper = any(path.startswith(f"{folder}/spool-{node}/") for path in sockets)
            if keeper or process.environ().get("SLURMD_NODENAME") == node:
                # A run has an environment of its own, and is known as a child alone.
                found |= {process, *process.children(recursive=True)}
    for process in found:
        with suppress(psutil.Error):
            process.kill()


def _words(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


def scontrol(*arguments: str) -> None:
    """Give an order to the controller."""
    subprocess.run(["scontrol", *arguments], check=True)


def jobs() -> list[str]:
    """Return the ids of all jobs that wait or run."""
    return _words("squeue", "--noheader", "--format=%i")


def shown(job: str) -> dict[str, str]:
    """Return what `scontrol show job` says of a job; those that ended are known for an hour."""
    words = _words("scontrol", "--details", "show", "job", job)
    return dict(word.split("=", 1) for word in words if "=" in word)


def submit(
    project: Project,
    *arguments: str,
    targets: Sequence[str] = ("results/matrix.json",),
    profile: str = "slurm",
) -> Submitted:
    """Start Snakemake with a profile; by default for the matrix, what is drawn from it aside."""
    more = QUICK if profile == "slurm" else GENERIC
    named = ("--profile", f"profiles/{profile}")
    command = project.command(*named, *more, *arguments, "--", *targets)
    start = command.index("--cores")
    del command[start : start + 2]  # the profile has them
    process = subprocess.Popen(
        command, cwd=project.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**project.environment(), "USER": "root", "REPRISE_VERBOSE": "1"},  # names the jobs
    )  # fmt: skip
    _submitted.append(process)
    return process
