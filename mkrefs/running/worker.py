"""What happens to one job in a worker: inputs recorded, work done, outputs recorded, manifest written.

The work itself is found by a dotted name; nothing of it is imported before it is needed.
"""

import logging
import os
import socket
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import cast

from mkrefs.errors import PassingError, UserError
from mkrefs.jobs.job import Job
from mkrefs.jobs.json_form import job_to_json
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.ledger.file_record import FileRecord, record_file
from mkrefs.ledger.fingerprint import fingerprint
from mkrefs.ledger.inputs_in_use import inputs_watched, take_inputs
from mkrefs.ledger.manifest import Manifest, manifest_path, write_manifest
from mkrefs.ledger.passing import passing_failures_told
from mkrefs.ledger.products import notes_on, single_products
from mkrefs.running.attempt import Cause
from mkrefs.running.job_log import JobLog, job_log, log_path
from mkrefs.running.peak_memory import forget_peak, peak_memory
from mkrefs.storage.turns import turn_at
from mkrefs.storage.write_errors import mendable_write_errors


@dataclass(frozen=True, slots=True)
class Work:
    """Which function carries out a kind of job.

    Attributes
    ----------
    target : str
        ``package.module:function``. It takes the job and gives notes, a tuple of str.
    takes_fingerprint : bool
        The function takes the fingerprint of the product as its second argument.
    """

    target: str
    takes_fingerprint: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A job with all that a worker needs to carry it out; it can be pickled.

    Attributes
    ----------
    context : str
        Name of the CRDS context.
    rules : tuple of str
        For each product in its order, the fingerprint of the CRDS rules that the job can see.
    known : tuple of FileRecord
        Records of the job's inputs, which spare reading them again.
    keep_log : bool
        Keep the log of a job that went well.
    keep_warnings : bool
        Keep warnings and errors in a file of their own beside the log.
    log_level : int
        Lowest level of log records that the log takes.
    capture : bool
        Send all output to the log; otherwise it is left where it goes.
    longest : float
        Seconds that the task may take; 0 for any number. Kept by those who wait for the worker.
    memory : int
        Bytes that the worker and all that it starts may take; 0 for any number. Kept likewise.
    """

    job: Job
    work: Work
    versions: Mapping[str, str]
    context: str
    rules: tuple[str, ...]
    known: tuple[FileRecord, ...] = ()
    keep_log: bool = False
    keep_warnings: bool = False
    log_level: int = logging.INFO
    capture: bool = True
    longest: float = 0.0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker sends back.

    Attributes
    ----------
    outcome : Outcome
        Made or failed.
    records : tuple of FileRecord
        Of the inputs and outputs of a job that was made.
    warnings : tuple of str
        What libraries warned of.
    log_tail : tuple of str
        What the log of a job that failed said last, before the error.
    cause : Cause or None
        Why it failed, if another attempt may go better; None if it was made, or if the user has to mend
        something first.
    peak_memory : int
        The most bytes that the process had while it made a job's products; 0 if that is not known.
    """

    outcome: Outcome
    records: tuple[FileRecord, ...] = ()
    warnings: tuple[str, ...] = ()
    log_tail: tuple[str, ...] = ()
    cause: Cause | None = None
    peak_memory: int = 0


def perform(task: Task) -> Report:
    """Carry out a job; whatever goes wrong is told in the report.

    Parameters
    ----------
    task : Task
        What to do.

    Returns
    -------
    Report
        How it went.
    """
    path = log_path(task.job)
    capture = job_log(path, level=task.log_level) if task.capture else nullcontext(JobLog())
    try:
        with mendable_write_errors(path), capture as log:
            return _attempt(task, log)
    except UserError as error:  # the log cannot be written
        return Report(Outcome(task.job.id, State.FAILED, reason=str(error)))


