"""The arithmetic of the combiners on stacks of images; nothing here knows of reference files.

A rule takes values and what counts, both with the individuals along the first axis, and gives the combined
values and the weight each individual had in them.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.statistics.corrections import rejection_limits

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Rule(Protocol):
    """How values become one."""

    def __call__(self, values: Values, counts: Mask) -> tuple[Values, Values]:
        """Combine values.

        Parameters
        ----------
        values : ndarray of float64, shape (nindividuals, ...)
            The values; finite where they count.
        counts : ndarray of bool, same shape
            Which values count.

        Returns
        -------
        combined : ndarray of float64, shape (...)
            NaN where no value counts.
        weights : ndarray of float64, shape (nindividuals, ...)
            Weight of each value; 0 for those left out.
        """


def weighted_mean(values: Values, weights: Values) -> Values:
    """Give the weighted mean along the first axis; NaN where all weights are 0."""
    total = weights.sum(axis=0)
    product = np.where(weights > 0, values, 0.0) * weights
    return _ratio(product.sum(axis=0), total)


def mean(values: Values, counts: Mask) -> tuple[Values, Values]:
    """Take the mean of the values that count."""
    weights = counts.astype(np.float64)
    return weighted_mean(values, weights), weights


def median(values: Values, counts: Mask) -> tuple[Values, Values]:
    """Take the median of the values that count."""
    n = counts.sum(axis=0)
    ordered = np.sort(np.where(counts, values, np.inf), axis=0)
    low, high = np.maximum(n - 1, 0) // 2, n // 2
    high = np.minimum(high, values.shape[0] - 1)
    pick = [np.take_along_axis(ordered, place[None], axis=0)[0] for place in (low, high)]
    middle = np.where(n > 0, (np.where(n > 0, pick[0], 0.0) + np.where(n > 0, pick[1], 0.0)) / 2, np.nan)
    return middle, counts.astype(np.float64)


def sigma_clipped_mean(
    values: Values, counts: Mask, *, sigma: float, iterations: int
) -> tuple[Values, Values]:
    """Take the mean of the values that count, without outliers.

    Parameters
    ----------
    values, counts : ndarray, shape (nindividuals, ...)
        Values, and which of them count.
    sigma : float
        A value is an outlier if its externally studentised residual is as unlikely as this many standard
        deviations of a Gaussian.
    iterations : int
        Largest number of passes.

    Returns
    -------
    combined, weights : ndarray of float64
    """
    limits = rejection_limits(values.shape[0], sigma, 1.0)
    kept = counts.copy()
    for _ in range(iterations):
        centre = weighted_mean(values, kept.astype(np.float64))
        squares = np.where(kept, np.square(np.where(kept, values, 0.0) - np.nan_to_num(centre)), 0.0)
        n = kept.sum(axis=0)
        shrink = 1 - 1 / np.maximum(n, 2)
        inside = kept & (squares <= limits[n] * squares.sum(axis=0) * shrink)
        if np.array_equal(inside, kept):
            break
        kept = inside
    return mean(values, kept)


def propagated_error(errors: Values, weights: Values) -> Values:
    """Give the standard error of a weighted mean; NaN where nothing counts.

    Parameters
    ----------
    errors : ndarray of float64, shape (nindividuals, ...)
        Standard errors of independent values.
    weights : ndarray of float64, same shape
        Their weights.

    Returns
    -------
    ndarray of float64, shape (...)
    """
    total = weights.sum(axis=0)
    squares = np.square(np.where(weights > 0, errors, 0.0) * weights).sum(axis=0)
    return _ratio(np.sqrt(squares), total)


def median_error_factor(counts: NDArray[np.floating]) -> Values:
    """Give the standard error of a Gaussian sample's median over that of its mean, by sample size."""
    n = np.maximum(np.asarray(counts, dtype=np.float64), 1.0)
    offset = np.where(n % 2 == 1, np.pi - 2, 2.5)
    return np.asarray(np.maximum(np.sqrt(np.pi * n / (2 * n + offset)), 1.0), dtype=np.float64)


def _ratio(numerator: Values, total: Values) -> Values:
    """Divide where there is something to divide by; NaN elsewhere."""
    gap = np.full(np.shape(total), np.nan)
    return np.asarray(np.divide(numerator, total, out=gap, where=total > 0), dtype=np.float64)
