"""Work done side by side in threads, as many as numba may use; what the work is, is the callers' business."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def threads_given() -> int:
    """Give how many threads may compute at once: what numba is allowed in this process."""
    import numba

    config: Any = numba.config
    return int(config.NUMBA_NUM_THREADS)


def side_by_side(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None
) -> list[Result]:
    """Call a function for each item, several at a time.

    It is worth it where reading, compiled kernels or numpy do the work: these let other threads go on.

    Parameters
    ----------
    work : callable
        Takes one item; what it gives does not depend on the others.
    items : iterable
        The items.
    threads : int or None
        How many at once; None for as many as `threads_given` says.

    Returns
    -------
    list
        What the calls gave, in the order of the items.

    Raises
    ------
    Exception
        What the first of the calls that failed raised; those not yet begun are left out.
    """
    given = list(items)
    count = min(threads or threads_given(), len(given))
    if count < 2:
        return [work(item) for item in given]
    over = threading.Event()

    def work_unless_over(item: Item) -> Result | None:
        if over.is_set():
            return None
        try:
            return work(item)
        except BaseException:
            over.set()
            raise

    with ThreadPoolExecutor(count) as pool:
        try:
            futures = [pool.submit(work_unless_over, item) for item in given]
            return [future.result() for future in futures]  # type: ignore[misc]  # None only after a failure
        except BaseException:  # an interrupt reaches this thread alone
            over.set()
            raise


def in_row_blocks(
    work: Callable[[int, int], None], nrows: int, rows: int, threads: int | None = None
) -> None:
    """Do something with every block of rows, in no order and several at a time.

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
    blocks = ((start, min(start + rows, nrows)) for start in range(0, nrows, rows))
    side_by_side(lambda block: work(*block), blocks, threads)
