"""Programs started as jobs in the real CPU image of an engine."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from functools import cache

from workflows.environments.engines import get
from workflows.environments.engines.interface import Engine, Job
from workflows.environments.images.record import ImageRecord

WAITS = "import time; print('up', flush=True); time.sleep(600)"

LOOK = """
import json, os, socket, sys
def refused(act):
    try:
        act()
    except OSError as error:
        return error.strerror
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
devices = [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
print(json.dumps({
    "uid": os.getuid(), "capabilities": status["CapEff"].strip(),
    "no_new_privileges": status["NoNewPrivs"].strip(), "interfaces": devices,
    "connect": refused(lambda: socket.create_connection(("192.0.2.1", 80), timeout=5)),
    "code": refused(lambda: open("/reprise/own.py", "a")),
    "data": refused(lambda: open("/data/number", "a")),
    "root": refused(lambda: open("/opt/reprise/planted", "w")),
    "scratch": refused(lambda: open("/tmp/fine", "w")),
    "output": refused(lambda: open("/output/fine", "w")),
    "environment": dict(os.environ),
}))
"""
"""A program that prints what it may do."""


@cache
def built(name: str) -> ImageRecord:
    """Build the CPU image once for all tests of an engine."""
    return get(name).build("cpu")


def start(engine: Engine, job: Job, program: str) -> tuple[Job, subprocess.Popen[str]]:
    """Start a Python program as a job in the CPU image."""
    job = replace(job, arguments=["-c", program, "{data}", "{output}"])
    how = engine.process(built(engine.name), job)
    return job, subprocess.Popen(
        how.arguments,
        env=how.environment,
        cwd=how.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(engine: Engine, job: Job, program: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program as a job in the CPU image, to its end."""
    job, process = start(engine, job, program)
    try:
        output, errors = process.communicate(timeout=600)
    finally:
        engine.clean(job)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)
