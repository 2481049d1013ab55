"""Makes the engine that sends tasks to other machines; dask is imported when it is wanted, not before."""

import math
import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkrefs.cluster.batch_systems import require_submit_command
from mkrefs.cluster.capacity import Capacity
from mkrefs.cluster.extra import require_cluster_packages
from mkrefs.cluster.order import Place
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.cluster.workers import memory_for_jobs
from mkrefs.errors import UserError
from mkrefs.running.engines import Engine
from mkrefs.storage.write_errors import mendable_write_errors

if TYPE_CHECKING:
    from distributed import Client

    from mkrefs.cluster.crew import Crew
    from mkrefs.cluster.workforce import Workforce

#: ``batch.batchmode`` of a scheduler that runs already.
DASK = "dask"
#: Folder in the run folder for the output of batch jobs, and the log of dask.
LOG_FOLDER = "batch_logs"
_MARK = ".mkrefs-run-"
#: Seconds to make a connection to a scheduler that answers.
_PATIENCE = 15

#: What dask is to do while the engine lives.
_DASK = {
    "distributed.scheduler.allowed-failures": 0,  # whether a job is tried again is for the runner to say
    "distributed.deploy.lost-worker-timeout": "1s",
    "distributed.admin.low-level-log-length": 1000,  # keeps the memory of the head flat
}


def cluster_engine(settings: ClusterSettings, *, run_folder: Path, most_jobs: int) -> Engine:
    """Make an engine that sends tasks to a batch system, or to a dask scheduler that runs already.

    Parameters
    ----------
    settings : ClusterSettings
        Where to, and what is asked for there.
    run_folder : Path
        The folder of the run, which all machines must see. The output of batch jobs and what dask logs go
        to ``batch_logs`` in it unless the settings name another folder.
    most_jobs : int
        How many tasks there can be at all; no more batch jobs are submitted than these can keep busy.

    Returns
    -------
    Engine
        To be closed or killed by its user. Batch jobs were submitted, and need not run yet.

    Raises
    ------
    UserError
        If the extra ``cluster`` is not installed, there is no command to submit with, the batch system
        refuses the script, the scheduler cannot be reached, or a folder cannot be written to.
    """
    if settings.system != DASK:
        require_submit_command(settings.system)
    require_cluster_packages()
    folder = Path(settings.log_directory or run_folder / LOG_FOLDER).expanduser().absolute()
    settings = replace(settings, log_directory=str(folder))
    with ExitStack() as resources:
        place = _marked_place(run_folder, resources)
        return _started(settings, place, max(1, most_jobs), resources)


def _started(settings: ClusterSettings, place: Place, most_jobs: int, resources: ExitStack) -> Engine:
    import dask
    from distributed import Client

    from mkrefs.cluster.dask_engine import DaskEngine
    from mkrefs.cluster.quiet import dask_log, no_warnings

    resources.enter_context(dask_log(Path(settings.log_directory) / "dask.log"))
    resources.enter_context(dask.config.set(_DASK))
    with no_warnings():
        workforce, crew_of = _workforce(settings, place, most_jobs)
        with ExitStack() as started:
            started.callback(workforce.close)
            client = _connected(Client, workforce)
            started.callback(client.close, timeout=_PATIENCE)
            workforce.start()
            crew = crew_of(client)
            started.pop_all()
    return DaskEngine(
        client, workforce, place, crew, patience=settings.patience, resources=resources.pop_all()
    )


def _workforce(
    settings: ClusterSettings, place: Place, most_jobs: int
) -> tuple["Workforce", Callable[["Client"], "Crew"]]:
    """Give whoever has the workers started, and a function that tells of these workers."""
    if settings.system == DASK:
        from mkrefs.cluster.crew import present_crew
        from mkrefs.cluster.running_scheduler import RunningScheduler

        return RunningScheduler(settings.scheduler), present_crew
    from mkrefs.cluster.batch_pool import BatchPool
    from mkrefs.cluster.credentials import write_credentials
    from mkrefs.cluster.crew import Crew

    number = max(1, min(settings.workers, math.ceil(most_jobs / settings.cores)))
    capacity = Capacity(number, number * settings.cores, memory_for_jobs(settings.memory))
    crew = Crew(frozenset(), capacity, declares_memory=True)
    security = write_credentials(Path(place.folder) / place.mark)
    return BatchPool(settings, number, security), lambda _: crew


def _connected(client_class: Any, workforce: "Workforce") -> "Client":
    address, security = workforce.address, workforce.security
    try:
        client: Client = client_class(address, security=security, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(
            f"batch.scheduler: what answers at {address} is no dask scheduler of this version ({error}); see "
            "that both sides have the same version of distributed."
        ) from error
    return client


def _marked_place(run_folder: Path, resources: ExitStack) -> Place:
    """Mark the run folder, so that workers know it from others of the same name; old marks are removed."""
    folder = run_folder.absolute()
    for old in folder.glob(f"{_MARK}*"):
        shutil.rmtree(old, ignore_errors=True)
    mark = folder / f"{_MARK}{secrets.token_hex(8)}"
    with mendable_write_errors(mark):
        mark.mkdir(mode=0o700)
    resources.callback(shutil.rmtree, mark, ignore_errors=True)
    return Place(str(folder), mark.name, topic=mark.name)
