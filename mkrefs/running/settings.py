"""How a plan is to be run, and what came of it: plain values."""

import logging
import os
import signal
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.ledger.versions import software_versions
from mkrefs.running.attempt import Cause
from mkrefs.running.available_memory import available_memory, usable_cores
from mkrefs.running.memory import expected_memory
from mkrefs.running.process_memory import memory_of_tree
from mkrefs.running.worker import Work

#: The function that carries out each kind of job.
WORK: Mapping[str, Work] = {
    "SelectJob": Work("mkrefs.selection.work:select"),
    "CalibrateJob": Work("mkrefs.calibration.work:calibrate"),
    "CorrectJob": Work("mkrefs.correction.work:correct", takes_fingerprint=True),
    "CreateJob": Work("mkrefs.creation.work:create", takes_fingerprint=True),
    "CombineJob": Work("mkrefs.combination.work:combine", takes_fingerprint=True),
    "CertifyJob": Work("mkrefs.certification.work:run_certify_job"),
    "GateJob": Work("mkrefs.gate.work:run_gate_job"),
    "LoadJob": Work("mkrefs.certification.loading:run_load_job"),
    "TrialJob": Work("mkrefs.calibration.trial:run_trial"),
    "CompareJob": Work("mkrefs.comparison.work:run_comparison"),
    "VerifyJob": Work("mkrefs.verification.work:run_verification"),
}


@dataclass(frozen=True, slots=True)
class ByKind:
    """A choice of jobs by their kind; none unless it says so.

    Attributes
    ----------
    calibrations : bool
        Pipeline runs.
    references : bool
        All that makes and checks reference files.
    """

    calibrations: bool = False
    references: bool = False

    def __call__(self, job: Job) -> bool:
        """Tell whether ``job`` is among those chosen."""
        return self.calibrations if isinstance(job, CalibrateJob) else self.references


def no_rules(job: Job) -> str:
    """Say of every job that it sees no rules of CRDS."""
    return ""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a plan is to be run.

    Attributes
    ----------
    nproc : int
        The most worker processes; 0 for as many as there are cores.
    context : str
        Name of the CRDS context.
    rules_of : callable
        Takes a job, gives the fingerprint of the CRDS rules that it can see; part of its fingerprint.
    work : mapping of str to Work
        The function for each kind of job.
    versions : mapping of str to str
        Software versions; some are part of each fingerprint.
    force : callable
        Takes a job, tells whether to do it again although its products are current.
    keep_logs : callable
        Takes a job, tells whether to keep its log if it goes well; those of failed jobs are always kept.
    keep_warnings : callable
        Takes a job, tells whether to keep its warnings and errors in a file of their own.
    log_level : int
        Lowest level of log records that logs take, as in `logging`.
    limits : mapping of str to int
        The most jobs of a kind that are done in this run; those that are kept do not count. What is beyond
        is left for another run.
    memory_of : callable
        Takes a job, gives the bytes it is expected to take.
    memory_limit : int
        Bytes that the jobs under way and this process may take together; 0 for what is available when the
        run begins.
        One job always runs, however large.
    retries : int
        How often a job that failed for a cause of ``retry_on`` is tried again.
    retry_on : collection of Cause
        The causes for which it is.
    longest : float
        Seconds that a job may take; 0 for any number.
    inline : bool
        Carry jobs out in this process, for debugging.
    """

    nproc: int = 0
    context: str = ""
    rules_of: Callable[[Job], str] = no_rules
    work: Mapping[str, Work] = field(default_factory=lambda: WORK)
    versions: Mapping[str, str] = field(default_factory=software_versions)
    force: Callable[[Job], bool] = ByKind()
    keep_logs: Callable[[Job], bool] = ByKind()
    keep_warnings: Callable[[Job], bool] = ByKind()
    log_level: int = logging.INFO
    limits: Mapping[str, int] = field(default_factory=dict)
    memory_of: Callable[[Job], int] = expected_memory
    memory_limit: int = 0
    retries: int = 1
    retry_on: Collection[Cause] = frozenset(Cause)
    longest: float = 0.0
    inline: bool = False

    @property
    def capacity(self) -> int:
        """Number of workers."""
        return 1 if self.inline else self.nproc or usable_cores()

    @property
    def threads(self) -> int:
        """Threads of each worker's numerical libraries."""
        return max(1, usable_cores() // self.capacity)

    @property
    def usable_memory(self) -> int:
        """Bytes that the jobs under way may take together: what this process has does not count as theirs."""
        if not self.memory_limit:
            return available_memory()
        return max(self.memory_limit - memory_of_tree(os.getpid()), 0)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run.

    Attributes
    ----------
    outcomes : tuple of Outcome
        Of the jobs that ended, in the order of the plan.
    unfinished : tuple of str
        Ids of the jobs that a signal or a limit left undone.
    interrupted_by : int
        Number of that signal; 0 if the run came to its end.
    limits_reached : tuple of str
        Kinds of job of which some were left because of `RunSettings.limits`.
    """

    outcomes: tuple[Outcome, ...]
    unfinished: tuple[str, ...] = ()
    interrupted_by: int = 0
    limits_reached: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """Give 0 if all was made or kept, 1 if something failed, 128 and its number after a signal.

        That is 129 when the terminal went away, 130 after Ctrl-C, 143 after SIGTERM.
        """
        if self.interrupted_by:
            return 128 + signal.Signals(self.interrupted_by)
        return int(any(outcome.state in (State.FAILED, State.SKIPPED) for outcome in self.outcomes))
