"""The job script that a batch system would get under a configuration; nothing is submitted."""

from mkrefs.config import Config
from mkrefs.errors import UserError
from mkrefs.factory.execution import cluster_settings, execution_of
from mkrefs.factory.prepare import run_layout


def job_script_of(config: Config, *, new_run: bool = False) -> str:
    """Give the job script.

    Parameters
    ----------
    config : Config
        The configuration in force.
    new_run : bool
        With ``runID: AUTO``, that of a run of its own rather than of the latest.

    Returns
    -------
    str
        As the batch system would get it.

    Raises
    ------
    UserError
        If no batch system is asked for, or what is needed to use one is not installed.
    """
    batch = execution_of(config).batch
    if not batch.batch_enabled:
        raise UserError(
            "batch.batch_enabled is False: jobs run on this machine, without a job script; set it to True "
            "('--pp batch batch_enabled True') to see that of a batch system."
        )
    if batch.batchmode == "dask":
        raise UserError(
            "batch.batchmode is dask: jobs go to workers that run already, without a job script; set it to "
            "Condor, Slurm, PBS or LSF to see that of a batch system."
        )
    from mkrefs.cluster.job_script import job_script

    return job_script(cluster_settings(batch, run_layout(config, new_run=new_run).folder))
