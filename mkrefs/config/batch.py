"""Section ``batch``: where jobs run, what they may take, and what a batch system is asked for.

Each field's description is what the reference page says about the key.
"""

from typing import Literal

from pydantic import Field

from mkrefs.config.quantities import Directives, Lines, Scheduler, Seconds, Size, Walltime, Word
from mkrefs.config.section import Section
from mkrefs.config.value_types import Causes


class Batch(Section):
    """Section ``batch``: where jobs run and what they may take."""

    batch_enabled: bool = Field(
        False, description="Whether jobs go to a batch system or a dask scheduler; else they run here."
    )
    batchmode: Literal["Condor", "Slurm", "PBS", "LSF", "dask"] = Field(
        "Condor", description="The batch system, or dask for a scheduler that runs already."
    )
    nproc: int | None = Field(
        None, ge=1, description="Jobs at once on this machine; as many as there are cores when empty."
    )
    memory_limit: Size | None = Field(
        None,
        description="Memory that mkrefs and its jobs may take on this machine; what is available when empty.",
    )
    retries: int = Field(
        1, ge=0, description="How often a job that fails for one of the causes in `retry_on` is tried again."
    )
    retry_on: Causes = Field(
        ("memory", "signal", "timeout", "exception"),
        description="Causes of failure after which a job is tried again.",
    )
    timeout: Seconds | None = Field(
        None, description="Longest time that a job may take; it is ended then. No limit when empty."
    )
    scheduler: Scheduler | None = Field(
        None, description="Of batchmode dask: address of the scheduler, or its scheduler file."
    )
    workers: int = Field(4, ge=1, description="The most batch jobs at once.")
    cores: int = Field(
        1, ge=1, description="Cores of each batch job; so many jobs of mkrefs are under way in it at once."
    )
    memory: Size = Field("8 GB", validate_default=True, description="Memory of each batch job.")
    walltime: Walltime = Field("04:00:00", description="Longest time of each batch job.")
    account: Word | None = Field(None, description="Account or project that the batch jobs are booked on.")
    queue: Word | None = Field(
        None, description="Queue or partition; that of the batch system's choice when empty."
    )
    directives: Directives = Field(
        (), description="Further lines for the head of the job script, without the batch system's prefix."
    )
    prologue: Lines = Field(
        (), description="Lines of shell that the job script runs before the worker starts."
    )
    log_directory: str | None = Field(
        None, description="Directory of the batch jobs' output; default `batch_logs` in the run's directory."
    )
    interface: Word | None = Field(
        None, description="Network interface of this machine that workers can reach; chosen when empty."
    )
    patience: Seconds = Field(
        600.0, description="Time without any worker after which the run gives up; it can be gone on with."
    )
