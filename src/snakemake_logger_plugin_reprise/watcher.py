"""Follows Snakemake's records of its jobs, and says what people want to know of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import words
from .follow import Log, shown
from .progress import Job, Progress
from .screen import Screen
from .words import Line

FORECAST = "forecast"
"""The field of a record by which the suite says what it plans (`workflows/rules/context.py`)."""
LAST = 20
"""Lines of a failed job's log that are shown."""
PLANNED = (words.RUN, words.LOOK, "ablation", "cure", "costs")
"""Rules of whose jobs the suite says how long they take."""
SAYING = ("image", "rebuild", "data")
"""Rules whose jobs say in their logs how far they are."""
SILENT = (words.RUN, words.LOOK, *SAYING)
"""Rules whose jobs print nothing, unless something is wrong."""
WORTH = ("image", "rebuild", "data", "ablation", "cure", "costs")
"""Rules whose every job gets a line that stays."""
SPOKEN = ("summary", "verify")
"""Rules whose log is what they have printed for people."""
NOTHING = "Nothing to be done"
ABOVE = "Exiting because a job execution failed"


class Watcher:
    """Keeps the count, and the line that lives."""

    def __init__(self, screen: Screen) -> None:
        """Begin with nothing; let the line live where there can be one."""
        self.screen = screen
        self.progress = Progress()
        self.repeats: Mapping[str, int] = {}
        self.failed = False
        self._logs: dict[int, Log] = {}
        self._runs = self._planned = 0
        self._waits = False
        self._told: set[str] = set()
        self._over = threading.Event()
        threading.Thread(target=self._live, daemon=True).start()

    def see(self, record: logging.LogRecord) -> None:
        """Take a record of Snakemake."""
        with self.screen.lock:
            event = str(getattr(record, "event", None) or "")
            if hasattr(record, FORECAST):
                self._forecast(getattr(record, FORECAST))
            take = getattr(self, f"_{event}", None)
            if take:
                take(record.__dict__)
            elif self._wanted(record.levelno, str(record.msg)):
                self._tell(str(record.msg))
            self._draw()

    def close(self) -> None:
        """Take the line that lives away."""
        self._over.set()
        self.screen.draw(None)

    def _wanted(self, level: int, text: str) -> bool:
        """Say whether a plain line of Snakemake is for people, too."""
        if self.failed and text.startswith(ABOVE):
            return False
        whole = self.failed and text.startswith("Complete log")
        return level >= logging.WARNING or whole or text.startswith(NOTHING)

    def _forecast(self, found: Mapping[str, Any]) -> None:
        self.repeats = found["repeats"]
        expected: Mapping[str, float] = found["expected"]
        there = {path for path in expected if Path(path).exists()}
        self.progress.plan(expected, there, self._planned)
        left = self.progress.left(time.time())
        about = f", {words.left(left)}" if left else ""
        if self._waits:
            about = about.replace(" left", " once what they need is there")
        perhaps = sum(n for path, n in found["perhaps"].items() if not Path(path).exists())
        more = f"; up to {perhaps} runs more where some differ" if perhaps else ""
        if self._runs:
            self._tell(f"{self._runs} runs, {self.progress.total} jobs in all{about}{more}")

    def _run_info(self, record: Mapping[str, Any]) -> None:
        stats = record.get("stats") or {}
        self.progress.total = int(stats.get("total", 0))
        rules = [(words.rule_of(name), n * words.results(name)) for name, n in stats.items()]
        self._runs = sum(number for rule, number in rules if rule == words.RUN)
        self._waits = any(rule in SAYING for rule, _ in rules)
        self._planned = sum(number for rule, number in rules if rule in PLANNED)

    def _resources_info(self, record: Mapping[str, Any]) -> None:
        self.progress.cores = int(record.get("cores") or self.progress.cores)

    def _job_info(self, record: Mapping[str, Any]) -> None:
        rule = words.rule_of(record["rule_name"])
        outputs = tuple(record["output"] or ())
        name = words.job(rule, record["wildcards"] or {}, self.repeats, outputs)
        job = Job(rule, name, record["created"], outputs=outputs)
        self.progress.start(record["jobid"], job)
        if rule in SAYING and record.get("log"):
            self._logs[record["jobid"]] = Log(Path(record["log"][0]), job.began)

    def _job_finished(self, record: Mapping[str, Any]) -> None:
        job = self._finish(record["job_id"])
        self.progress.done += 1
        if job is None:
            return
        took = record["created"] - job.began
        # On a terminal a run is on the line that lives.
        worth = not self.screen.live if job.rule == words.RUN else job.rule in WORTH
        if worth:
            self.screen.say(self._line(job.name, took).fitted(self.screen.width))

    def _progress(self, record: Mapping[str, Any]) -> None:
        self.progress.done, self.progress.total = record["done"], record["total"]

    def _job_error(self, record: Mapping[str, Any]) -> None:
        job = self._finish(record["jobid"])
        rule = words.rule_of(record["rule_name"])
        name = job.name if job else rule
        self.failed = True
        about = "" if name == rule else f" ({name})"
        why = f": {record['rule_msg']}" if record.get("rule_msg") else ""
        external = (record.get("aux") or {}).get("external_jobid")
        why += f"; job {external}" if external else ""
        self._tell("\n".join([f"error: rule {rule}{about} failed{why}", *logs(rule, record)]))

    def _finish(self, number: int) -> Job | None:
        self._follow()
        self._logs.pop(number, None)
        return self.progress.finish(number)

    def _follow(self) -> None:
        """Read on in the logs; what they say is said where no line lives."""
        for log in self._logs.values():
            for line in log.lines():
                if not self.screen.live:
                    self.screen.say(line)

    def _group_error(self, record: Mapping[str, Any]) -> None:
        for each in record["job_error_info"]:
            self._job_error(each)

    def _error(self, record: Mapping[str, Any]) -> None:
        # A command that ended badly is told by its job's error, with its log.
        if "CalledProcessError" not in str(record["msg"]):
            self._tell(str(record["msg"]))

    def _tell(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self.screen.say(text)

    def _line(self, name: str, took: float) -> Line:
        progress = self.progress
        count = f"{progress.done} of {progress.total}"
        # How long it takes until the runs can begin, who works at that says by itself.
        left = None if self._logs else progress.left(time.time())
        counts = (count,) if left is None else (f"{count}, {words.left(left)}", count)
        return Line(name, words.lasting(took), counts if progress.total else ())

    def _draw(self) -> None:
        if not self.screen.live or self._over.is_set():
            return
        running = self.progress.running
        if not running or any(job.rule not in SILENT for job in running.values()):
            self.screen.draw(None)  # it would stand in the way of what they print
            return
        number, first = min(running.items(), key=lambda each: each[1].began)
        log = self._logs.get(number)
        more = f", and {len(running) - 1} more" if len(running) > 1 else ""
        took = float(int(time.time() - first.began))
        said = (log and log.latest.removesuffix(" …")) or first.name
        line = self._line(said, took)
        self.screen.draw(Line(line.said, f"{took:.0f} s{more}", line.counts))

    def _live(self) -> None:
        while not self._over.wait(1):
            with self.screen.lock:
                self._follow()
                self._draw()


def logs(rule: str, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield where a failed job's logs lie, and the last lines of each."""
    for name in record.get("log") or []:
        path = Path(name.split(" (")[0])
        if rule in SPOKEN:
            yield f"  log: {path}"
            continue
        try:
            lines = [shown(line) for line in path.read_bytes().rstrip(b"\n").split(b"\n")]
        except OSError:
            yield f"  log: {path} (not there)"
            continue
        last = lines[-LAST:] if any(lines) else []
        yield f"  log: {path}{', its last lines:' if last else ' (empty)'}"
        yield from (f"    {line}" for line in last)
