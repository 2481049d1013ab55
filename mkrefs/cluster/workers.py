"""What a dask worker of ours says about itself to dask; not what it does."""

#: The name under which workers declare, and tasks ask for, bytes of memory.
RESOURCE = "mkrefs-memory"
#: Bytes that a dask worker takes itself.
_OWN_MEMORY = 300_000_000


def memory_for_jobs(memory: int) -> int:
    """Give the bytes that jobs may take in a batch job.

    Parameters
    ----------
    memory : int
        Bytes of the batch job.

    Returns
    -------
    int
        What is left of them beside the dask worker.
    """
    return max(memory - _OWN_MEMORY, memory // 2)
