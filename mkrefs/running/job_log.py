"""Captures all that a job says into its log file: logging, warnings, and the file descriptors 1 and 2.

Which logs are kept, and where they lie, is decided by those who open them.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mkrefs.jobs.job import Job
from mkrefs.storage.atomic import write_text_atomic
from mkrefs.storage.write_errors import mendable_write_errors

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_MOST_WARNINGS = 50
#: Bytes at the end of a log in which its last lines are looked for.
_TAIL = 65_536
#: Characters of a line that are shown.
_LONGEST_LINE = 500


@dataclass(slots=True)
class JobLog:
    """What was caught so far.

    Attributes
    ----------
    path : Path or None
        The log file; None if nothing is caught.
    warnings : list of str
        Messages of level WARNING and above, each once, no more than fifty.
    """

    path: Path | None = None
    warnings: list[str] = field(default_factory=list)

    def add_warning(self, text: str) -> None:
        """Note a warning unless it is known."""
        if text not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(text)

    def last_lines(self) -> tuple[str, ...]:
        """Give what was said last."""
        _flush()
        return last_lines(self.path) if self.path is not None else ()

    def discard(self) -> None:
        """Remove the log file; what is said from now on is lost."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def write(self, text: str) -> None:
        """Add to the log file, if there is one."""
        if self.path is not None:
            _flush()
            with self.path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)

    def write_warnings(self, *further: str) -> None:
        """Write the warnings, and what else went wrong, beside the log file; nothing, no file."""
        if self.path is None:
            return
        lines = [*self.warnings, *further]
        if lines:
            write_text_atomic(warnings_path(self.path), "".join(f"{line}\n" for line in lines))


class _WarningCollector(logging.Handler):
    def __init__(self, log: JobLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.add_warning(record.getMessage().strip())


def log_path(job: Job) -> Path:
    """Give the path of a job's log: the name of its first output with the suffix ``.log.txt``."""
    output = Path(job.outputs[0])
    path = output.with_suffix(".log.txt")
    return path if str(path) not in job.outputs else output.with_name(f"{output.name}.log.txt")


def warnings_path(log: Path) -> Path:
    """Give the path of the file for warnings and errors that belongs to a log: suffix ``.err.txt``."""
    return log.with_name(f"{log.name.removesuffix('.log.txt')}.err.txt")


@contextmanager
def job_log(path: Path, *, level: int = logging.INFO) -> Iterator[JobLog]:
    """Send everything that is said within the block to a file, and nothing to the terminal.

    Parameters
    ----------
    path : Path
        The log file; an older one is replaced, and its warnings are removed. It is written line by line, so
        that it tells what happened last even if the process dies.
    level : int
        Lowest level of log records to keep. What is no log record is always kept, and so are all warnings
        in `JobLog.warnings`.

    Yields
    ------
    JobLog
        Collects the warnings.

    Raises
    ------
    mkrefs.errors.UserError
        If the file cannot be written.
    """
    log = JobLog(path)
    with mendable_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        warnings_path(path).unlink(missing_ok=True)
        stream = path.open("a", encoding="utf-8", errors="replace", buffering=1)
    with stream, _descriptors_to(stream.fileno()):
        handler = logging.StreamHandler(stream)
        handler.setLevel(level)
        handler.setFormatter(logging.Formatter(_FORMAT))
        with _root_handlers(level, handler, _WarningCollector(log)):
            yield log


def last_lines(path: Path, count: int = 10) -> tuple[str, ...]:
    """Read the last lines of a log.

    Parameters
    ----------
    path : Path
        The log; it need not exist.
    count : int
        The most lines to give.

    Returns
    -------
    tuple of str
        Without line breaks and what else a terminal would obey; of long lines the beginnings.
    """
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _TAIL))
            lines = stream.read().decode("utf-8", errors="replace").rstrip().split("\n")
    except OSError:
        return ()
    return tuple(map(_plain, lines[-count:])) if lines != [""] else ()


def _plain(line: str) -> str:
    told = "".join(
        sign if sign.isprintable() or sign == "\t" else "\N{REPLACEMENT CHARACTER}" for sign in line.rstrip()
    )
    return told if len(told) <= _LONGEST_LINE else f"{told[:_LONGEST_LINE]}..."


@contextmanager
def _root_handlers(level: int, *handlers: logging.Handler) -> Iterator[None]:
    root = logging.getLogger()
    before = root.level
    root.setLevel(min(level, before, logging.WARNING))
    for handler in handlers:
        root.addHandler(handler)
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        for handler in handlers:
            root.removeHandler(handler)
        root.setLevel(before)


@contextmanager
def _descriptors_to(target: int) -> Iterator[None]:
    """Point the descriptors 1 and 2 elsewhere: this catches C libraries and child processes too.

    The objects `sys.stdout` and `sys.stderr` stay: libraries that keep them keep working afterwards.
    """
    _flush()
    saved = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
    try:
        for descriptor in saved:
            os.dup2(target, descriptor)
        yield
    finally:
        try:
            _flush()
        finally:
            for descriptor, original in saved.items():
                os.dup2(original, descriptor)
                os.close(original)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
