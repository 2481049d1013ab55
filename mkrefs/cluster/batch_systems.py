"""What the batch systems call the things that settings ask for: the one place where they differ.

How their queues are read is in `mkrefs.cluster.batch_queue`.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mkrefs.cluster.settings import ClusterSettings
from mkrefs.errors import UserError

#: Name of the batch jobs, in the queue and in the names of their logs.
NAME = "mkrefs"
#: Disk space that HTCondor wants to be asked for; jobs write to the folder of the run, all but temporaries.
_CONDOR_DISK = "200 MB"


@dataclass(frozen=True, slots=True)
class BatchSystem:
    """How dask-jobqueue speaks to a batch system.

    Attributes
    ----------
    cluster : str
        Class of dask-jobqueue.
    submit : str
        The command that takes a job script.
    options : callable
        Takes the settings, gives the arguments of the class that are the batch system's own.
    """

    cluster: str
    submit: str
    options: Callable[[ClusterSettings], Mapping[str, Any]]


def batch_system(name: str) -> BatchSystem:
    """Look up a batch system.

    Parameters
    ----------
    name : str
        As in ``batch.batchmode``.

    Returns
    -------
    BatchSystem

    Raises
    ------
    mkrefs.errors.UserError
        If it is none.
    """
    if name not in BATCH_SYSTEMS:
        raise UserError(
            f"batch.batchmode: {name} has no job script, as its workers are started by others; "
            f"it must be one of {', '.join(BATCH_SYSTEMS)}."
        )
    return BATCH_SYSTEMS[name]


def require_submit_command(name: str) -> None:
    """Check that a batch system can be spoken to from this machine.

    Parameters
    ----------
    name : str
        As in ``batch.batchmode``.

    Raises
    ------
    mkrefs.errors.UserError
        If there is no such command.
    """
    command = batch_system(name).submit
    if shutil.which(command) is None:
        raise UserError(
            f"batch.batchmode: {name} is asked for, but this machine has no command {command}; run mkrefs "
            "where batch jobs are submitted, or set batch.batch_enabled to False to run on this machine."
        )


def seconds_of(walltime: str) -> int:
    """Give the seconds of ``HH:MM:SS`` or ``HH:MM``."""
    hours, minutes, seconds = (*map(int, walltime.split(":")), 0)[:3]
    return 3600 * hours + 60 * minutes + seconds


def _plain(settings: ClusterSettings) -> dict[str, Any]:
    return {
        "account": settings.account or None,
        "queue": settings.queue or None,
        "walltime": settings.walltime,
        "job_extra_directives": list(settings.directives),
    }


def _lsf(settings: ClusterSettings) -> dict[str, Any]:
    minutes = -(-seconds_of(settings.walltime) // 60)  # LSF knows no seconds
    return {
        "project": settings.account or None,
        "queue": settings.queue or None,
        "walltime": f"{minutes // 60:02}:{minutes % 60:02}",
        "job_extra_directives": list(settings.directives),
    }


def _condor(settings: ClusterSettings) -> dict[str, Any]:
    if settings.queue:
        raise UserError(
            f"batch.queue: HTCondor has no queues, and thus no '{settings.queue}'; leave it empty, and "
            "choose machines with a line such as 'Requirements = ...' in batch.directives."
        )
    limit = seconds_of(settings.walltime)
    lines = {
        "batch_name": NAME,
        "periodic_remove": f"(JobStatus == 2) && (time() - EnteredCurrentStatus > {limit})",
    }
    if settings.account:
        lines["accounting_group"] = settings.account
    return {"disk": _CONDOR_DISK, "job_extra_directives": lines | dict(map(_assignment, settings.directives))}


def _assignment(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals or not name.strip():
        raise UserError(
            f"batch.directives: '{line}' is no line of an HTCondor submit file; it must read 'name = value'."
        )
    return name.strip(), value.strip()


BATCH_SYSTEMS: Mapping[str, BatchSystem] = {
    "Condor": BatchSystem("HTCondorCluster", "condor_submit", _condor),
    "Slurm": BatchSystem("SLURMCluster", "sbatch", _plain),
    "PBS": BatchSystem("PBSCluster", "qsub", _plain),
    "LSF": BatchSystem("LSFCluster", "bsub", _lsf),
}
