"""How the values of individual files become one: the arithmetic of the combiners on blocks of rows.

A method takes values, what of them does not count, and their errors, all with the individuals along the first
axis. Nothing here knows of reference files.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import WeightedStack, clip_stack, weighted_stack
from mkrefs_detector.statistics.corrections import rejection_limits

Values = NDArray[np.floating]
Mask = NDArray[np.bool_]
#: The plane of an array, and rows of it.
Place = tuple[int, slice]
#: Gives the ratio of the standard error to that of the mean, by number of values.
ErrorFactor = Callable[[NDArray[np.floating]], NDArray[np.float64]]


class Method(Protocol):
    """How values become one."""

    def __call__(
        self, values: Values, spoilt: Mask | None, errors: Values | None, place: Place
    ) -> WeightedStack:
        """Combine the values of some rows of one plane.

        Parameters
        ----------
        values : ndarray of float, shape (nindividuals, nrows, ncols)
            The values; what is not finite does not count.
        spoilt : ndarray of bool or None, same shape
            What does not count besides.
        errors : ndarray of float or None, same shape
            Standard errors of the values.
        place : (int, slice)
            Which plane of the array, and which rows.

        Returns
        -------
        WeightedStack
            ``mean``, the values combined, NaN where none counts; its ``error``, that of a mean with the same
            weights; and what was ``used``.
        """


def mean(values: Values, spoilt: Mask | None, errors: Values | None, place: Place) -> WeightedStack:
    """Take the mean of the values that count."""
    return weighted_stack(values, errors=errors, mask=spoilt, threads=1)


def median(values: Values, spoilt: Mask | None, errors: Values | None, place: Place) -> WeightedStack:
    """Take the median of the values that count."""
    middle = clip_stack(values, spoilt, iterations=0, median=True, threads=1).median
    averaged = weighted_stack(values, errors=errors, mask=spoilt, threads=1)
    return WeightedStack(averaged.mean if middle is None else middle, averaged.error, averaged.used)


def mean_without_outliers(number: int, *, sigma: float, iterations: int) -> Method:
    """Give the method that takes the mean of the values that count, without outliers.

    Parameters
    ----------
    number : int
        Largest number of values.
    sigma : float
        A value is an outlier if its externally studentised residual is as unlikely as this many standard
        deviations of a Gaussian.
    iterations : int
        Largest number of passes.

    Returns
    -------
    Method
    """
    size = np.arange(number + 1, dtype=np.float64)
    # The limits are shares of the sum of squares; of one or two values none is an outlier.
    sigmas = np.sqrt(rejection_limits(number, sigma, 1.0) * np.maximum(size - 1, 2))

    def method(values: Values, spoilt: Mask | None, errors: Values | None, place: Place) -> WeightedStack:
        clipped = clip_stack(values, spoilt, sigma=sigmas, iterations=iterations, about="mean", threads=1)
        within = {"lowest": clipped.lowest, "highest": clipped.highest}
        return weighted_stack(values, errors=errors, mask=spoilt, **within, threads=1)

    return method


def weighted_by(weights: Sequence[NDArray[Any]], *, squared_errors: bool) -> Method:
    """Give the method that takes the weighted mean of the values that count.

    Parameters
    ----------
    weights : sequence of ndarray
        Of each individual, of the last two or all axes of its values.
    squared_errors : bool
        Whether these are standard errors, one over whose squares are the weights.

    Returns
    -------
    Method
        A plane of which there are no weights takes those of the last plane.
    """
    planes = [np.reshape(each, (-1, *np.shape(each)[-2:])) for each in weights]

    def method(values: Values, spoilt: Mask | None, errors: Values | None, place: Place) -> WeightedStack:
        plane, rows = place
        each = np.stack([_weights(one, plane, rows, squared_errors) for one in planes])
        return weighted_stack(values, each, errors, mask=spoilt, threads=1)

    return method


def _weights(planes: NDArray[Any], plane: int, rows: slice, squared_errors: bool) -> NDArray[np.float64]:
    values = planes[min(plane, len(planes) - 1), rows].astype(np.float64)
    if not squared_errors:
        return values
    with np.errstate(divide="ignore"):
        return np.asarray(1 / np.square(values), dtype=np.float64)


def median_error_factor(counts: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give the standard error of a Gaussian sample's median over that of its mean, by sample size."""
    n = np.maximum(np.asarray(counts, dtype=np.float64), 1.0)
    offset = np.where(n % 2 == 1, np.pi - 2, 2.5)
    return np.asarray(np.maximum(np.sqrt(np.pi * n / (2 * n + offset)), 1.0), dtype=np.float64)
