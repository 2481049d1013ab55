"""What a batch system says about our batch jobs: which wait, run or are held, and why."""

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: Seconds that a batch system gets for its answer.
_PATIENCE = 30.0
#: Reasons of Slurm for which a job waits until somebody mends it.
_SLURM_HELD = frozenset(
    {
        "AccountNotAllowed",
        "BadConstraints",
        "InvalidAccount",
        "InvalidQOS",
        "JobHeldAdmin",
        "JobHeldUser",
        "PartitionNodeLimit",
        "PartitionTimeLimit",
        "QOSNotAllowed",
    }
)


class QueueState(StrEnum):
    """What a batch job is doing."""

    WAITING = "waiting"
    RUNNING = "running"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A batch job as the batch system sees it.

    Attributes
    ----------
    number : str
        Its id.
    state : QueueState
        What it is doing.
    reason : str
        Why it waits or is held, in the batch system's words; may be empty.
    """

    number: str
    state: QueueState
    reason: str = ""


def queued_jobs(system: str, numbers: Iterable[str]) -> tuple[QueuedJob, ...] | None:
    """Ask a batch system for our batch jobs.

    Parameters
    ----------
    system : str
        As in ``batch.batchmode``.
    numbers : iterable of str
        Ids of the batch jobs.

    Returns
    -------
    tuple of QueuedJob or None
        Those of them that are not over; None if the batch system gave no answer.
    """
    wanted = set(numbers) - {""}
    if not wanted:
        return ()
    command, parse = _QUEUES[system]
    try:
        done = subprocess.run(  # noqa: S603 - a command of the batch system with numbers of jobs
            command(sorted(wanted)),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode and not done.stdout and not _is_about_unknown_jobs(done.stderr):
        return None
    return tuple(job for job in parse(done.stdout) if job.number in wanted)


def parse_slurm(text: str) -> list[QueuedJob]:
    """Read lines ``id|STATE|reason`` of squeue."""
    jobs = []
    for number, state, reason in _columns(text, 3, "|"):
        held = state == "PENDING" and (reason in _SLURM_HELD or "held" in reason)
        jobs.append(QueuedJob(number, _state(held, state == "PENDING"), "" if reason == "None" else reason))
    return jobs


def parse_condor(text: str) -> list[QueuedJob]:
    """Read lines ``cluster process status reason`` of condor_q; a status of 1 is waiting, 5 is held."""
    jobs = []
    for cluster, process, status, reason in _columns(text, 4):
        told = "" if reason == "undefined" else reason
        jobs.append(QueuedJob(f"{cluster}.{process}", _state(status == "5", status == "1"), told))
    return jobs


def parse_pbs(text: str) -> list[QueuedJob]:
    """Read the full display of qstat; a state of H is held, C and F are over."""
    jobs = []
    for block in re.split(r"^Job Id: *", text.replace("\n\t", ""), flags=re.MULTILINE)[1:]:
        number = re.match(r"\d+", block)
        fields = dict(re.findall(r"^ +(\w+) = (.*)$", block, flags=re.MULTILINE))
        state = fields.get("job_state", "")
        if number is not None and state not in ("C", "F"):
            told = fields.get("comment", "").strip()
            jobs.append(QueuedJob(number[0], _state(state == "H", state in ("Q", "W", "T")), told))
    return jobs


def parse_lsf(text: str) -> list[QueuedJob]:
    """Read lines ``id|STATE|reason`` of bjobs; PSUSP is held, DONE and EXIT are over."""
    jobs = []
    for number, state, reason in _columns(text, 3, "|"):
        if state not in ("DONE", "EXIT", "ZOMBI"):
            told = "" if reason == "-" else reason
            jobs.append(QueuedJob(number, _state(state == "PSUSP", state in ("PEND", "WAIT")), told))
    return jobs


def _columns(text: str, count: int, separator: str | None = None) -> Iterator[list[str]]:
    """Give the words of each line that has so many; others tell of no job."""
    for line in text.splitlines():
        words = [word.strip() for word in line.split(separator, count - 1)]
        if len(words) == count:
            yield words


def _state(is_held: bool, is_waiting: bool) -> QueueState:
    if is_held:
        return QueueState.HELD
    return QueueState.WAITING if is_waiting else QueueState.RUNNING


def _is_about_unknown_jobs(told: str) -> bool:
    """Tell whether the batch system complains that jobs are over, which is an answer too."""
    return re.search(r"unknown job|not found|has finished|invalid job id", told, re.IGNORECASE) is not None


_Command = Callable[[Sequence[str]], list[str]]
_Parser = Callable[[str], list[QueuedJob]]
_QUEUES: Mapping[str, tuple[_Command, _Parser]] = {
    "Slurm": (
        lambda _: ["squeue", "--noheader", "--format=%i|%T|%r", f"--user={os.getuid()}"],
        parse_slurm,
    ),
    "Condor": (
        lambda jobs: ["condor_q", *jobs, "-autoformat", "ClusterId", "ProcId", "JobStatus", "HoldReason"],
        parse_condor,
    ),
    "PBS": (lambda jobs: ["qstat", "-f", *jobs], parse_pbs),
    "LSF": (
        lambda jobs: ["bjobs", "-noheader", "-o", "jobid stat pend_reason delimiter='|'", *jobs],
        parse_lsf,
    ),
}
