"""Arrays of individual files, combined in blocks of rows by several threads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import in_row_blocks
from mkrefs_detector.combiners.methods import ErrorFactor, Method

#: Gives what is counted of some rows: (nindividuals, nrows, ncols).
RowsOf = Callable[[slice], NDArray[Any]]

# Values of all individuals that a thread works on at a time.
_BLOCK_VALUES = 1 << 19


@dataclass(frozen=True, slots=True)
class Combined:
    """One combined array.

    Attributes
    ----------
    value : ndarray
        Of the shape and type of the arrays.
    error : ndarray of float32 or None, same shape
        Its standard error, if the individuals have any.
    samples : ndarray of float32 or None, shape (nrows, ncols)
        Sum of the samples of the individuals used in all planes.
    gaps : int
        Values that no individual measured.
    """

    value: NDArray[Any]
    error: NDArray[np.float32] | None
    samples: NDArray[np.float32] | None
    gaps: int


@dataclass(frozen=True, slots=True)
class Source:
    """What is combined.

    Attributes
    ----------
    values : sequence of ndarray
        Arrays of one shape, whose last axes are rows and columns.
    errors : sequence of ndarray or None
        Their standard errors, of a shape that fits them.
    measured : callable or None
        Gives where individuals hold data; None if they all do.
    samples : callable or None
        Gives the numbers of samples.
    known_errors : bool
        Whether what has no error does not count.
    """

    values: Sequence[NDArray[Any]]
    errors: Sequence[NDArray[Any]] | None = None
    measured: RowsOf | None = None
    samples: RowsOf | None = None
    known_errors: bool = False


def combine_arrays(source: Source, method: Method, error_factor: ErrorFactor | None) -> Combined:
    """Combine arrays in blocks of rows.

    Parameters
    ----------
    source : Source
        The arrays.
    method : Method
        How.
    error_factor : callable or None
        Gives the ratio of the standard error to that of the mean, by number of values.

    Returns
    -------
    Combined
        Where nothing is measured the value is the mean of the finite ones, without an error.
    """
    first = source.values[0]
    values = [_in_planes(one) for one in source.values]
    errors = None
    if source.errors is not None:
        errors = [_in_planes(np.broadcast_to(one, first.shape)) for one in source.errors]
    count, (planes, nrows, ncols) = len(values), values[0].shape
    value = np.empty((planes, nrows, ncols), first.dtype.newbyteorder("="))
    error = None if errors is None else np.empty(value.shape, np.float32)
    samples = None if source.samples is None else np.empty((nrows, ncols), np.float32)
    gaps = np.zeros(nrows, np.int64)
    factors = np.ones(count + 1)
    if error_factor is not None:
        factors = error_factor(np.arange(count + 1, dtype=np.float64))

    def work(start: int, stop: int) -> None:
        rows = slice(start, stop)
        hidden = None if source.measured is None else ~source.measured(rows)
        in_all = np.ones((count, stop - start, ncols), np.uint8)
        for plane in range(planes):
            here = np.stack([one[plane, rows] for one in values])
            own = None if errors is None else np.stack([one[plane, rows] for one in errors])
            spoilt = _spoilt(hidden, own if source.known_errors else None)
            found = method(here, spoilt, own, (plane, rows))
            used = np.add.reduce(found.used, axis=0, dtype=np.intp)
            value[plane, rows] = found.mean
            gaps[rows] += _fill_gaps(value[plane, rows], here, spoilt, used == 0)
            if error is not None:
                error[plane, rows] = found.error * factors[used]
            in_all &= found.used
        if samples is not None and source.samples is not None:
            each = np.where(in_all, source.samples(rows), 0)
            samples[rows] = np.add.reduce(each, axis=0, dtype=np.float64)

    in_row_blocks(work, nrows, max(1, _BLOCK_VALUES // max(count * ncols, 1)))
    shape = first.shape
    return Combined(
        value.reshape(shape), None if error is None else error.reshape(shape), samples, int(gaps.sum())
    )


def _in_planes(array: NDArray[Any]) -> NDArray[Any]:
    """Give an array, or a line, three axes."""
    rows = array.shape[-2:] if array.ndim > 1 else (1, array.size)
    return array.reshape(-1, *rows)


def _spoilt(hidden: NDArray[np.bool_] | None, errors: NDArray[Any] | None) -> NDArray[np.bool_] | None:
    """Mark what does not count, beside what is not finite."""
    if errors is None:
        return hidden
    unknown: NDArray[np.bool_] = ~np.isfinite(errors)
    return unknown if hidden is None else np.asarray(hidden | unknown, dtype=np.bool_)


def _fill_gaps(
    value: NDArray[Any], values: NDArray[Any], spoilt: NDArray[np.bool_] | None, unused: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Give pixels that nothing measured the mean of what is finite; count them by row."""
    number = np.zeros(len(value), np.int64)
    if not unused.any():
        return number
    row, column = np.nonzero(unused)
    each = values[:, row, column].astype(np.float64)
    known = np.isfinite(each)
    there = known if spoilt is None else known & ~spoilt[:, row, column]
    empty = ~there.any(axis=0)
    total, several = np.where(known, each, 0.0).sum(axis=0), known.sum(axis=0)
    mean = np.where(several > 0, total / np.maximum(several, 1), np.nan)
    value[row[empty], column[empty]] = mean[empty]
    np.add.at(number, row[empty], 1)
    return number
