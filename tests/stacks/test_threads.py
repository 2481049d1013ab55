"""Blocks of rows are each worked on once, whatever the number of threads, and errors come back."""

import threading

import numpy as np
import pytest

from mkrefs.stacks import in_row_blocks, side_by_side, threads_given


@pytest.mark.parametrize(("nrows", "rows"), [(1, 1), (10, 3), (10, 10), (10, 99), (64, 1)])
@pytest.mark.parametrize("threads", [None, 1, 2, 5])
def test_every_row_is_worked_on_once(nrows, rows, threads):
    seen = np.zeros(nrows, int)

    def work(start, stop):
        assert 0 < stop - start <= rows
        seen[start:stop] += 1

    in_row_blocks(work, nrows, rows, threads)
    np.testing.assert_array_equal(seen, 1)


def test_blocks_are_worked_on_side_by_side():
    together = threading.Barrier(2, timeout=60)
    names = set()

    def work(start, stop):
        together.wait()
        names.add(threading.current_thread().name)

    in_row_blocks(work, 2, 1, 2)
    assert len(names) == 2


@pytest.mark.parametrize("threads", [1, 2])
def test_what_a_block_raises_ends_the_work(threads):
    begun, raised = [], threading.Event()

    def work(start, stop):
        begun.append(start)
        if start == 3:
            raised.set()
            raise ValueError("row 3")
        if start > 3:
            raised.wait(60)

    with pytest.raises(ValueError, match="row 3"):
        in_row_blocks(work, 1000, 1, threads)
    assert len(begun) < 1000


def test_there_is_a_thread_at_least():
    assert threads_given() >= 1


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(threads):
    assert side_by_side(lambda number: number**2, range(7), threads) == [0, 1, 4, 9, 16, 25, 36]
    assert side_by_side(str, [], threads) == []
