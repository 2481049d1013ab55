"""The script of a batch job: one dask worker, which does as many jobs of the plan at once as it has cores."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

from mkrefs.cluster.batch_systems import NAME, batch_system
from mkrefs.cluster.extra import require_cluster_packages
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.cluster.workers import RESOURCE, memory_for_jobs

#: Seconds after which a worker ends that finds no scheduler, as when its run is over.
_PATIENCE = 60
#: Has the process end for certain once its worker closes.
_WORKER_END = "mkrefs.cluster.worker_end"
_ADDRESS = "tcp://ADDRESS-OF-THE-RUN:PORT"


def job_script(settings: ClusterSettings) -> str:
    """Write the script that would be submitted; nothing is started.

    Parameters
    ----------
    settings : ClusterSettings
        What is asked for.

    Returns
    -------
    str
        The script, with a place-holder for the address that a run takes when it begins.

    Raises
    ------
    mkrefs.errors.UserError
        If there is no script for such a system, the extra ``cluster`` is not installed, or a setting cannot
        be told to the batch system.
    """
    system = batch_system(settings.system)
    require_cluster_packages()
    import dask_jobqueue

    job_class = getattr(dask_jobqueue, system.cluster).job_cls
    with TemporaryDirectory() as folder:  # dask-jobqueue makes the folder of the logs at once
        options = job_options(replace(settings, log_directory=folder))
        script: str = job_class(_ADDRESS, name=NAME, **options).job_script()
    return script.replace(folder, settings.log_directory)


def job_options(settings: ClusterSettings) -> Mapping[str, Any]:
    """Give what describes a batch job to dask-jobqueue.

    Parameters
    ----------
    settings : ClusterSettings
        What is asked for.

    Returns
    -------
    mapping of str to object
        Arguments by keyword.

    Raises
    ------
    mkrefs.errors.UserError
        If a setting cannot be told to the batch system.
    """
    return {
        "job_name": NAME,
        "cores": settings.cores,
        "memory": f"{settings.memory} B",
        "processes": 1,
        "nanny": False,  # it would start the worker anew where the batch system is to take note of its end
        "python": f"{shlex.quote(sys.executable)} -P",  # modules in the current folder are not meant
        "death_timeout": _PATIENCE,
        "job_script_prologue": list(settings.prologue),
        "log_directory": settings.log_directory or None,
        "worker_extra_args": [
            "--no-dashboard",
            "--preload",
            _WORKER_END,
            "--resources",
            f"{RESOURCE}={memory_for_jobs(settings.memory)}",
        ],
        **batch_system(settings.system).options(settings),
    }
