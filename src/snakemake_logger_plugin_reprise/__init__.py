"""What a terminal shows of an experiment at work, instead of Snakemake's own lines.

Snakemake finds this package by its name; `profiles/default` asks for it. `REPRISE_VERBOSE=1`,
`--verbose`, `--printshellcmds` and `--quiet` give Snakemake's own lines, which are all in
`.snakemake/log` in any case. Of the suite it imports nothing.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from snakemake_interface_logger_plugins.base import LogHandlerBase

from .follow import FOLLOWED
from .screen import Screen
from .watcher import Watcher

if TYPE_CHECKING:
    from snakemake_interface_logger_plugins.settings import OutputSettingsLoggerInterface

VERBOSE = "REPRISE_VERBOSE"
"""Set to anything, it brings Snakemake's own lines back."""
DRY = ("host", "reason", "rules")
"""Of what a dry run is silent unless it is asked: what is left is its table of jobs."""


class LogHandler(LogHandlerBase):
    """Hands each record of Snakemake to what watches the jobs, or to Snakemake's own handler."""

    def __post_init__(self) -> None:
        """Choose between the two."""
        self.own: logging.Handler | None = None
        self.watcher: Watcher | None = None
        if self.common_settings.dryrun or asked(self.common_settings):
            self.own = snakemakes(self.common_settings)
            os.environ.pop(FOLLOWED, None)
        else:
            self.watcher = Watcher(Screen(sys.stderr))
            os.environ[FOLLOWED] = "1"  # for the jobs

    def emit(self, record: logging.LogRecord) -> None:
        """Show what is to be shown of a record."""
        if self.watcher:
            self.watcher.see(record)
        elif self.own and self.own.filter(record):
            self.own.emit(record)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self.watcher:
            self.watcher.close()
        super().close()

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False


def asked(settings: OutputSettingsLoggerInterface) -> bool:
    """Say whether somebody wants Snakemake's own lines, all or fewer."""
    words = (settings.verbose, settings.printshellcmds, settings.debug_dag, settings.quiet)
    return bool(os.environ.get(VERBOSE)) or any(words)


def snakemakes(settings: OutputSettingsLoggerInterface) -> logging.Handler:
    """Return the handler that Snakemake would have without this package."""
    # Late, for Snakemake is at its own imports while it looks for packages such as this.
    from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
    from snakemake.settings.enums import Quietness

    quiet = set(settings.quiet or ())
    if settings.dryrun and not asked(settings):
        quiet = {Quietness.parse_choice(name) for name in DRY}
    stream = sys.stdout if settings.stdout else sys.stderr
    handler: logging.Handler = ColorizingTextHandler(nocolor=settings.nocolor, stream=stream)
    handler.setFormatter(DefaultFormatter(quiet, settings.show_failed_logs))
    handler.addFilter(
        DefaultFilter(
            quiet, settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds
        )
    )
    return handler
