"""Work on blocks of rows, several at a time; what is done with a block is the business of each creator."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba

_NUMBA_CONFIG: Any = numba.config


def threads_given() -> int:
    """Give how many threads may compute at once: what numba is allowed in this process."""
    return int(_NUMBA_CONFIG.NUMBA_NUM_THREADS)


def in_row_blocks(
    work: Callable[[int, int], None], nrows: int, rows: int, threads: int | None = None
) -> None:
    """Do something with every block of rows, in no order.

    Reading and compiled kernels let other threads work at the same time, so that blocks are read and
    computed side by side.

    Parameters
    ----------
    work : callable
        Called with the first row of a block and the one behind its last; writes its rows alone.
    nrows : int
        Rows in all.
    rows : int
        Largest number of rows of a block.
    threads : int or None
        Blocks that are worked on at once; None for as many as `threads_given` says.

    Raises
    ------
    Exception
        Whatever ``work`` raises first; blocks not yet begun are then left out.
    """
    blocks = [(start, min(start + rows, nrows)) for start in range(0, nrows, rows)]
    count = min(threads or threads_given(), len(blocks))
    if count < 2:
        for start, stop in blocks:
            work(start, stop)
        return
    failed = threading.Event()

    def work_unless_failed(block: tuple[int, int]) -> None:
        if failed.is_set():
            return
        try:
            work(*block)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(count) as pool:
        try:
            for future in [pool.submit(work_unless_failed, block) for block in blocks]:
                future.result()
        except BaseException:  # an interrupt reaches this thread alone
            failed.set()
            raise