def _attempt(task: Task, log: JobLog) -> Report:
    cause = None
    try:
        with (
            passing_failures_told(),
            turn_at(manifest_path(part) for part in single_products(task.job)),
        ):
            return _make(task, log)
    except UserError as error:
        cause = Cause.EXCEPTION if isinstance(error, PassingError) else None
        outcome = Outcome(task.job.id, State.FAILED, reason=str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises ends its job, not the run
        cause = Cause.MEMORY if isinstance(error, MemoryError) else Cause.EXCEPTION
        reason = f"{type(error).__name__}: {error}"
        outcome = Outcome(task.job.id, State.FAILED, reason=reason, traceback=traceback.format_exc())
    tail = log.last_lines()
    log.write(f"{outcome.traceback or outcome.reason}\n")
    if task.keep_warnings:
        log.write_warnings(outcome.reason)
    return Report(outcome, warnings=tuple(log.warnings), log_tail=tail, cause=cause)


def _make(task: Task, log: JobLog) -> Report:
    job, started, clock = task.job, _now(), time.monotonic()
    forget_peak()
    parts = single_products(job)
    for part in parts:
        with mendable_write_errors(manifest_path(part)):
            manifest_path(part).unlink(missing_ok=True)
    inputs = take_inputs(job.inputs, task.known)
    digests = {record.path: record.digest for record in inputs}
    mark = fingerprint(job, digests, task.versions, task.rules[0])
    with mendable_write_errors(Path(job.outputs[0])), inputs_watched(inputs):
        notes = _call(task, mark)
    outputs = {path: _record_output(path, task.work) for path in job.outputs}
    seconds, peak = time.monotonic() - clock, peak_memory()
    made = _Made(inputs, outputs, notes, tuple(log.warnings), started, seconds, peak)
    manifests = {
        manifest_path(part): _manifest(task, made, part, rules)
        for part, rules in zip(parts, task.rules, strict=True)
    }
    if task.keep_warnings:
        log.write_warnings()
    if not task.keep_log:
        log.discard()  # before the manifests, after which nothing may be left to do
    for path, manifest in manifests.items():
        write_manifest(path, manifest)
    outcome = Outcome(job.id, State.MADE, outputs=job.outputs, notes=notes, seconds=seconds)
    return Report(outcome, (*inputs, *outputs.values()), made.warnings, peak_memory=peak)


@dataclass(frozen=True, slots=True)
class _Made:
    """What came of the work on a job; outputs by their paths."""

    inputs: tuple[FileRecord, ...]
    outputs: Mapping[str, FileRecord]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    started: str
    seconds: float
    peak_memory: int


def _manifest(task: Task, made: _Made, part: Job, rules: str) -> Manifest:
    """Give the manifest of one of a job's products, as if that had been made alone."""
    digests = {record.path: record.digest for record in made.inputs}
    return Manifest(
        state=State.MADE.value,
        job=job_to_json(part),
        fingerprint=fingerprint(part, digests, task.versions, rules),
        inputs=tuple(record for record in made.inputs if record.path in part.inputs),
        outputs=tuple(made.outputs[path] for path in part.outputs),
        versions={**task.versions, **_plugin_version(task.job)},
        context=task.context,
        seconds=round(made.seconds, 3),
        notes=notes_on(part, task.job, made.notes),
        warnings=made.warnings,
        started=made.started,
        ended=_now(),
        host=socket.gethostname(),
        pid=os.getpid(),
        rules=rules,
        peak_memory=made.peak_memory,
    )


def _call(task: Task, mark: str) -> tuple[str, ...]:
    module, _, name = task.work.target.partition(":")
    work = getattr(import_module(module), name)
    if task.work.takes_fingerprint:
        return tuple(cast(Callable[[Job, str], tuple[str, ...]], work)(task.job, mark))
    return tuple(cast(Callable[[Job], tuple[str, ...]], work)(task.job))


def _record_output(path: str, work: Work) -> FileRecord:
    if not Path(path).is_file():
        raise FileNotFoundError(f"{work.target} ended without making {path}")
    return record_file(path)


def _plugin_version(job: Job) -> dict[str, str]:
    plugin: str = getattr(job, "plugin", "")
    return {"plugin": plugin} if plugin else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
