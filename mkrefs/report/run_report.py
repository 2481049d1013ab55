"""All that the page tells of a run, collected from its folder as frozen values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from mkrefs.jobs.outcome import State
from mkrefs.jobs.stages import stage_of
from mkrefs.overview.final_files import FINAL
from mkrefs.overview.records import CommandRecord, ProductRecord, RunRecord, Status
from mkrefs.report.correction_view import CORRECTION, CorrectionView, view_corrections
from mkrefs.report.documents import mapping, mappings, read_document, text
from mkrefs.report.file_report import COLUMNS, FileReport, report_file
from mkrefs.report.numbers import listed, plural
from mkrefs.report.verdicts import Tone, Verdict

#: Kinds of jobs that the heading counts.
_COUNTED = (FINAL, "CreateJob", CORRECTION, "CalibrateJob")
_LONGEST = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that failed, why, and its log if that was kept."""

    job: str
    kind: str
    reason: str
    log: str


@dataclass(frozen=True, slots=True)
class LeftOutLine:
    """Exposures or files that were left out for one reason; ``label`` is empty for all labels."""

    label: str
    reason: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindTime:
    """What the jobs of one kind took: seconds, and bytes of memory.

    Attributes
    ----------
    share : float
        The total over that of the kind that took longest.
    memory : int
        The most that one of them had at once; 0 if that is not known.
    """

    kind: str
    jobs: int
    total: float
    median: float
    longest: float
    share: float
    memory: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """What the page tells of a run.

    Attributes
    ----------
    folder, name : str
        The run folder, and what it is called.
    drawn : datetime
        When this was collected, UTC.
    status : Verdict
        How the last command ended, in words.
    summary : str
        What was made, in a sentence.
    commands : tuple of CommandRecord
        The latest first.
    context : str
        CRDS context of the last command.
    versions : tuple of (str, str)
        Software that made the final files.
    files : tuple of FileReport
        The final files.
    corrections : tuple of CorrectionView
        The groups of corrected images.
    columns : mapping of str to str
        Columns of the summary that anything is known of: names and headings.
    failures : tuple of Failure
        What failed.
    skipped : int
        Jobs that were skipped because they need what failed.
    left_out : tuple of LeftOutLine
        What was not used and why, in the last run.
    times : tuple of KindTime
        By kind of job, the longest first.
    longest : tuple of ProductRecord
        The jobs that took longest.
    """

    folder: str
    name: str
    drawn: datetime
    status: Verdict
    summary: str
    commands: tuple[CommandRecord, ...]
    context: str
    versions: tuple[tuple[str, str], ...]
    files: tuple[FileReport, ...]
    corrections: tuple[CorrectionView, ...]
    columns: Mapping[str, str]
    failures: tuple[Failure, ...]
    skipped: int
    left_out: tuple[LeftOutLine, ...]
    times: tuple[KindTime, ...]
    longest: tuple[ProductRecord, ...]


def collect_report(record: RunRecord) -> RunReport:
    """Collect what the page tells of a run.

    Parameters
    ----------
    record : RunRecord
        What journal and manifests tell.

    Returns
    -------
    RunReport
    """
    folder = Path(record.folder)
    finals = [product for product in record.products if product.kind == FINAL]
    files = tuple(
        report_file(final, record.products, folder, number) for number, final in enumerate(finals, 1)
    )
    jobs = tuple({product.job: product for product in record.products}.values())
    commands = record.commands[::-1]
    return RunReport(
        folder=record.folder,
        name=folder.name,
        drawn=datetime.now(UTC),
        status=_status(commands[0] if commands else None, at_work=record.at_work),
        summary=_summary(jobs),
        commands=commands,
        context=commands[0].context if commands else next((f.provenance.context for f in files), ""),
        versions=_versions(files, commands),
        files=files,
        corrections=view_corrections(record.products, folder),
        columns={name: title for name, title in COLUMNS.items() if any(name in f.verdicts for f in files)},
        failures=tuple(_failures(jobs, commands)),
        skipped=sum(job.state == State.SKIPPED for job in jobs),
        left_out=_left_out(read_document(folder / "plan.json")),
        times=_times(jobs),
        longest=tuple(sorted(_timed(jobs), key=lambda job: -(job.seconds or 0.0))[:_LONGEST]),
    )


def kind_word(kind: str) -> str:
    """Say what a job of a kind is called."""
    return stage_of(kind).job


