"""How a cluster is to be used: plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Where jobs are sent, and what is asked for them there.

    Attributes
    ----------
    system : str
        ``Condor``, ``Slurm``, ``PBS``, ``LSF``, or ``dask`` for a scheduler that runs already.
    scheduler : str
        Address or scheduler file of that scheduler.
    workers : int
        The most batch jobs at once.
    cores : int
        Cores of each batch job; so many jobs of the plan are under way in it.
    memory : int
        Bytes of each batch job.
    walltime : str
        The longest time of each batch job, ``HH:MM:SS``.
    account, queue : str
        What the batch system books them on, and the queue or partition; empty for its defaults.
    directives : tuple of str
        Further lines for the head of the job script, without the batch system's prefix.
    prologue : tuple of str
        Lines of shell before the worker starts.
    log_directory : str
        Where the batch jobs' output goes.
    interface : str
        Network interface of this machine that the workers can reach; empty to choose.
    patience : float
        Seconds without any worker after which the run gives up.
    """

    system: str
    scheduler: str = ""
    workers: int = 4
    cores: int = 1
    memory: int = 8_000_000_000
    walltime: str = "04:00:00"
    account: str = ""
    queue: str = ""
    directives: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()
    log_directory: str = ""
    interface: str = ""
    patience: float = 600.0