def command_status(command: CommandRecord) -> str:
    """Say how a command ended."""
    left = f", with {plural(command.left, 'job')} left" if command.left else ""
    failed, skipped = command.counts.get(State.FAILED, 0), command.counts.get(State.SKIPPED, 0)
    match command.status:
        case Status.DONE:
            return f"finished{left}"
        case Status.FAILED if command.error:
            return f"ended with an error{left}"
        case Status.FAILED:
            also = f", {skipped} skipped" if skipped else ""
            return f"finished, {plural(failed, 'job')} failed{also}{left}"
        case Status.STOPPED:
            return f"stopped by {command.interrupted_by}{left}"
        case Status.AT_WORK:
            return f"at work{left}"
    return f"not ended, probably killed{left}"


def _status(command: CommandRecord | None, *, at_work: bool) -> Verdict:
    if command is None:
        return Verdict("at work" if at_work else "no journal tells of the run")
    tones = {Status.DONE: Tone.GOOD, Status.FAILED: Tone.BAD, Status.AT_WORK: Tone.PLAIN}
    tone = tones.get(command.status, Tone.LOOK)
    return Verdict(command_status(command), Tone.LOOK if command.left and tone is Tone.GOOD else tone)


def _summary(jobs: Sequence[ProductRecord]) -> str:
    """Say what there is: only what was made or kept counts."""
    there = [job for job in jobs if job.state in (State.MADE, State.KEPT)]
    numbers = {kind: sum(job.kind == kind for job in there) for kind in _COUNTED}
    needed = () if numbers[CORRECTION] else (FINAL,)
    words = [plural(number, kind_word(kind)) for kind, number in numbers.items() if number or kind in needed]
    exposures = len({name for job in there if job.kind == FINAL for name in job.exposures})
    return " from ".join((listed(words), *([plural(exposures, "exposure")] if exposures else [])))


def _versions(files: Sequence[FileReport], commands: Sequence[CommandRecord]) -> tuple[tuple[str, str], ...]:
    """Give the software that made the files, with all versions that occur."""
    found: dict[str, dict[str, None]] = {"mkrefs": {commands[0].mkrefs: None}} if commands else {}
    for file in files:
        for name, version in file.provenance.versions:
            found.setdefault(name, {})[version] = None
    return tuple((name, ", ".join(versions)) for name, versions in found.items())


def _failures(jobs: Sequence[ProductRecord], commands: Sequence[CommandRecord]) -> Iterator[Failure]:
    if commands and commands[0].error:
        yield Failure("the last command", "", commands[0].error, "")
    for job in jobs:
        if job.state == State.FAILED:
            yield Failure(job.job, kind_word(job.kind), job.reason, job.log)


def _left_out(plan: Mapping[str, Any]) -> tuple[LeftOutLine, ...]:
    """Put together what was left out for the same reason; files come before exposures."""
    found: dict[tuple[str, str], list[str]] = {}
    for file, reason in mapping(plan.get("skipped")).items():
        found.setdefault(("", text(reason)), []).append(Path(file).name)
    for label in mappings(plan.get("labels")):
        for each in mappings(label.get("left_out")):
            key = (text(label.get("label")), text(each.get("reason")))
            found.setdefault(key, []).append(text(each.get("exposure")))
    return tuple(LeftOutLine(label, reason, tuple(names)) for (label, reason), names in found.items())


def _timed(jobs: Sequence[ProductRecord]) -> list[ProductRecord]:
    return [job for job in jobs if job.seconds]


def _times(jobs: Sequence[ProductRecord]) -> tuple[KindTime, ...]:
    by_kind: dict[str, list[ProductRecord]] = {}
    for job in _timed(jobs):
        by_kind.setdefault(stage_of(job.kind).name, []).append(job)
    times = [_time(kind, members) for kind, members in by_kind.items()]
    most = max((time.total for time in times), default=1.0)
    return tuple(
        replace(time, share=time.total / most) for time in sorted(times, key=lambda time: -time.total)
    )


def _time(kind: str, jobs: Sequence[ProductRecord]) -> KindTime:
    seconds = [job.seconds or 0.0 for job in jobs]
    memory = max(job.peak_memory for job in jobs)
    return KindTime(kind, len(jobs), sum(seconds), median(seconds), max(seconds), share=1.0, memory=memory)
